"""The roster of the city's first secretaries and their calendar, against bare pages as long."""

import datetime
from collections.abc import Iterator

from django.utils import timezone

from bench import city
from bench.databases import use
from bench.measure import Run, Work, interleaved
from bench.pages import in_database, queries_of, signed_in, visit
from bench.table import Line
from cadres.models import Organization, Person, Posting, PostingKind
from cadres.months import months_later
from villages.models import Division, Level
from villages.pinyin import search_key

SECRETARIES, OTHERS, SENDERS = 679, 19_321, 300
BATCH = 500
WARM_UP, QUERIES_GOAL = 2, 10
PAGES = {
    "roster of 679": f"/cadres/{city.CITY}/postings/?kind=first_secretary",
    "roster of 679, searched": f"/cadres/{city.CITY}/postings/?q=示6",
    "calendar of the city": f"/cadres/{city.CITY}/calendar/",
    "calendar of a township": f"/cadres/{city.TOWNSHIP}/calendar/",
}


def posting_pages(run: Run) -> Iterator[Line]:
    """20,000 persons, 679 of them in a village; every page beside a bare one of its length."""
    use("staffed", staff)
    works: dict[str, Work] = {}
    for name, address in PAGES.items():
        size = len(signed_in(city.CITY).get(address).content)
        bare = f"/bench/page/{SECRETARIES}/9/{size}/"
        works |= {name: in_database("staffed", visit(city.CITY, address))}
        works |= {f"bare, {name}": in_database("staffed", visit(city.CITY, bare))}
    queries = {name: queries_of(works[name]) for name in PAGES}
    interleaved(works, WARM_UP, run.clock)
    times = interleaved(works, run.heavy_rounds(20), run.clock)
    for name in PAGES:
        ours, bare_page = times[name], times[f"bare, {name}"]
        against = "bare, as long"
        yield Line(f"{name}, p50", ours.p50, bare_page.p50, against)
        yield Line(f"{name}, p95", ours.p95, bare_page.p95, against)
        line = f"{name}, queries"
        yield Line(line, queries[name], 2, against, "", at_most=QUERIES_GOAL, absolute=True)


def staff() -> None:
    """The city with one task, and its people: some sent to villages, most of them not."""
    city.build_small()
    top = Division.objects.get(level=Level.CITY)
    senders = [
        Organization(name=f"示范单位{n}", level="city", division=top) for n in range(SENDERS)
    ]
    Organization.objects.bulk_create(senders)
    villages = list(Division.objects.filter(level=Level.VILLAGE).order_by("code"))
    step = len(villages) // SECRETARIES
    places = villages[: step * SECRETARIES : step]
    persons = [
        _person(n, (places + villages * 7)[n], senders[n % SENDERS])
        for n in range(SECRETARIES + OTHERS)
    ]
    Person.objects.bulk_create(persons, batch_size=BATCH)
    kind, today = PostingKind.objects.get(code="first_secretary"), timezone.localdate()
    Posting.objects.bulk_create(
        [_posting(persons[n], kind, today, n) for n in range(SECRETARIES)], batch_size=BATCH
    )


def _person(number: int, place: Division, sender: Organization) -> Person:
    name = f"示{number}"
    return Person(
        name=name, sex="1", birth="1985-06", political_status="01", organization=sender,
        division=place, pinyin=search_key(name), phone=f"138{number:08}",
    )  # fmt: skip


def _posting(person: Person, kind: PostingKind, today: datetime.date, number: int) -> Posting:
    start = today - datetime.timedelta(days=number)
    return Posting(
        person=person, kind=kind, division=person.division, organization=person.organization,
        start=start, planned_end=months_later(start, 24), seat=kind.seat, seat_number=1,
        exclusive_group=kind.exclusive_group,
    )  # fmt: skip
