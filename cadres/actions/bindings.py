"""Binding organisations to villages (责任绑定): the one way in which bindings are written.

A binding comes with the first secretary whom the organisation sends, and outlasts the posting:
who answers for a village is not in doubt while its seat waits for the next one. It passes on
when another organisation sends somebody. Whatever is done to postings, and in whatever order, the
bindings are read off the postings of the village anew.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres import guards
from cadres.actions.refusing import in_words
from cadres.models import CadreChange, OrganizationBinding, Posting, facts_of
from cadres.models.posting_kind import FIRST_SECRETARY
from rawsql.parts import in_parts

WRITE_BATCH = 500
ONE_DAY = datetime.timedelta(days=1)


def follow(
    villages: Collection[int],
    by: User | None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    without: Posting | None = None,
) -> int:
    """Let the bindings be what the postings of first secretaries in these villages say by now,
    in a few queries; how many were changed. `batch` is the import that the postings came by,
    `without` one that is about to go. Inside the transaction that writes them."""
    at, gone = timezone.now(), without.pk if without else None
    with _refused(), transaction.atomic():
        return sum(
            _Following(some, gone).write(by, at, reason, batch)
            for some in in_parts(sorted(set(villages)))
        )


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
        stored = self.bindings[village]
        for stretch in _stretches(self.postings[village]):
            binding = next((one for one in stored if stretch.is_meant_by(one)), None)
            if binding is None:
                self.new.append(_of(stretch))
            else:
                stored.remove(binding)
                self._change(binding, stretch)
        for binding in stored:
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


def _stretches(postings: list[Posting]) -> list[_Stretch]:
    """From the first posting of an organisation until the day before another one's begins."""
    found = list[_Stretch]()
    for posting in postings:
        organization = posting.organization_id or 0
        if found and found[-1].organization == organization:
            found[-1].postings.append(posting)
            continue
        if found:
            found[-1].until = posting.start - ONE_DAY
        found.append(_Stretch(organization, [posting], posting.start))
    return found


def _of(stretch: _Stretch) -> OrganizationBinding:
    first = stretch.postings[0]
    return OrganizationBinding(
        organization_id=stretch.organization,
        village=first.division,
        since=stretch.since,
        until=stretch.until,
        posting=first,
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
