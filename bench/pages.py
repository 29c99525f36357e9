"""The overview of city, county and township, against a bare page of 89 rows."""

from collections.abc import Iterator

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from bench import city
from bench.databases import use
from bench.measure import Run, Times, Work, interleaved
from bench.table import Line
from tasks.models import Period

WARM_UP = 3
PAGE_GOAL, QUERIES_GOAL, GROWTH_GOAL = 3.0, 8, 1.2
BARE = "bare page"


def overview(run: Run) -> Iterator[Line]:
    use("small", city.build_small)
    small = _in("small", _overview(city.CITY, city.CITY))
    use("full", city.build_full)
    works = {
        BARE: _in("full", visit(city.CITY, "/bench/page/")),
        "city": _in("full", _overview(city.CITY, city.CITY)),
        "small": small,
        "county": _in("full", _overview(city.COUNTY, city.COUNTY)),
        "township": _in("full", _overview(city.TOWNSHIP, city.TOWNSHIP)),
    }
    queries = {name: _queries(work) for name, work in works.items()}
    interleaved(works, WARM_UP, run.clock)
    times = interleaved(works, run.rounds, run.clock)
    for name in ("city", "county", "township"):
        yield from _page(f"overview of the {name}", times[name], times[BARE])
        line = f"overview of the {name}, queries"
        bare = queries[BARE]
        yield Line(line, queries[name], bare, BARE, "", at_most=QUERIES_GOAL, absolute=True)
    big, little = times["city"], times["small"]
    name, against = "city with 238,400 entries", "with 2,980"
    yield Line(f"{name}, p50", big.p50, little.p50, against, at_most=GROWTH_GOAL)
    yield Line(f"{name}, queries", queries["city"], queries["small"], against, "", at_most=1)


def _page(name: str, ours: Times, bare: Times) -> Iterator[Line]:
    yield Line(f"{name}, p50", ours.p50, bare.p50, BARE)
    yield Line(f"{name}, p95", ours.p95, bare.p95, BARE, at_most=PAGE_GOAL)


def _overview(username: str, code: str) -> Work:
    period = Period.objects.get(quarter=city.QUARTER)
    return visit(username, reverse("dashboard:overview", args=[code, period.code]))


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


def _in(name: str, work: Work) -> Work:
    """The work done in the database of that name; changing over costs a dictionary entry."""

    def done_there() -> None:
        use(name, lambda: None)
        work()

    return done_there


def _queries(work: Work) -> int:
    work()
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)
