"""A small city for tests: two counties, four townships and a street, nine villages, a cast.

Everything stands on 2 October 2026: the third quarter is open and due in three days, the
first two are locked or late, the fourth is yet to open.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from cadres.models import Organization, Person, Posting, PostingKind
from tasks.models import Entry, Ledger, Period, Task
from tests import states
from tests.canaries import number_of, phone_of
from villages.actions import DivisionLine, put_divisions
from villages.models import Division

NOW = datetime.datetime(2026, 10, 2, 9, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
PASSWORD = "correct horse battery"

LINES = [
    ("410500000000", "安阳市", "city", ""),
    ("410581000000", "林州市", "county", "410500000000"),
    ("410526000000", "滑县", "county", "410500000000"),
    ("410581101000", "合涧镇", "township", "410581000000"),
    ("410581102000", "临淇镇", "township", "410581000000"),
    ("410581001000", "桂园街道", "township", "410581000000"),
    ("410526101000", "白道口镇", "township", "410526000000"),
    # A code that begins like 林州市's but is managed by 滑县: code is not management.
    ("410581199000", "飞地乡", "township", "410526000000"),
    ("410581101201", "东山村民委员会", "village", "410581101000"),
    ("410581101202", "西山村委会", "village", "410581101000"),
    ("410581101203", "南平村民委员会", "village", "410581101000"),
    ("410581102201", "东山村民委员会", "village", "410581102000"),
    ("410581102202", "北平村民委员会", "village", "410581102000"),
    ("410581001001", "桂园社区居委会", "village", "410581001000"),
    ("410581001201", "城边村民委员会", "village", "410581001000"),
    ("410526101201", "石桥村民委员会", "village", "410526101000"),
    ("410581199201", "飞来村民委员会", "village", "410581199000"),
]


@dataclass
class World:
    """The small city; `units` and `users` are found by their short names below."""

    units: dict[str, Division] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    ledger: Ledger = None  # type: ignore[assignment]
    periods: dict[int, Period] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    postings: dict[str, Posting] = field(default_factory=dict)

    def entry(self, unit: str, task: str, quarter: int = 3) -> Entry:
        """A fresh copy from the database."""
        return Entry.objects.select_related("task__ledger", "period", "division").get(
            division=self.units[unit], task=self.tasks[task], period=self.periods[quarter]
        )


UNITS = {
    "city": "410500000000",
    "linzhou": "410581000000",
    "huaxian": "410526000000",
    "hejian": "410581101000",
    "linqi": "410581102000",
    "guiyuan": "410581001000",
    "baidaokou": "410526101000",
    "feidi": "410581199000",
    "dongshan": "410581101201",
    "xishan": "410581101202",
    "nanping": "410581101203",
    "dongshan_linqi": "410581102201",
    "beiping": "410581102202",
    "community": "410581001001",
    "chengbian": "410581001201",
    "shiqiao": "410526101201",
    "feilai": "410581199201",
}

# user name -> (unit, role)
CAST = {
    "city_manager": ("city", Role.MANAGER),
    "city_viewer": ("city", Role.VIEWER),
    "city_auditor": ("city", Role.AUDITOR),
    "linzhou_reviewer": ("linzhou", Role.REVIEWER),
    "linzhou_viewer": ("linzhou", Role.VIEWER),
    "linzhou_manager": ("linzhou", Role.MANAGER),
    "huaxian_reviewer": ("huaxian", Role.REVIEWER),
    "hejian_reporter": ("hejian", Role.REPORTER),
    "hejian_reviewer": ("hejian", Role.REVIEWER),
    "linqi_reporter": ("linqi", Role.REPORTER),
    "baidaokou_reporter": ("baidaokou", Role.REPORTER),
    "dongshan_reporter": ("dongshan", Role.REPORTER),
    "xishan_reporter": ("xishan", Role.REPORTER),
}

# name -> fields; the first three are reported by villages, the last two by townships
TASKS = {
    "income": dict(
        number=1,
        category="material",
        title="村级集体经济增收",
        reporting_level="village",
        measure="number",
        unit="万元",
        is_cumulative=True,
        target=Decimal(100),
    ),
    "meeting": dict(
        number=2,
        category="governance",
        title="四议两公开规范运行",
        reporting_level="village",
        measure="yes_no",
    ),
    "deeds": dict(
        number=3,
        category="effect",
        title="为群众办实事",
        reporting_level="village",
        measure="text",
        quarters="24",
    ),
    "reserve": dict(
        number=4,
        category="people",
        title="村级后备力量培育",
        reporting_level="township",
        measure="number",
        unit="人",
        target=Decimal(20),
        final_level="city",
    ),
    "study": dict(
        number=5,
        category="people",
        title="党员教育培训",
        reporting_level="township",
        measure="text",
    ),
}


# short name -> (name, level, unit)
ORGANIZATIONS = {
    "agriculture": ("测试市农业农村局", "city", "city"),
    "culture": ("测试市文化广电局", "city", "city"),
    "linzhou_water": ("测试林州市水利局", "county", "linzhou"),
    "huaxian_trade": ("测试滑县商务局", "county", "huaxian"),
}
# short name -> (name, sex, month of birth, organisation)
PERSONS = {
    "first_dongshan": ("示一山", "1", "1984-05", "agriculture"),
    "first_xishan": ("示二山", "2", "1990-11", "linzhou_water"),
    "first_shiqiao": ("示三桥", "1", "1979-02", "huaxian_trade"),
    "left_lead": ("示四退", "1", "1966-08", "linzhou_water"),
    "leader_linzhou": ("示五县", "1", "1972-03", None),
    "secretary_hejian": ("示六镇", "2", "1981-07", None),
    "head_hejian": ("示七镇", "1", "1983-09", None),
    "free": ("示八闲", "2", "1988-12", "linzhou_water"),
}
# Their telephones and identity numbers, which tests/canaries.py watches: nobody meets them in
# clear but by asking for them. The last one has none.
PHONES = {short: phone_of(1010 + n) for n, short in enumerate(PERSONS)}
NUMBERS = {
    short: number_of(birth, sex, 10 + n)
    for n, (short, (_name, sex, birth, _sender)) in enumerate(PERSONS.items())
} | {"other": number_of("1984-05", "1", 77)}
WITHOUT_NUMBERS = {"free"}
# short name -> (person, kind, unit, start, planned end); the retired one is not sent yet.
POSTINGS = {
    "dongshan": ("first_dongshan", "first_secretary", "dongshan", "2025-01-01", "2026-12-31"),
    "xishan": ("first_xishan", "first_secretary", "xishan", "2024-07-01", "2026-06-30"),
    "shiqiao": ("first_shiqiao", "first_secretary", "shiqiao", "2026-01-01", "2027-12-31"),
    "leader": ("leader_linzhou", "county_leader", "linzhou", "2021-09-01", None),
    "hejian_secretary": ("secretary_hejian", "township_secretary", "hejian", "2021-05-01", None),
    "hejian_head": ("head_hejian", "township_head", "hejian", "2023-03-01", None),
}
# Who serves where without a posting.
SERVES_AT = {"left_lead": "linzhou", "free": "linzhou"}


def build(*, issued: bool = True) -> World:
    """The small city; with `issued` its ledger of 2026 is issued as on 5 January."""
    name = "small city, issued" if issued else "small city, draft"
    return states.kept(name, lambda: _build(issued=issued))


def rewrite(entries: Sequence[Entry], fields: Sequence[str]) -> None:
    """Store fields of many lines past all verbs; a tenth of the time that bulk_update takes."""
    Entry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["pk"], update_fields=fields
    )


def _build(*, issued: bool) -> World:
    world = World()
    put_divisions([DivisionLine(*line) for line in LINES])
    by_code = {division.code: division for division in Division.objects.select_related("parent")}
    world.units = {name: by_code[code] for name, code in UNITS.items()}
    for username, (unit, role) in CAST.items():
        world.users[username] = User.objects.create_user(
            username,
            password=PASSWORD,
            name=username.replace("_", " "),
            division=world.units[unit],
            role=role,
            is_staff=role in (Role.MANAGER, Role.AUDITOR),
        )
    _put_persons(world)
    world.ledger = Ledger.objects.create(
        division=world.units["city"], year=2026, title="安阳市2026年农村基层党建重点工作任务台账"
    )
    for name, values in TASKS.items():
        world.tasks[name] = Task.objects.create(ledger=world.ledger, **values)
    if issued:
        at = datetime.datetime(2026, 1, 5, 10, 0, tzinfo=NOW.tzinfo)
        world.ledger.issue(world.users["city_manager"], timezone.localtime(at))
    world.periods = {period.quarter: period for period in Period.objects.filter(year=2026)}
    return world


def _put_persons(world: World) -> None:
    """Whoever serves somewhere, and their postings; stored as they stand, without history."""
    units, kinds = world.units, {kind.code: kind for kind in PostingKind.objects.all()}
    for short, (name, level, unit) in ORGANIZATIONS.items():
        made = Organization(name=name, level=level, division=units[unit])
        made.full_clean()
        made.save()
        world.organizations[short] = made
    at = {posting[0]: posting[2] for posting in POSTINGS.values()} | SERVES_AT
    for short, (name, sex, birth, sender) in PERSONS.items():
        person = Person(
            name=name,
            sex=sex,
            birth=birth,
            ethnicity="汉族",
            political_status="01",
            education="2",
            organization=world.organizations.get(sender or ""),
            rank="四级主任科员",
            has_left_lead=short == "left_lead",
            division=units[at[short]],
            phone="" if short in WITHOUT_NUMBERS else PHONES[short],
            identity_number="" if short in WITHOUT_NUMBERS else NUMBERS[short],
        )
        person.full_clean()
        person.save()
        world.persons[short] = person
    for short, (who, kind, unit, start, planned) in POSTINGS.items():
        person = world.persons[who]
        posting = Posting(
            person=person,
            kind=kinds[kind],
            division=units[unit],
            organization=person.organization,
            start=datetime.date.fromisoformat(start),
            planned_end=datetime.date.fromisoformat(planned) if planned else None,
            seat_number=1 if kinds[kind].seats else None,
        )
        posting.full_clean()
        posting.save()
        world.postings[short] = posting
