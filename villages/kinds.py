"""Kinds of village by which figures and lists are narrowed: by type, or as a demonstration."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from villages.models import VillageProfile

DEMONSTRATES = "demonstrates"
KINDS = [
    *VillageProfile.VillageType.choices,
    (DEMONSTRATES, _("Rural vitalisation demonstration")),
]


def of_kind(kind: str, village: str) -> Q:
    """Villages of a kind, where the field or path `village` leads to their division."""
    if kind == DEMONSTRATES:
        return Q(**{f"{village}__profile__is_demonstration": True})
    return Q(**{f"{village}__profile__village_type": kind})
