"""The pages of figures against a bare page of 89 rows, and what keeps their figures true."""

from collections.abc import Iterator

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from bench import city
from bench.databases import use
from bench.measure import Run, Times, Work, interleaved
from bench.table import Line
from tasks.models import Entry, EntrySummary, Ledger, Period
from villages.models import Division, Level

WARM_UP = 3
PAGE_GOAL, QUERIES_GOAL, GROWTH_GOAL = 3.0, 8, 1.2
BARE = "bare page"
CITY = "overview of the city"
PAGES = {
    CITY: ("overview", city.CITY, city.CITY),
    "overview of the county": ("overview", city.COUNTY, city.COUNTY),
    "overview of the township": ("overview", city.TOWNSHIP, city.TOWNSHIP),
    "wall map of the city": ("map", city.CITY, city.CITY),
    "matrix of the city": ("matrix", city.CITY, city.CITY),
    "matrix of the township": ("matrix", city.TOWNSHIP, city.TOWNSHIP),
}


def overview(run: Run) -> Iterator[Line]:
    """Pages of figures as they are read again and again, and as the first reader after a change
    meets them; the answer that nothing changed; and what keeps them true."""
    use("small", city.build_small)
    small = in_database("small", overview_of(city.CITY, city.CITY))
    use("full", city.build_full)
    works = {BARE: in_database("full", visit(city.CITY, "/bench/page/")), "small": small}
    works |= {page: in_database("full", _page_of(*PAGES[page])) for page in PAGES}
    queries = {name: queries_of(work) for name, work in works.items()}
    interleaved(works, WARM_UP, run.clock)
    times = interleaved(works, run.rounds, run.clock)
    for page in PAGES:
        yield from _page(page, times[page], times[BARE])
        line, bare = f"{page}, queries", queries[BARE]
        yield Line(line, queries[page], bare, BARE, "", at_most=QUERIES_GOAL, absolute=True)
    big, little = times[CITY], times["small"]
    name, against = "city with 238,400 entries", "with 2,980"
    yield Line(f"{name}, p50", big.p50, little.p50, against, at_most=GROWTH_GOAL)
    yield Line(f"{name}, queries", queries[CITY], queries["small"], against, "", at_most=1)
    yield from _after_a_change(run, times[BARE])
    yield from _unchanged(run)
    yield from _kept_true(run)


def _page(name: str, ours: Times, bare: Times) -> Iterator[Line]:
    yield Line(f"{name}, p50", ours.p50, bare.p50, BARE)
    yield Line(f"{name}, p95", ours.p95, bare.p95, BARE, at_most=PAGE_GOAL)


def _after_a_change(run: Run, bare: Times) -> Iterator[Line]:
    """Nothing of the page is kept: every figure is read and every part drawn."""
    works = {page: in_database("full", _anew(_page_of(*PAGES[page]))) for page in PAGES}
    queries = queries_of(works[CITY])
    times = interleaved(works, run.heavy_rounds(20), run.clock)
    for page in PAGES:
        yield Line(f"{page}, first view after a change, p50", times[page].p50, bare.p50, BARE)
    yield Line("…, queries", queries, 2, BARE, "")


def _anew(work: Work) -> Work:
    def emptied() -> None:
        cache.clear()
        work()

    return emptied


def _unchanged(run: Run) -> Iterator[Line]:
    """A conditional request that finds nothing changed, against a view that answers nothing."""
    client, address = signed_in(city.CITY), _address("overview", city.CITY)
    client.get(address)
    etag = client.get(address)["ETag"]

    def ask() -> None:
        response = client.get(address, headers={"if-none-match": etag})
        if response.status_code != 304:
            raise RuntimeError(f"{address}: {response.status_code}")

    works = {
        "304": in_database("full", ask),
        "empty": in_database("full", visit(city.CITY, "/bench/empty/")),
    }
    times = interleaved(works, run.rounds, run.clock)
    ours, empty = times["304"], times["empty"]
    yield Line("304 of the overview, p95", ours.p95, empty.p95, "empty view", at_most=PAGE_GOAL)


def _kept_true(run: Run) -> Iterator[Line]:
    """What a write does for the figures, and a count of everything from nothing."""
    use("full", lambda: None)
    period, entry = Period.objects.get(quarter=city.QUARTER), Entry.objects.all()[0]
    task = {(entry.task_id, pk, period.pk) for pk in _townships()}
    times = [run.clock(lambda: _refresh(task)) for _ in range(run.heavy_rounds(10))]
    one = Times(times).p95
    yield Line("refresh one task and quarter", one, 1, "second", at_most=0.05, absolute=True)
    ledger = Ledger.objects.get()
    whole = run.clock(lambda: EntrySummary.objects.rebuild(ledger))
    yield Line("recount 238,400 entries", whole, 1, "second", "s", at_most=5, absolute=True)


def _townships() -> list[int]:
    return list(Division.objects.filter(level=Level.TOWNSHIP).values_list("pk", flat=True))


@transaction.atomic
def _refresh(keys: set[tuple[int, int, int]]) -> None:
    EntrySummary.objects.refresh(keys)


def overview_of(username: str, code: str) -> Work:
    return _page_of("overview", username, code)


def _page_of(page: str, username: str, code: str) -> Work:
    return visit(username, _address(page, code))


def _address(page: str, code: str) -> str:
    period = Period.objects.get(quarter=city.QUARTER)
    return reverse(f"dashboard:{page}", args=[code, period.code])


def signed_in(username: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=username))
    return client


def visit(username: str, url: str) -> Work:
    client = signed_in(username)

    def get() -> None:
        response = client.get(url)
        if response.status_code != 200:
            raise RuntimeError(f"{url}: {response.status_code}")

    return get


def in_database(name: str, work: Work) -> Work:
    """The work done in the database of that name; changing over costs a dictionary entry."""

    def done_there() -> None:
        use(name, lambda: None)
        work()

    return done_there


def queries_of(work: Work) -> int:
    work()
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)
