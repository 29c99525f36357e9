"""The reporting grid of a township, against a bare page with as many cells and as much HTML."""

from collections.abc import Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import city
from bench.databases import use
from bench.measure import Run, interleaved
from bench.pages import signed_in, visit
from bench.table import Line
from tasks.models import Entry, Period

WARM_UP = 3
PAGE_GOAL, QUERIES_GOAL = 4.0, 12


def grid(run: Run) -> Iterator[Line]:
    use("grid", city.build_grid)
    period = Period.objects.get(quarter=city.QUARTER)
    url = reverse("tasks:grid", args=[city.TOWNSHIP, period.code])
    client = signed_in(city.TOWNSHIP)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        size = len(client.get(url).content)
    queries = len(captured)
    lines = Entry.objects.filter(township__code=city.TOWNSHIP, period=period)
    rows = lines.values("division").distinct().count()
    columns = lines.values("task").distinct().count()
    bare = visit(city.TOWNSHIP, f"/bench/page/{rows}/{columns}/{size}/")
    works = {"grid": visit(city.TOWNSHIP, url), "bare": bare}
    interleaved(works, WARM_UP, run.clock)
    times = interleaved(works, run.rounds, run.clock)
    name, against = f"grid of {rows} × {columns}", f"bare page of {size // 1000} KB"
    yield Line(f"{name}, p50", times["grid"].p50, times["bare"].p50, against)
    yield Line(f"{name}, p95", times["grid"].p95, times["bare"].p95, against, at_most=PAGE_GOAL)
    yield Line(f"{name}, queries", queries, 2, against, "", at_most=QUERIES_GOAL, absolute=True)
