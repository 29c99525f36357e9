"""The villages of which an amendment of the duty lists asks, or no longer does, by name."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from django.utils.translation import gettext as _

from accounts.models import User
from villages.models import Division

NAMED = 20


class Concerned(Protocol):
    """What asks, or no longer asks, of villages: an amendment, or what one would do."""

    @property
    def asked_of(self) -> list[int]: ...
    @property
    def withdrawn_of(self) -> list[int]: ...


def villages_of(concerned: Iterable[Concerned], user: User) -> dict[int, str]:
    """The names of those that the user sees, by key and in the order of their codes."""
    keys = {key for one in concerned for key in (*one.asked_of, *one.withdrawn_of)}
    seen = Division.objects.visible_to(user).filter(pk__in=keys).select_related("parent")
    return {
        unit.pk: f"{unit.parent.name if unit.parent else ''}{unit.short_name}"
        for unit in seen.order_by("code")
    }


def named(keys: Iterable[int], villages: Mapping[int, str]) -> str:
    """Some of them in a sentence, and how many more there are."""
    meant = set(keys)
    names = [name for key, name in villages.items() if key in meant]
    told = _(", ").join(names[:NAMED])
    if len(names) <= NAMED:
        return told
    return _("%(names)s and %(count)d more") % {"names": told, "count": len(names) - NAMED}
