"""Places: the division tree, its changes over time, and the facts of a village."""

from villages.models.division import (
    Division,
    DivisionChange,
    DivisionChangeQuerySet,
)
from villages.models.division_queryset import DivisionQuerySet, Viewer
from villages.models.levels import KINDS_OF_LEVEL, NAME_ENDINGS, OWING_KINDS, Kind, Level
from villages.models.placed import PlacedQuerySet
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
    "PlacedQuerySet",
    "Viewer",
    "VillageProfile",
    "VillageProfileQuerySet",
]
