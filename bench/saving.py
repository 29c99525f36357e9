"""One cell saved on the reporting grid, against a request that updates one row."""

import json
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
GOAL = 5.0
JSON = "application/json"


def saving(run: Run) -> Iterator[Line]:
    use("full", city.build_full)
    period = Period.objects.get(quarter=city.QUARTER)
    lines = Entry.objects.filter(division__code=city.VILLAGE, period=period)
    lines.update(state=Entry.State.DRAFT, waiting_at="", first_submitted_at=None)
    EntrySummary.objects.rebuild(Ledger.objects.get())
    client = signed_in(city.VILLAGE)
    cell = lines.filter(task__measure="number").order_by("pk")[0]
    ours, bare = Times(), Times()
    for turn in range(WARM_UP + run.rounds):
        body = _body(cell, turn)
        took = run.clock(lambda body=body: _save(client, body))  # type: ignore[misc]
        value = {"value": f"{turn % 90 + 300}"}
        url = f"/bench/update/{cell.pk}/"
        took_bare = run.clock(lambda url=url, value=value: _update(client, url, value))  # type: ignore[misc]
        if turn >= WARM_UP:
            ours.seconds.append(took)
            bare.seconds.append(took_bare)
    name, against = "save one cell", "bare UPDATE"
    yield Line(f"{name}, p50", ours.p50, bare.p50, against, at_most=GOAL)
    yield Line(f"{name}, p95", ours.p95, bare.p95, against)


def _body(cell: Entry, turn: int) -> str:
    """As the grid sends it: one cell with a key of its own, made from the version that stands."""
    version = Entry.objects.values_list("version", flat=True).get(pk=cell.pk)
    content = {"value": f"{turn % 90 + 100}"}
    item = {"entry": cell.pk, "version": version, "do": "save", "content": content}
    return json.dumps({"key": f"bench{turn}", "cells": [item]})


def _save(client: Client, body: str) -> None:
    response = client.post(reverse("tasks:cells"), body, content_type=JSON)
    if response.json()["cells"][0]["outcome"] != "done":
        raise RuntimeError(response.content.decode())


def _update(client: Client, url: str, data: dict[str, str]) -> None:
    response = client.post(url, data)
    if response.status_code != 204:
        raise RuntimeError(f"{url}: {response.status_code}")
