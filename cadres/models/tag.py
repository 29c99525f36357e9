"""Fields of work: what a village needs, an organisation does, and a person is good at."""

import re
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from villages.models import Division, Level, PlacedQuerySet, Viewer

# What stands between several fields of work in one cell of a sheet.
BETWEEN = re.compile("[、,，;；\n\r\x0b\x0c\x85\u2028\u2029]")


class TagQuerySet(models.QuerySet["Tag"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One dictionary for all, kept by the city."""
        return self.all()


class Tag(models.Model):
    """One field of work, such as 产业发展; one dictionary, so that needs meet strengths."""

    name = models.CharField(
        _("name"),
        max_length=20,
        unique=True,
        error_messages={"unique": _("There is a field of work with this name already.")},
    )

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("field of work")
        verbose_name_plural = _("fields of work")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """One field of work, as a cell of a sheet holds several of them."""
        if BETWEEN.search(self.name):
            message = _("One field of work only: in sheets 、 , ; and line breaks part several.")
            raise ValidationError({"name": message})


class VillageNeedQuerySet(PlacedQuerySet["VillageNeed"]):
    """Seen with the village."""


class VillageNeed(models.Model):
    """What a village needs from whoever is sent there."""

    division = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("village"),
        related_name="needs",
        limit_choices_to={"level": Level.VILLAGE},
    )
    tag = models.ForeignKey(Tag, models.PROTECT, verbose_name=_("field of work"))

    objects = VillageNeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("need of a village")
        verbose_name_plural = _("needs of villages")
        ordering = ["division__code", "tag__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "tag"],
                name="village_need_once",
                violation_error_message=_("This need of the village is noted already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.tag}"
