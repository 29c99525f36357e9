"""Entering organisations and changing them, and what villages need."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions.refusing import in_words
from cadres.models import CadreChange, Organization, Tag, VillageNeed, facts_of


def keep(
    organization: Organization,
    by: User | None,
    tags: Mapping[str, Iterable[Tag]] | None = None,
    changed: Collection[str] = (),
) -> None:
    """Store one that was checked, and what stood before; `tags` by the name of their field. Of one
    that is stored already only what was `changed`: the rest may be somebody else's change.

    Raises ValidationError where what others stored meanwhile does not go with it.
    """
    with _refused(), transaction.atomic():
        stored = Organization.objects.filter(pk=organization.pk).select_for_update().first()
        before = facts_of(stored) if stored else None
        if stored:
            for name in set(changed) - set(tags or ()):
                setattr(stored, name, getattr(organization, name))
            stored.clean()
            organization = stored
        organization.save()
        differing = _set(organization, tags or {})
        if before != facts_of(organization) or differing:
            change = CadreChange.telling(
                organization, organization.division, by, timezone.now(), before
            )
            for name, (stood, wanted) in differing.items():
                change.before[name], change.after[name] = stood, wanted
            change.save()


def _refused() -> AbstractContextManager[None]:
    message = _("There is an organisation with this name already.")
    # SQLite names the columns of an index instead.
    names = ("organization_name_once_in_a_unit", "cadres_organization.division_id")
    return in_words(dict.fromkeys(names, message))


def _set(
    organization: Organization, tags: Mapping[str, Iterable[Tag]]
) -> dict[str, tuple[str, str]]:
    """Store fields of work; those that differ, in words, as history has no column for them."""
    differing = {}
    for name, wanted in tags.items():
        stored = getattr(organization, name)
        both = _words(stored.all()), _words(wanted)
        if both[0] != both[1]:
            stored.set(wanted)
            differing[name] = both
    return differing


def _words(tags: Iterable[Tag]) -> str:
    return "、".join(sorted(tag.name for tag in tags))


def keep_need(need: VillageNeed, by: User | None) -> None:
    """Store what a village needs, and what stood before."""
    with transaction.atomic():
        stored = VillageNeed.objects.filter(pk=need.pk).select_for_update().first()
        before = facts_of(stored) if stored else None
        need.save()
        if before != facts_of(need):
            CadreChange.note(need, need.division, by, timezone.now(), before)


def remove_need(need: VillageNeed, by: User | None) -> None:
    """A need that is met, or was none; the history keeps it."""
    with transaction.atomic():
        if not VillageNeed.objects.filter(pk=need.pk).select_for_update().exists():
            return
        CadreChange.removing(need, need.division, by, timezone.now()).save()
        need.delete()
