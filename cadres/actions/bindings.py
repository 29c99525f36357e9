"""Binding organisations to villages (责任绑定): the one way in which bindings are written.

A binding comes with the first secretary whom the organisation sends, and outlasts the posting:
who answers for a village is not in doubt while its seat waits for the next one. It passes on
when another organisation sends somebody. Whatever is done to postings, and in whatever order, the
bindings that came with them are read off the postings of the village anew; what was agreed apart
from any posting stays as it is.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
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
# Databases take so many values in one question, and no more.
AT_ONCE = 5_000
ONE_DAY = datetime.timedelta(days=1)
LAST_DAY = datetime.date.max - ONE_DAY


def bind(binding: OrganizationBinding, by: User | None, reason: str = "") -> OrganizationBinding:
    """Raises ValidationError where the organisation is bound to the village on any such day."""
    with _refused(), transaction.atomic():
        _check_overlaps(binding)
        binding.full_clean()
        binding.save(force_insert=True)
        CadreChange.note(binding, binding.village, by, timezone.now(), reason=reason)
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
        before = facts_of(held)
        held.until = last_day
        held.version += 1
        held.full_clean()
        held.save()
        CadreChange.note(held, held.village, by, timezone.now(), before, reason=reason)


def follow(
    villages: Collection[int],
    by: User | None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    without: Posting | None = None,
) -> int:
    """Let the bindings that came with first secretaries be what the postings of these villages
    say by now, in a few queries; how many were changed. `batch` is the import that the postings
    came by, `without` one that is about to go. Inside the transaction that writes them."""
    keys, at = sorted(set(villages)), timezone.now()
    gone = without.pk if without else None
    with _refused(), transaction.atomic():
        return sum(
            _Following(keys[start : start + AT_ONCE], gone).write(by, at, reason, batch)
            for start in range(0, len(keys), AT_ONCE)
        )


def settle(unit: Division, on: datetime.date, by: User | None) -> int:
    """The same where somebody is first secretary, as after postings came in by thousands."""
    held = Posting.objects.within(unit).on(on).in_seat(FIRST_SECRETARY)
    return follow(held.values_list("division", flat=True), by)


@dataclass
class _Stretch:
    """Postings one after the other by which one organisation answers for a village."""

    organization: int
    postings: list[Posting]
    since: datetime.date
    until: datetime.date | None = None

    def is_meant_by(self, binding: OrganizationBinding) -> bool:
        if binding.organization_id != self.organization:
            return False
        if binding.posting_id in [posting.pk for posting in self.postings]:
            return True
        begins = self.until is None or binding.since <= self.until
        return begins and (binding.until is None or binding.until >= self.since)


class _Following:
    """Some villages on the way to the bindings that their postings say."""

    def __init__(self, villages: Collection[int], without: int | None) -> None:
        held = Posting.objects.in_seat(FIRST_SECRETARY).filter(division__in=villages)
        held = held.exclude(organization=None)
        if without is not None:
            held = held.exclude(pk=without)
        self.postings = defaultdict[int, list[Posting]](list)
        for posting in held.select_related("division").order_by("start"):
            self.postings[posting.division_id].append(posting)
        rows = OrganizationBinding.objects.filter(village__in=villages).order_by("since", "pk")
        self.bindings = defaultdict[int, list[OrganizationBinding]](list)
        for row in rows.select_related("village").select_for_update(of=("self",), no_key=True):
            self.bindings[row.village_id].append(row)
        self.new: list[OrganizationBinding] = []
        self.changed: list[OrganizationBinding] = []
        self.gone: list[int] = []
        self.told: list[CadreChange] = []

    def write(
        self, by: User | None, at: datetime.datetime, reason: str, batch: uuid.UUID | None
    ) -> int:
        self.by, self.at, self.reason, self.batch = by, at, reason, batch
        for village in {*self.postings, *self.bindings}:
            self._compare(village)
        OrganizationBinding.objects.filter(pk__in=self.gone).delete()
        OrganizationBinding.objects.bulk_update(
            self.changed, ["since", "until", "posting", "version"], batch_size=WRITE_BATCH
        )
        OrganizationBinding.objects.bulk_create(self.new, batch_size=WRITE_BATCH)
        self.told += [self._telling(binding, None) for binding in self.new]
        CadreChange.objects.bulk_create(self.told, batch_size=WRITE_BATCH)
        return len(self.told)

    def _compare(self, village: int) -> None:
        agreed = [one for one in self.bindings[village] if one.posting_id is None]
        came = [one for one in self.bindings[village] if one.posting_id is not None]
        for stretch in _stretches(self.postings[village], agreed):
            binding = next((one for one in came if stretch.is_meant_by(one)), None)
            if binding is None:
                self.new.append(_of(stretch))
            else:
                came.remove(binding)
                self._change(binding, stretch)
        for binding in came:
            removed = CadreChange.removing(
                binding, binding.village, self.by, self.at, reason=self.reason, batch=self.batch
            )
            self.told.append(removed)
            self.gone.append(binding.pk)

    def _change(self, binding: OrganizationBinding, stretch: _Stretch) -> None:
        before, first = facts_of(binding), stretch.postings[0]
        binding.since, binding.until, binding.posting = stretch.since, stretch.until, first
        if facts_of(binding) != before:
            binding.version += 1
            self.changed.append(binding)
            self.told.append(self._telling(binding, before))

    def _telling(self, binding: OrganizationBinding, before: dict[str, Any] | None) -> CadreChange:
        ends = before is not None and binding.until is not None
        why = self.reason or (_("Another organisation sends from then on.") if ends else "")
        return CadreChange.telling(
            binding, binding.village, self.by, self.at, before, reason=why, batch=self.batch
        )


def _stretches(postings: list[Posting], agreed: list[OrganizationBinding]) -> Iterator[_Stretch]:
    """From the first posting of an organisation until the day before another one's begins; what
    was agreed with the organisation apart from any posting comes before that."""
    found = list[_Stretch]()
    for posting in postings:
        organization = posting.organization_id or 0
        if found and found[-1].organization == organization:
            found[-1].postings.append(posting)
            continue
        if found:
            found[-1].until = posting.start - ONE_DAY
        found.append(_Stretch(organization, [posting], posting.start))
    for stretch in found:
        for one in agreed:
            is_same = one.organization_id == stretch.organization
            if is_same and (stretch.until is None or one.since <= stretch.until):
                after = one.until + ONE_DAY if one.until else datetime.date.max
                stretch.since = max(stretch.since, after)
        if stretch.since <= (stretch.until or LAST_DAY):
            yield stretch


def _of(stretch: _Stretch) -> OrganizationBinding:
    first = stretch.postings[0]
    return OrganizationBinding(
        organization_id=stretch.organization,
        village=first.division,
        since=stretch.since,
        until=stretch.until,
        posting=first,
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


def _refused() -> AbstractContextManager[None]:
    bound = _("The organisation was bound to this village at this moment; load the page again.")
    return in_words(
        {
            guards.BINDING: bound,
            "binding_of_an_organization_once": bound,
            "cadres_organizationbinding.organization_id": bound,
        }
    )
