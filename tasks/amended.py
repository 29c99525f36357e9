"""The villages of which an amendment of the duty lists asks, or no longer does, by name."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from accounts.models import User
from tasks.models import Amendment
from villages.models import Division

NAMED = 20


def villages_of(amendments: Iterable[Amendment], user: User) -> dict[int, str]:
    """The names of those that the user sees, by key and in the order of their codes."""
    keys = {key for one in amendments for key in (*one.asked_of, *one.withdrawn_of)}
    return names_of(keys, user)


def names_of(keys: Iterable[int], user: User) -> dict[int, str]:
    seen = Division.objects.visible_to(user).filter(pk__in=set(keys)).select_related("parent")
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
