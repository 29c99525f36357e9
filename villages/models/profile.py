"""The facts of a village that tasks and registers refer to."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from villages.models.division import Division
from villages.models.levels import Level
from villages.models.placed import PlacedQuerySet

# The largest communities have some tens of thousands.
MOST = {"households": 50_000, "residents": 200_000, "party_members": 20_000}


class VillageProfileQuerySet(PlacedQuerySet["VillageProfile"]):
    """Seen with the village."""


class VillageProfile(models.Model):
    """Facts of a village that tasks and registers refer to."""

    class UrbanRural(models.TextChoices):
        MAIN_URBAN = "111", _("111 main urban area")
        URBAN_FRINGE = "112", _("112 urban fringe")
        TOWN_CENTRE = "121", _("121 town centre")
        TOWN_FRINGE = "122", _("122 town fringe")
        SPECIAL = "123", _("123 special area")
        TOWNSHIP_CENTRE = "210", _("210 township centre")
        VILLAGE = "220", _("220 village")

    class VillageType(models.TextChoices):
        OUT_OF_POVERTY = "out_of_poverty", _("Lifted out of poverty")
        WEAK = "weak", _("Weak party organisation")
        DEMONSTRATION = "demonstration", _("Demonstration village")
        RELOCATED = "relocated", _("Relocated for poverty relief")
        OTHER = "other", _("Other village")

    class DevelopmentMode(models.TextChoices):
        POLICY = "policy", _("Policy support")
        ENCLAVE = "enclave", _("Enclave cooperation (park building)")
        ECOMMERCE = "ecommerce", _("E-commerce")
        TOURISM = "tourism", _("Rural tourism")
        LEADING_FIRM = "leading_firm", _("Leading enterprise")
        LEASING = "leasing", _("Asset leasing")
        SERVICES = "services", _("Paid services")
        SPECIALITY = "speciality", _("Speciality farming")

    division = models.OneToOneField(
        Division,
        models.PROTECT,
        verbose_name=_("village"),
        related_name="profile",
        limit_choices_to={"level": Level.VILLAGE},
    )
    urban_rural_code = models.CharField(
        _("urban-rural code"), max_length=3, choices=UrbanRural, blank=True
    )
    village_type = models.CharField(
        _("village type"), max_length=20, choices=VillageType, default=VillageType.OTHER
    )
    is_demonstration = models.BooleanField(
        _("rural vitalisation demonstration village"), default=False
    )
    development_mode = models.CharField(
        _("development mode"), max_length=15, choices=DevelopmentMode, blank=True
    )
    leading_industry = models.CharField(_("leading industry"), max_length=60, blank=True)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    residents = models.PositiveIntegerField(_("residents"), null=True, blank=True)
    party_members = models.PositiveIntegerField(_("party members"), null=True, blank=True)

    objects = VillageProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("village profile")
        verbose_name_plural = _("village profiles")
        constraints = [
            models.CheckConstraint(
                name="village_profile_party_members_among_residents",
                condition=Q(residents=None)
                | Q(party_members=None)
                | Q(party_members__lte=F("residents")),
                violation_error_message=_("There cannot be more party members than residents."),
            )
        ]

    def __str__(self) -> str:
        return self.division.name

    def clean(self) -> None:
        division: Any = getattr(self, "division", None)
        if division and division.level != Level.VILLAGE:
            raise ValidationError({"division": _("Only a village-level unit has a profile.")})
        if wrong := dict(self._beyond()):
            raise ValidationError(wrong)

    def _beyond(self) -> Iterator[tuple[str, str]]:
        """Numbers that no village has: slips of the keyboard."""
        for name, most in MOST.items():
            if (getattr(self, name) or 0) > most:
                yield (
                    name,
                    _now("At most %(limit_value)d; look at the digits.") % {"limit_value": most},
                )
