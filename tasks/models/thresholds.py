"""The five numbers that decide the lights: they stand on a ledger, or are tried out beside it."""

from dataclasses import dataclass, fields
from typing import Protocol

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

DAYS_OF_A_YEAR = 366
UP_TO_100 = MaxValueValidator(100)


class Limits(Protocol):
    """Whatever holds the five: a ledger, a version of its rule, or thresholds on their own."""

    @property
    def yellow_days(self) -> int: ...
    @property
    def yellow_behind(self) -> int: ...
    @property
    def red_behind(self) -> int: ...
    @property
    def yellow_share(self) -> int: ...
    @property
    def red_share(self) -> int: ...


@dataclass(frozen=True)
class Thresholds:
    """Of a line: days before its due date, points behind its target. Of a unit: shares in %."""

    yellow_days: int
    yellow_behind: int
    red_behind: int
    yellow_share: int
    red_share: int

    @classmethod
    def of(cls, limits: Limits) -> "Thresholds":
        return cls(**{name: getattr(limits, name) for name in THRESHOLDS})


THRESHOLDS = tuple(field.name for field in fields(Thresholds))


class WithThresholds(models.Model):
    """Something that holds the five: a ledger, and each version of its rule."""

    yellow_days = models.PositiveSmallIntegerField(
        _("yellow from n days before the due date"),
        default=15,
        validators=[MaxValueValidator(DAYS_OF_A_YEAR)],
    )
    yellow_behind = models.PositiveSmallIntegerField(
        _("yellow when behind by n points"), default=10, validators=[UP_TO_100]
    )
    red_behind = models.PositiveSmallIntegerField(
        _("red when behind by n points"), default=20, validators=[UP_TO_100]
    )
    yellow_share = models.PositiveSmallIntegerField(
        _("a unit turns yellow at n % red and yellow lines"),
        default=10,
        validators=[MinValueValidator(1), UP_TO_100],
    )
    red_share = models.PositiveSmallIntegerField(
        _("a unit turns red at n % red lines"),
        default=10,
        validators=[MinValueValidator(1), UP_TO_100],
    )

    class Meta:
        abstract = True

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds.of(self)
