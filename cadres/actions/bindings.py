"""Binding organisations to villages (责任绑定): the one way in which bindings are written.

A binding comes with the first secretary whom the organisation sends, and outlasts the posting:
who answers for a village is not in doubt while its seat waits for the next one. It passes on
when another organisation sends somebody.
"""

import datetime
import uuid
from contextlib import AbstractContextManager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres import guards
from cadres.actions.refusing import in_words
from cadres.models import CadreChange, OrganizationBinding, Posting, facts_of
from cadres.models.binding import OrganizationBindingQuerySet
from cadres.models.posting_kind import FIRST_SECRETARY
from villages.models import Division

WRITE_BATCH = 500
ONE_DAY = datetime.timedelta(days=1)


def bind(
    binding: OrganizationBinding, by: User | None, reason: str = "", batch: uuid.UUID | None = None
) -> OrganizationBinding:
    """Raises ValidationError where the organisation is bound to the village on any such day."""
    with _refused(), transaction.atomic():
        _check_overlaps(binding)
        binding.full_clean()
        binding.save(force_insert=True)
        CadreChange.note(binding, binding.village, by, timezone.now(), reason=reason, batch=batch)
    return binding


def release(
    binding: OrganizationBinding, last_day: datetime.date, by: User | None, reason: str
) -> None:
    with _refused(), transaction.atomic():
        rows = OrganizationBinding.objects.select_for_update(of=("self",), no_key=True)
        held = rows.select_related("village").get(pk=binding.pk)
        if held.version != binding.version:
            message = _("Somebody changed this binding meanwhile; load the page again.")
            raise ValidationError(message, "conflict")
        _end(held, last_day, by, reason)


def follow(
    posting: Posting, by: User | None, reason: str = "", batch: uuid.UUID | None = None
) -> None:
    """What a new first secretary means for the village: the organisation that sent the secretary
    is bound to it, and those that were bound by earlier ones are not any more. `batch` is the
    import that the posting came by."""
    if posting.seat != FIRST_SECRETARY or posting.organization_id is None:
        return
    bound = OrganizationBinding.objects.filter(village=posting.division)
    if posting.end is None:
        others = bound.exclude(organization=posting.organization).exclude(posting=None)
        for earlier in others.on(posting.start).filter(since__lt=posting.start):
            why = reason or _("Another organisation sends from then on.")
            _end(earlier, posting.start - ONE_DAY, by, why, batch)
    new = _of(posting)
    if not _overlapping(new).exists():
        bind(new, by, reason, batch)


def withdraw(posting: Posting, by: User | None, reason: str) -> None:
    """Undo what a first secretary meant, whose posting is taken back or put right: the binding
    goes, and the one that it ended goes on. Inside the caller's transaction."""
    of_village = OrganizationBinding.objects.filter(village=posting.division_id)
    for binding in of_village.filter(posting=posting).select_related("village"):
        removed = _added(binding, by, timezone.now())
        removed.verb, removed.before, removed.after = removed.Verb.REMOVED, removed.after, {}
        removed.reason = reason
        removed.save()
        binding.delete()
    ended = of_village.filter(until=posting.start - ONE_DAY).exclude(posting=None)
    for binding in ended.select_related("village"):
        _end(binding, None, by, reason)


def settle(unit: Division, on: datetime.date, by: User | None) -> int:
    """Bind whoever sent a first secretary and is not bound yet, as after postings came in by
    thousands; returns how many."""
    bound = OrganizationBinding.objects.on(on).filter(
        village=OuterRef("division"), organization=OuterRef("organization")
    )
    held = Posting.objects.within(unit).on(on).in_seat(FIRST_SECRETARY)
    unbound = held.exclude(organization=None).exclude(Exists(bound)).order_by("pk")
    with transaction.atomic():
        postings = list(unbound.select_related("division", "organization"))
        known = set(OrganizationBinding.objects.values_list("village", flat=True))
        new = [_of(posting) for posting in postings if posting.division_id not in known]
        OrganizationBinding.objects.bulk_create(new, batch_size=WRITE_BATCH)
        at = timezone.now()
        told = [_added(binding, by, at) for binding in new]
        CadreChange.objects.bulk_create(told, batch_size=WRITE_BATCH)
        for posting in postings:
            if posting.division_id in known:
                follow(posting, by)
    return len(postings)


def _of(posting: Posting) -> OrganizationBinding:
    return OrganizationBinding(
        organization=posting.organization,
        village=posting.division,
        since=posting.start,
        until=posting.end,
        posting=posting,
    )


def _added(binding: OrganizationBinding, by: User | None, at: datetime.datetime) -> CadreChange:
    return CadreChange(
        about="organizationbinding",
        row=binding.pk,
        division=binding.village,
        verb=CadreChange.Verb.ADDED,
        after=facts_of(binding),
        by=by,
        at=at,
    )


def _overlapping(binding: OrganizationBinding) -> OrganizationBindingQuerySet:
    same = OrganizationBinding.objects.filter(
        organization=binding.organization, village=binding.village
    )
    return same.overlapping(binding.since, binding.until).exclude(pk=binding.pk)


def _check_overlaps(binding: OrganizationBinding) -> None:
    if _overlapping(binding).exists():
        message = _("%(organization)s is bound to %(village)s already.")
        says = {"organization": binding.organization, "village": binding.village}
        raise ValidationError({"organization": message % says})


def _end(
    binding: OrganizationBinding,
    last_day: datetime.date | None,
    by: User | None,
    reason: str,
    batch: uuid.UUID | None = None,
) -> None:
    """On a day; on none where it goes on."""
    before = facts_of(binding)
    binding.until = last_day
    binding.version += 1
    binding.full_clean()
    binding.save()
    CadreChange.note(
        binding, binding.village, by, timezone.now(), before, reason=reason, batch=batch
    )


def _refused() -> AbstractContextManager[None]:
    bound = _("The organisation was bound to this village at this moment; load the page again.")
    return in_words(
        {
            guards.BINDING: bound,
            "binding_of_an_organization_once": bound,
            "cadres_organizationbinding.organization_id": bound,
        }
    )
