"""The levels of the tree, and the kinds of unit that stand on each."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    CITY = "city", _("City")
    COUNTY = "county", _("County")
    TOWNSHIP = "township", _("Township level")
    VILLAGE = "village", _("Village level")

    @property
    def above(self) -> "Level | None":
        order = list(Level)
        return order[order.index(self) - 1] if self is not Level.CITY else None

    @property
    def below(self) -> "Level | None":
        order = list(Level)
        return order[order.index(self) + 1] if self is not Level.VILLAGE else None


class Kind(models.TextChoices):
    CITY = "city", _("Prefecture-level city")
    COUNTY = "county", _("County (unit)")
    DISTRICT = "district", _("District")
    COUNTY_CITY = "county_city", _("County-level city")
    ZONE = "zone", _("Functional zone")
    TOWN = "town", _("Town")
    TOWNSHIP = "township", _("Township")
    STREET = "street", _("Street office")
    TOWNSHIP_LIKE = "township_like", _("Other township-level unit")
    VILLAGE = "village", _("Village")
    COMMUNITY = "community", _("Community")

    @classmethod
    def from_name(cls, name: str, level: str) -> "Kind":
        """The kind that the official name of a unit tells, read from its ending."""
        endings, otherwise = NAME_ENDINGS[Level(level)]
        return next((kind for ending, kind in endings if name.endswith(ending)), otherwise)


NAME_ENDINGS: dict[Level, tuple[Sequence[tuple[str, Kind]], Kind]] = {
    Level.CITY: ((), Kind.CITY),
    Level.COUNTY: (
        (
            ("开发区", Kind.ZONE),
            ("示范区", Kind.ZONE),
            ("区", Kind.DISTRICT),
            ("市", Kind.COUNTY_CITY),
        ),
        Kind.COUNTY,
    ),
    Level.TOWNSHIP: (
        (
            ("街道办事处", Kind.STREET),
            ("街道", Kind.STREET),
            ("镇", Kind.TOWN),
            ("乡", Kind.TOWNSHIP),
        ),
        Kind.TOWNSHIP_LIKE,
    ),
    Level.VILLAGE: (
        (("村委会", Kind.VILLAGE), ("村民委员会", Kind.VILLAGE), ("村", Kind.VILLAGE)),
        Kind.COMMUNITY,
    ),
}
KINDS_OF_LEVEL = {
    level: {kind for _ending, kind in endings} | {otherwise}
    for level, (endings, otherwise) in NAME_ENDINGS.items()
}
# Who owes a yearly task unless the ledger says otherwise: 89 townships and towns, and villages.
OWING_KINDS = {
    Level.TOWNSHIP: (Kind.TOWN, Kind.TOWNSHIP),
    Level.VILLAGE: (Kind.VILLAGE,),
}
