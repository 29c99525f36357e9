"""Duty lists as they are read: both lists of a village side by side, and who answers for them."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q

from accounts.models import User
from cadres.models import Organization, OrganizationBinding, Posting
from cadres.models.posting_kind import FIRST_SECRETARY
from tasks.models import Entry, EntryQuerySet, Evidence, Period
from tasks.models.duty import Duty
from tasks.models.light import Explanation, explain
from villages.models import Division

REPORTED = [Entry.State.SUBMITTED, Entry.State.ACCEPTED]


@dataclass(frozen=True)
class Item:
    """A line of a list, with why it shows its light and how many files it has."""

    entry: Entry
    why: Explanation
    evidence: int


@dataclass
class Lists:
    """Both lists of one village, and the people and organisations behind them."""

    village: Division
    secretary: Posting | None = None
    organizations: list[Organization] = field(default_factory=list)
    of_secretary: list[Item] = field(default_factory=list)
    of_organization: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    """How many items of a list are reported and accepted, of how many."""

    owed: int = 0
    reported: int = 0
    accepted: int = 0


def duty_lines(user: User, period: Period) -> EntryQuerySet:
    found = Entry.objects.visible_to(user).owed().filter(period=period)
    return found.exclude(task__duty="")


def lists_of(
    villages: Iterable[Division], period: Period, user: User, on: datetime.date
) -> list[Lists]:
    """The lists of some villages, with as many queries for one as for many."""
    found = {village.pk: Lists(village) for village in villages}
    for posting in secretaries(found, user, on):
        found[posting.division_id].secretary = posting
    for pk, bound in organizations(found, user, on).items():
        found[pk].organizations = bound
    lines = duty_lines(user, period).filter(division__in=found)
    related = ("task__ledger", "task__supports", "period")
    entries = list(lines.select_related(*related).order_by("division", "task__number"))
    files = dict(
        Evidence.objects.standing()
        .filter(entry__in=entries)
        .order_by()
        .values_list("entry")
        .annotate(Count("pk"))
    )
    for entry in entries:
        item = Item(entry, explain(entry, on), files.get(entry.pk, 0))
        lists = found[entry.division_id]
        of_secretary = entry.task.duty == Duty.FIRST_SECRETARY
        (lists.of_secretary if of_secretary else lists.of_organization).append(item)
    return list(found.values())


def secretaries(villages: Collection[int], user: User, on: datetime.date) -> list[Posting]:
    held = Posting.objects.visible_to(user).on(on).in_seat(FIRST_SECRETARY)
    return list(held.filter(division__in=villages).select_related("person", "organization"))


def organizations(
    villages: Collection[int], user: User, on: datetime.date
) -> dict[int, list[Organization]]:
    """Who is bound to which village on a day, be it by the posting alone."""
    bound = OrganizationBinding.objects.visible_to(user).on(on).filter(village__in=villages)
    pairs = list(bound.values_list("village", "organization"))
    held = Posting.objects.visible_to(user).on(on).in_seat(FIRST_SECRETARY)
    sent = held.filter(division__in=villages).exclude(organization=None)
    pairs += sent.values_list("division", "organization")
    known = Organization.objects.in_bulk([organization for _village, organization in pairs])
    found: dict[int, list[Organization]] = defaultdict(list)
    for village, organization in dict.fromkeys(pairs):
        found[village].append(known[organization])
    return found


def villages_of(organization: Organization, user: User, on: datetime.date) -> list[Division]:
    """The villages for which an organisation answers, those that the user sees."""
    bound = OrganizationBinding.objects.on(on).filter(organization=organization)
    held = Posting.objects.on(on).in_seat(FIRST_SECRETARY).filter(organization=organization)
    seen = Division.objects.visible_to(user).filter(
        Q(pk__in=bound.values("village")) | Q(pk__in=held.values("division"))
    )
    return list(seen.select_related("parent__parent").order_by("code"))


def progress_of(
    villages: Collection[int], period: Period, user: User
) -> dict[int, dict[str, Progress]]:
    """How far the lists of some villages are, by village and list, with one query."""
    lines = duty_lines(user, period).filter(division__in=villages).order_by()
    counted = lines.values_list("division", "task__duty").annotate(
        owed=Count("pk"),
        reported=Count("pk", filter=Q(state__in=REPORTED)),
        accepted=Count("pk", filter=Q(state=Entry.State.ACCEPTED)),
    )
    found: dict[int, dict[str, Progress]] = defaultdict(dict)
    for village, duty, *counts in counted:
        found[village][duty] = Progress(*counts)
    return found
