"""Contact points of the county leaders, their visits and talks, and who is bound to whom."""

import datetime
from itertools import cycle
from random import Random

from anyang_ledger.demo.cadres.making import WRITE_BATCH
from anyang_ledger.demo.scale import SEED
from cadres.models import (
    ContactPoint,
    ContactVisit,
    HelpForm,
    OrganizationBinding,
    PolicyTalk,
    Posting,
)
from cadres.models.contact import in_order
from villages.models import Division, Level

TOPICS = ("农村基层党建重点任务", "乡村振兴政策", "粮食安全与惠农补贴", "村级集体经济发展")
RAISED = ("村内排水沟淤堵", "灌溉机井老化", "文化活动室设备不足", "农产品销路窄", "道路硬化未到户")
SOLVED = ("已协调部门施工", "已列入年度项目", "已对接销售渠道")
YEAR_BEGINS, LAST_ENTERED = datetime.date(2026, 1, 5), datetime.date(2026, 9, 25)


def put() -> None:
    rng = Random(f"{SEED} contacts")
    leaders = Posting.objects.in_seat("county_leader").select_related("person", "division")
    places = {
        # A district of one township has fewer villages than leaders: some share one.
        county: cycle(rng.sample(villages, len(villages)))
        for county, villages in _villages_of_counties().items()
    }
    points = [
        ContactPoint(
            leader=posting.person,
            village=next(places[posting.division.pk]),
            since=posting.start,
        )
        for posting in leaders.order_by("division__code", "person__name", "pk")
    ]
    ContactPoint.objects.bulk_create(points, batch_size=WRITE_BATCH)
    visits = [visit for point in points for visit in _visits(point, rng)]
    ContactVisit.objects.bulk_create(visits, batch_size=WRITE_BATCH)
    PolicyTalk.objects.bulk_create(
        [_talk(point, rng) for point in points if rng.random() < 0.8], batch_size=WRITE_BATCH
    )
    _bind()


def _villages_of_counties() -> dict[int, list[Division]]:
    found: dict[int, list[Division]] = {}
    counties: dict[int | None, int | None] = dict(
        Division.objects.filter(level=Level.TOWNSHIP).values_list("pk", "parent")
    )
    for village in Division.objects.filter(level=Level.VILLAGE).order_by("code"):
        found.setdefault(counties[village.parent_id] or 0, []).append(village)
    return found


def _day(rng: Random) -> datetime.date:
    return YEAR_BEGINS + datetime.timedelta(days=rng.randint(0, (LAST_ENTERED - YEAR_BEGINS).days))


def _visits(point: ContactPoint, rng: Random) -> list[ContactVisit]:
    """Up to one a quarter; every third one raises something, most of which is solved."""
    visits = []
    for on in sorted({_day(rng) for _ in range(rng.randint(0, 3))}):
        raised = rng.choices((0, 1, 2), (6, 3, 1))[0]
        solved = rng.randint(0, raised)
        visits.append(
            ContactVisit(
                contact_point=point,
                on=on,
                forms=in_order(",".join(rng.sample(HelpForm.values[:4], rng.randint(1, 2)))),
                problems_raised=raised,
                problems_solved=solved,
                problems="、".join(rng.sample(RAISED, raised)),
                results=rng.choice(SOLVED) if solved else "",
            )
        )
    return visits


def _talk(point: ContactPoint, rng: Random) -> PolicyTalk:
    return PolicyTalk(
        speaker=point.leader,
        village=point.village,
        on=_day(rng),
        topic=rng.choice(TOPICS),
        audience=rng.randint(20, 120),
    )


def _bind() -> None:
    """Whoever sends the first secretary of today is bound to the village."""
    held = Posting.objects.in_seat("first_secretary").filter(end=None)
    OrganizationBinding.objects.bulk_create(
        [
            OrganizationBinding(
                organization_id=posting.organization_id or 0,
                village_id=posting.division_id,
                since=posting.start,
                posting=posting,
            )
            for posting in held.order_by("pk")
        ],
        batch_size=WRITE_BATCH,
    )
