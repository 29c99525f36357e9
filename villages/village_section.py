"""What the tree and the profile say of a village, at the head of its file."""

import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from villages.models import Division, DivisionChange, VillageProfile
from villages.village_file import register

FACTS = (
    *("village_type", "is_demonstration", "urban_rural_code", "development_mode"),
    *("leading_industry", "households", "residents", "party_members"),
)


@register("identity", _("Identity"), order=10, template="villages/partials/file_identity.html")
def identity(village: Division, period: Any, user: Any) -> dict[str, Any]:
    about = Q(source=village) | Q(target=village)
    seen = DivisionChange.objects.visible_to(user).filter(about)
    changes = list(seen.select_related("source__parent", "target", "old_parent"))
    renames = [change for change in changes if change.kind == DivisionChange.ChangeKind.RENAME]
    former = dict.fromkeys(change.old_value for change in renames if change.old_value)
    return {
        "changes": [_told(change, user) for change in changes],
        "former_names": list(former),
        "managed_by": _managed_by(village, user),
    }


class Told(NamedTuple):
    """A change as its reader may know it; `before` of one unit, `units` of a merge or a split."""

    on: datetime.date
    kind: str
    before: str
    units: str
    note: str


def _told(change: DivisionChange, user: Any) -> Told:
    before, units = change.before(user) if change.old_value else "", ""
    if change.source_id != change.target_id:
        before, units = "", f"{change.before(user)} → {change.after(user)}"
    return Told(change.on, change.get_kind_display(), before, units, change.note)


def _managed_by(village: Division, user: Any) -> list[str]:
    """From the city down to the township."""
    line, unit = [], village.parent
    while unit:
        line.append(unit.name_for(user))
        unit = unit.parent
    return line[::-1]


class Fact(NamedTuple):
    """What a profile says under one name, in words; None where nothing was entered."""

    name: str
    value: str | None


@register("profile", _("Village facts"), order=20, template="villages/partials/file_profile.html")
def profile(village: Division, period: Any, user: Any) -> dict[str, Any]:
    found = VillageProfile.objects.visible_to(user).filter(division=village).first()
    facts = [_fact(found, name) for name in FACTS] if found else []
    missing = [fact.name for fact in facts if fact.value is None]
    return {"facts": facts, "missing": missing, "enter": _where_entered(village, found, user)}


def _fact(profile: VillageProfile, name: str) -> Fact:
    field: Any = VillageProfile._meta.get_field(name)
    return Fact(str(field.verbose_name), _in_words(field, getattr(profile, name)))


def _in_words(field: Any, value: Any) -> str | None:
    if value in (None, ""):
        return None
    if isinstance(value, bool):
        return _now("Yes") if value else _now("No")
    return (
        f"{value:,}" if isinstance(value, int) else str(dict(field.flatchoices).get(value, value))
    )


def _where_entered(village: Division, profile: VillageProfile | None, user: Any) -> str:
    """Where the user may enter the facts; empty for those who may not."""
    if not user.has_perm("villages.change_villageprofile"):
        return ""
    if not user.is_staff:
        return reverse("spreadsheets:sheet", args=["village_profiles"])
    if profile:
        return reverse("admin:villages_villageprofile_change", args=[profile.pk])
    return f"{reverse('admin:villages_villageprofile_add')}?division={village.pk}"
