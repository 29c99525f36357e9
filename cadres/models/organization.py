"""Organisations that send cadres to villages and townships (选派单位)."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.numbers import without_numbers
from cadres import limits
from cadres.models.tag import Tag
from cadres.names import plain_name
from villages.models import Division, Level, Viewer
from villages.pinyin import search_key


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those of the own unit and below, and of the units above: they send people here."""
        if viewer.sees_everything:
            return self.all()
        return self.filter(division__in=Division.objects.in_line_of(viewer))

    def kept_by(self, viewer: Viewer) -> Self:
        """Those that the viewer's own unit or one below it enters and puts right."""
        if viewer.sees_everything:
            return self.all()
        return self.filter(division__in=Division.objects.visible_to(viewer))

    def search(self, text: str) -> Self:
        """By part of the name, or by pinyin from its start; by 滑县 农业 as by 滑县农业."""
        text = text.replace("\0", "").strip()
        found = models.Q(name__icontains=text) | models.Q(name__icontains=plain_name(text))
        if text.isascii():
            found |= models.Q(pinyin__contains=f" {text.lower().replace(' ', '')}")
        return self.filter(found) if text else self

    def with_sent(self, held: models.QuerySet[Any]) -> Self:
        """With `sent`: how many of the postings given are held by whom it has sent."""
        counted = held.order_by().values("organization").annotate(n=models.Count("pk")).values("n")
        return self.annotate(sent=Coalesce(models.Subquery(counted), 0))

    def with_room(self, room: bool) -> Self:
        """Of those `with_sent`: who can send more, or no more."""
        full = models.Q(capacity__isnull=False, sent__gte=models.F("capacity"))
        return self.exclude(full) if room else self.filter(full)


class Organization(models.Model):
    """An organisation that sends cadres."""

    class Sender(models.TextChoices):
        PROVINCE = "province", _("Sent by the province")
        CITY = "city", _("Sent by the city")
        COUNTY = "county", _("Sent by the county")

    name = models.CharField(_("name"), max_length=60)
    level = models.CharField(_("level"), max_length=10, choices=Sender)
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("unit it belongs to"),
        related_name="organizations",
        limit_choices_to={"level__in": [Level.CITY, Level.COUNTY]},
        help_text=_("The city for those of the province and the city, else the county."),
    )
    functions = models.ManyToManyField(
        Tag, verbose_name=_("functions"), related_name="organizations_by_function", blank=True
    )
    strengths = models.ManyToManyField(
        Tag, verbose_name=_("strengths"), related_name="organizations_by_strength", blank=True
    )
    capacity = models.PositiveSmallIntegerField(
        _("how many it can send"),
        null=True,
        blank=True,
        validators=[limits.CAPACITY],
        help_text=_("Empty: not limited."),
    )
    pinyin = models.CharField(_("pinyin"), max_length=2000, blank=True, editable=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("sending organisation")
        verbose_name_plural = _("sending organisations")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "name"],
                name="organization_name_once_in_a_unit",
                violation_error_message=_("There is an organisation with this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = self.name.strip()
        self.pinyin = search_key(self.name)
        try:
            without_numbers(self.name)
        except ValidationError as error:
            raise ValidationError({"name": error}) from error
        if self.level and self.division_id:
            wanted = Level.COUNTY if self.level == self.Sender.COUNTY else Level.CITY
            if self.division.level != wanted:
                raise ValidationError(
                    {"division": _("The unit does not fit the level of the organisation.")}
                )
