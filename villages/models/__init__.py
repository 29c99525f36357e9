"""Places: the division tree, its changes over time, and the facts of a village."""

from villages.models.division import (
    KINDS_OF_LEVEL,
    NAME_ENDINGS,
    OWING_KINDS,
    Division,
    DivisionChange,
    DivisionChangeQuerySet,
    DivisionQuerySet,
    Kind,
    Level,
    Viewer,
)
from villages.models.profile import VillageProfile, VillageProfileQuerySet

__all__ = [
    "KINDS_OF_LEVEL",
    "NAME_ENDINGS",
    "OWING_KINDS",
    "Division",
    "DivisionChange",
    "DivisionChangeQuerySet",
    "DivisionQuerySet",
    "Kind",
    "Level",
    "Viewer",
    "VillageProfile",
    "VillageProfileQuerySet",
]
