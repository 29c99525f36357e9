"""The organisations that rosters name: found by name, and new ones made ready to be added."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cadres.models import Organization
from spreadsheets.fields import half_width
from villages.models import Division, Level

# What the names of organisations that no column tells a level of say of it.
OF_CITY = ("市直",)
OF_COUNTY = ("县直", "区直")


class Senders:
    """Organisations among those that a viewer sees; new ones are remembered, so that two rows
    name the same one."""

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        self.new: dict[tuple[str, int], Organization] = {}
        self._told: set[int] = set()

    @cached_property
    def _known(self) -> dict[str, list[Organization]]:
        known = defaultdict(list)
        seen = Organization.objects.visible_to(self.viewer).select_related("division")
        for organization in seen:
            known[half_width(organization.name)].append(organization)
        return known

    def find(self, name: str, level: str, unit: Division) -> tuple[Organization, bool]:
        """The organisation, and whether it is new; raises ValidationError by attribute.

        Of several with one name that is meant which belongs to a unit above `unit`.
        """
        known = self._known.get(half_width(name), [])
        near = [one for one in known if one.division_id in (unit.pk, *unit.ancestor_ids)]
        near = [one for one in near if one.level == level] or near
        if len(near) > 1:
            names = "、".join(f"{one.name}（{one.division}）" for one in near)
            message = _("Several organisations have this name: %(names)s. Write the level too.")
            raise ValidationError({"organization__name": message % {"names": names}})
        if near:
            return near[0], False
        return self._made(name, level or self._level_told_by(name, unit), unit), True

    def is_first(self, organization: Organization) -> bool:
        """Whether nobody was told yet that it is new."""
        if id(organization) in self._told:
            return False
        self._told.add(id(organization))
        return True

    def restored(self, about: dict[str, Any]) -> Organization:
        """A new one as the preview kept it; see kept()."""
        key = about["name"], about["division"]
        if key not in self.new:
            self.new[key] = Organization(
                name=about["name"], level=about["level"], division_id=about["division"]
            )
        return self.new[key]

    @staticmethod
    def kept(organization: Organization) -> dict[str, Any]:
        return {
            "name": organization.name,
            "level": str(organization.level),
            "division": organization.division_id,
        }

    def _made(self, name: str, level: str, unit: Division) -> Organization:
        if not level:
            message = _(
                "This organisation is not known yet. Write 省派, 市派 or 县派 into the column "
                "单位层级, or add the organisation first."
            )
            raise ValidationError({"organization__name": message})
        wanted = Level.COUNTY if level == Organization.Sender.COUNTY else Level.CITY
        division = next(one for one in self._above(unit) if one.level == wanted)
        if (name, division.pk) not in self.new:
            own = self.viewer.division
            if not self.viewer.sees_everything and not (own and own.manages(division)):
                message = _("This organisation is not known yet, and %(unit)s keeps such ones.")
                raise ValidationError({"organization__name": message % {"unit": division}})
            self.new[name, division.pk] = Organization(name=name, level=level, division=division)
        return self.new[name, division.pk]

    def _level_told_by(self, name: str, unit: Division) -> str:
        names = {one.level: one.name for one in self._above(unit)}
        if any(word in name for word in OF_CITY) or name.startswith(names[Level.CITY]):
            return Organization.Sender.CITY
        if any(word in name for word in OF_COUNTY) or name.startswith(names[Level.COUNTY]):
            return Organization.Sender.COUNTY
        return ""

    @staticmethod
    def _above(unit: Division) -> list[Division]:
        """The unit and those above it."""
        found = [unit]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return found
