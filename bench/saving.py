"""One cell saved on the reporting page, against a request that updates one row."""

from collections.abc import Iterator

from django.test import Client
from django.urls import reverse

from bench import city
from bench.databases import use
from bench.measure import Run, Times
from bench.pages import signed_in
from bench.table import Line
from tasks.models import Entry, EntrySummary, Ledger, Period

WARM_UP = 3
GOAL = 10.0


def saving(run: Run) -> Iterator[Line]:
    use("full", city.build_full)
    period = Period.objects.get(quarter=city.QUARTER)
    lines = Entry.objects.filter(division__code=city.VILLAGE, period=period)
    lines.update(state=Entry.State.DRAFT, waiting_at="", first_submitted_at=None)
    EntrySummary.objects.rebuild(Ledger.objects.get())
    page = reverse("tasks:report", args=[city.VILLAGE, period.code])
    client = signed_in(city.VILLAGE)
    cell = lines.filter(task__measure="number").order_by("pk")[0]
    ours, bare = Times(), Times()
    for turn in range(WARM_UP + run.rounds):
        form = _form(list(lines.select_related("task")), cell.pk, f"{turn % 90 + 100}")
        took = run.clock(lambda form=form: _post(client, page, form, 302))  # type: ignore[misc]
        value = {"value": f"{turn % 90 + 300}"}
        url = f"/bench/update/{cell.pk}/"
        took_bare = run.clock(lambda url=url, value=value: _post(client, url, value, 204))  # type: ignore[misc]
        if turn >= WARM_UP:
            ours.seconds.append(took)
            bare.seconds.append(took_bare)
    name, against = f"save one cell of {lines.count()} lines", "bare UPDATE"
    yield Line(f"{name}, p50", ours.p50, bare.p50, against, at_most=GOAL)
    yield Line(f"{name}, p95", ours.p95, bare.p95, against)


def _form(lines: list[Entry], changed: int, value: str) -> dict[str, str]:
    """The whole page as a browser sends it, with one value typed anew."""
    data: dict[str, str] = {}
    for line in lines:
        shown = "" if line.value is None else f"{line.value.normalize():f}"
        cells = {
            "version": str(line.version),
            "value": value if line.pk == changed else shown,
            "nothing": line.nothing,
            "narrative": line.narrative,
            "problems": line.problems,
            "next_steps": line.next_steps,
        }
        data |= {f"e{line.pk}-{name}": text for name, text in cells.items()}
    return data


def _post(client: Client, url: str, data: dict[str, str], status: int) -> None:
    response = client.post(url, data)
    if response.status_code != status:
        raise RuntimeError(f"{url}: {response.status_code}")
