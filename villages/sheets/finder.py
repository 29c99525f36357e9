"""Finding the division that a row of any sheet names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache, cached_property

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spreadsheets.errors import Refused
from spreadsheets.fields import half_width
from spreadsheets.sheet import Sheet
from villages.models import Division, DivisionQuerySet, Level


def units_of(sheet: Sheet) -> DivisionQuerySet:
    """The units that a sheet is about: the user's own and those below, or what the target says.

    Raises Refused for a target that the user does not see.
    """
    seen, code = Division.objects.visible_to(sheet.viewer), sheet.target.division
    if not code:
        return seen
    division = seen.filter(code=code).first()
    if division is None:
        raise Refused(_("There is no division %(code)s here.") % {"code": code})
    return seen.within(division)


def plain_name(name: str) -> str:
    """A name as it is compared: without spaces, and without 村民委员会, 村委会 or 村 at its end.

    西村村民委员会 is the committee of 西村, so both are 西.
    """
    name = bare = half_width(name)
    for ending in ("村民委员会", "村委会", "村委", "村"):
        if bare.endswith(ending) and len(bare) > len(ending):
            bare = bare.removesuffix(ending)
            break
    return bare.removesuffix("村") or bare or name


def _meant(alike: list[Division], name: str) -> list[Division]:
    """Of units of one plain name those that a sheet means."""
    # 东山村民委员会 beside 东山村村民委员会: only the name in full tells them apart.
    found = [d for d in alike if half_width(d.name) == half_width(name)] or alike
    # A unit that came in the place of one that is gone may have its name.
    return [d for d in found if not d.is_over] or found


class DivisionFinder:
    """Finds the division that a row means, among those a user may speak of.

    By its code; else by township and name, with or without 村 or 村委会 and with or without
    the township in front; where the form says the county too, within that. What is doubtful is
    an error that lists the candidates.
    """

    def __init__(self, divisions: Iterable[Division]) -> None:
        self.by_code: dict[str, Division] = {}
        self.by_name: dict[str, list[Division]] = defaultdict(list)
        for division in divisions:
            self.by_code[division.code] = division
            self.by_name[plain_name(division.name)].append(division)
        # A sheet names the same few units again and again.
        self._plain = cache(plain_name)

    def find(self, code: str, township: str, name: str, county: str = "") -> Division:
        """Raises ValidationError with code "foreign" where the unit is none of the user's."""
        if code:
            return self._coded(code, township, name)
        if county and half_width(county) in self._counties_elsewhere:
            raise ValidationError(_("This row belongs to a unit that is not yours."), "foreign")
        found = self._named(township, name)
        if county:
            found = [d for d in found if self._county_of(d) in ("", half_width(county))]
        if len(found) > 1:
            found = _meant(found, name)
        if len(found) == 1:
            return found[0]
        if found:
            names = "、".join(f"{d.parent} {d.name}（{d.code}）" for d in found[:5])
            message = _("Several units have this name: %(names)s. Write the township or the code.")
            raise ValidationError(message % {"names": names}, "ambiguous")
        if township and self._plain(township) in self._townships_elsewhere:
            raise ValidationError(_("This row belongs to a unit that is not yours."), "foreign")
        raise ValidationError(_("No unit of yours has this name; please check it."), "unknown")

    def _named(self, township: str, name: str) -> list[Division]:
        above = self._plain(township)
        if not name:
            return [d for d in self.by_name.get(above, []) if d.level == Level.TOWNSHIP]
        wanted = self._plain(name)
        found = [
            village
            for village in [*self.by_name.get(wanted, []), *self._by_full_name.get(wanted, [])]
            if village.level == Level.VILLAGE
        ]
        if above:
            found = [d for d in found if d.parent and self._plain(d.parent.name) == above]
        return found

    def _coded(self, code: str, township: str, name: str) -> Division:
        division = self.by_code.get(code)
        if division is None and code in self._codes_elsewhere:
            raise ValidationError(_("This row belongs to a unit that is not yours."), "foreign")
        if division is None:
            message = _("There is no unit with the code %(code)s; please do not change the codes.")
            raise ValidationError(message % {"code": code}, "unknown")
        shown = name if division.level == Level.VILLAGE else name or township
        if shown and self._plain(shown) != self._plain(division.name):
            message = _("The name does not fit the hidden code %(code)s of %(division)s.")
            raise ValidationError(message % {"code": code, "division": division}, "mismatch")
        return division

    @cached_property
    def _by_full_name(self) -> dict[str, list[Division]]:
        """By the name with the township in front, as 合涧镇西山村."""
        full = defaultdict(list)
        for division in self.by_code.values():
            if division.parent:
                above = plain_name(division.parent.name)
                full[above + plain_name(division.name)].append(division)
        return full

    def _county_of(self, unit: Division) -> str:
        """The name of the county above a township or village; empty where it is not known."""
        above = unit.parent if unit.level == Level.TOWNSHIP else unit.parent and unit.parent.parent
        return half_width(above.name) if above else ""

    @cached_property
    def _counties_elsewhere(self) -> set[str]:
        own = {key for d in self.by_code.values() for key in (d.pk, *d.ancestor_ids)}
        counties = Division.objects.filter(level=Level.COUNTY).exclude(pk__in=own)
        return {half_width(name) for name in counties.values_list("name", flat=True)}

    @cached_property
    def _codes_elsewhere(self) -> set[str]:
        """All other codes; read only for a row that is in doubt."""
        codes = Division.objects.values_list("code", flat=True)
        return set(codes) - set(self.by_code)

    @cached_property
    def _townships_elsewhere(self) -> set[str]:
        own = {division.parent.name for division in self.by_code.values() if division.parent}
        townships = Division.objects.filter(level=Level.TOWNSHIP).exclude(
            code__in=[d.code for d in self.by_code.values() if d.level == Level.TOWNSHIP]
        )
        names = townships.exclude(name__in=own).values_list("name", flat=True)
        return {plain_name(name) for name in names}
