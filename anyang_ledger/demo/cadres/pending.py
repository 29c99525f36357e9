"""What the counties of the demo city are about: doubles to be decided on, terms made longer, a
round of matching being prepared."""

import datetime

from django.db.models import Q

from accounts.models import User
from anyang_ledger.demo.cadres.making import day
from anyang_ledger.demo.cadres.postings import ENTERED
from cadres.actions import merging
from cadres.models import (
    CadreChange,
    PairingCandidate,
    PairingPlace,
    PairingRound,
    Person,
    PersonMerge,
    Posting,
    PostingKind,
    VillageNeed,
    facts_of,
)
from cadres.months import months_later
from villages.models import Division, Level

DECIDED = ENTERED + datetime.timedelta(hours=2)
WHY_ONE = "姓名、出生年月、原单位一致，疑似两次录入。"
WHY_LONGER = "在建项目尚未完工，经研究延长半年。"
EXTENDED_IN_A_COUNTY, MATCHED, CANDIDATES = 2, 8, 16


def put(manager_of: dict[int, User]) -> None:
    """Of each county, by the account of its manager."""
    for county in Division.objects.filter(level=Level.COUNTY).order_by("code"):
        _propose_merge(county, manager_of[county.pk])
        _extend(county, manager_of[county.pk])
        _prepare_matching(county, manager_of[county.pk])


def _propose_merge(county: Division, by: User) -> None:
    """Somebody who was a first secretary and was entered again at the organisation."""
    left = Posting.objects.in_seat("first_secretary").filter(end__isnull=False)
    back = left.filter(person__division=county).select_related("person")
    served = back.order_by("division__code", "pk").first()
    if served is None:
        return
    one = served.person
    again = Person.objects.create(
        name=one.name,
        sex=one.sex,
        birth=one.birth,
        organization=one.organization,
        position=one.position,
        division=county,
        pinyin=one.pinyin,
    )
    merge = merging.propose(one, again, merging.empty_here(one, again), WHY_ONE, by)
    PersonMerge.objects.filter(pk=merge.pk).update(proposed_at=DECIDED)


def _extend(county: Division, by: User) -> None:
    """Those whose term is over first, or first over, stay for half a year."""
    held = Posting.objects.in_seat("first_secretary").within(county).on(ENTERED.date())
    running = held.filter(end=None, planned_end__isnull=False)
    for posting in running.order_by("planned_end", "division__code")[:EXTENDED_IN_A_COUNTY]:
        before = facts_of(posting)
        posting.planned_end = months_later(posting.planned_end or ENTERED.date(), 6)
        posting.version += 1
        posting.save()
        CadreChange.note(posting, posting.division, by, DECIDED, before, reason=WHY_LONGER)


def _prepare_matching(county: Division, by: User) -> None:
    """Villages that said what they need, or whose first secretary has gone, and people of the
    county's organisations."""
    kind = PostingKind.objects.get(code="first_secretary")
    new = PairingRound(
        title=f"{county.name}2027年第1批驻村第一书记",
        division=county,
        kind=kind,
        start=day(2027, 1),
    )
    new.full_clean()
    new.save()
    CadreChange.note(new, county, by, DECIDED)
    served = Posting.objects.in_seat(kind.seat).values("division")
    wanted = Q(pk__in=served) | Q(pk__in=VillageNeed.objects.values("division"))
    villages = Division.objects.within(county).filter(wanted, level=Level.VILLAGE)
    vacant = villages.exclude(pk__in=served.filter(end=None)).order_by("code")
    PairingPlace.objects.bulk_create(
        PairingPlace(round=new, division=village) for village in vacant[:MATCHED]
    )
    free = Person.objects.standing().filter(division=county, organization__isnull=False)
    free = free.exclude(postings__in=Posting.objects.filter(end=None)).order_by("pk")
    PairingCandidate.objects.bulk_create(
        PairingCandidate(round=new, person=person) for person in free[:CANDIDATES]
    )
