import calendar
import datetime
import re
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

CODE = re.compile(r"^(\d{4})Q([1-4])$")


FURTHEST = datetime.timedelta(days=366)


def last_day_of_quarter(year: int, quarter: int) -> datetime.date:
    return datetime.date(year, quarter * 3, calendar.monthrange(year, quarter * 3)[1])


class PeriodQuerySet(models.QuerySet["Period"]):
    def by_code(self, code: str) -> "Period":
        """The quarter written as `2026Q1`; raises Period.DoesNotExist."""
        match = CODE.match(code.strip().upper())
        if not match:
            raise Period.DoesNotExist
        return self.get(year=int(match[1]), quarter=int(match[2]))

    def opened(self, on: datetime.date) -> Self:
        return self.filter(opens__lte=on)

    def expected(self, year: int) -> list["Period"]:
        """The four quarters of a year; not stored, with the usual dates, where they are missing."""
        found = {period.quarter: period for period in self.filter(year=year)}
        return [found.get(quarter) or Period.usual(year, quarter) for quarter in range(1, 5)]

    def for_year(self, year: int) -> list["Period"]:
        """The four quarters of a year, made with the usual dates where they are missing."""
        missing = [period for period in self.expected(year) if period.pk is None]
        Period.objects.bulk_create(missing, ignore_conflicts=True)
        return list(self.filter(year=year).order_by("quarter"))


class Period(models.Model):
    """A quarter with its reporting window; all three days count in Asia/Shanghai, inclusive."""

    year = models.PositiveSmallIntegerField(_("year"))
    quarter = models.PositiveSmallIntegerField(
        _("quarter"), choices=[(1, _("Q1")), (2, _("Q2")), (3, _("Q3")), (4, _("Q4"))]
    )
    opens = models.DateField(_("opens on"))
    due = models.DateField(_("due on"))
    locks = models.DateField(_("locks after"))
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True, editable=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("quarter")
        verbose_name_plural = _("quarters")
        ordering = ["year", "quarter"]
        permissions = [("lock_period", _("Can lock and unlock a quarter"))]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "quarter"],
                name="period_year_and_quarter_once",
                violation_error_message=_("This quarter exists already."),
            ),
            models.CheckConstraint(
                name="period_quarter_from_1_to_4",
                condition=Q(quarter__range=(1, 4)),
                violation_error_message=_("A year has quarters 1 to 4."),
            ),
            models.CheckConstraint(
                name="period_opens_then_due_then_locks",
                condition=Q(opens__lte=F("due"), due__lte=F("locks")),
                violation_error_message=_("A quarter opens first, is due next and locks last."),
            ),
        ]

    def __str__(self) -> str:
        return _now("%(year)d Q%(quarter)d") % {"year": self.year, "quarter": self.quarter}

    @classmethod
    def usual(cls, year: int, quarter: int) -> "Period":
        """Open for the last ten days of the quarter, due on the 5th of the next month,
        and open to late reports until the next quarter ends."""
        end = last_day_of_quarter(year, quarter)
        next_year, next_quarter = (year, quarter + 1) if quarter < 4 else (year + 1, 1)
        return cls(
            year=year,
            quarter=quarter,
            opens=end - datetime.timedelta(days=9),
            due=end + datetime.timedelta(days=5),
            locks=last_day_of_quarter(next_year, next_quarter),
        )

    def clean(self) -> None:
        """The dates lie around the quarter: one that is years away is a slip of the hand."""
        named: tuple[int | None, int | None] = (self.year, self.quarter)
        if None in named:
            return  # said at those fields
        end = last_day_of_quarter(self.year, self.quarter)
        earliest, latest = end - FURTHEST, end + FURTHEST
        for name in ("opens", "due", "locks"):
            day = getattr(self, name)
            if day and not earliest <= day <= latest:
                message = _("Choose a day from %(earliest)s to %(latest)s.")
                days = {"earliest": earliest, "latest": latest}
                raise ValidationError({name: ValidationError(message, "far", days)})

    @property
    def code(self) -> str:
        return f"{self.year}Q{self.quarter}"

    def days_left(self, on: datetime.date) -> int:
        """Days until the due date; 0 on the day itself, negative after it."""
        return (self.due - on).days

    def is_locked(self, on: datetime.date) -> bool:
        """By its date, or earlier by the city."""
        return on > self.locks or self.locked_at is not None

    def check_open(self, on: datetime.date, extended_to: datetime.date | None = None) -> None:
        """Raise ValidationError, in words, on a day when nothing may be reported.

        An extension holds until its own end, past the lock of the quarter too.
        """
        days = {"period": self, "opens": self.opens, "locks": self.locks}
        if on < self.opens:
            raise ValidationError(
                _("%(period)s opens on %(opens)s; please report from then on."), "early", days
            )
        if not self.is_locked(on) or (extended_to and on <= extended_to):
            return
        if self.locked_at and on <= self.locks:
            raise ValidationError(
                _("%(period)s has been locked by the city and can no longer be changed."),
                "locked",
                days,
            )
        raise ValidationError(
            _("%(period)s was locked after %(locks)s and can no longer be changed."),
            "locked",
            days,
        )
