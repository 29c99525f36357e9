"""Every figure equals SQL that was written without the code that shows it."""

import datetime
import random
from collections import defaultdict
from typing import Any

import pytest
import time_machine
from django.test import Client

from dashboard.board import Board
from dashboard.figures import Row
from dashboard.matrix import Cell
from tests.dashboard import sql
from tests.dashboard.growth import grow
from tests.tasks.verbs import moment
from tests.world import World
from villages.models import Division

DAYS = [(9, 18), (10, 2), (10, 6), (12, 28)]
NAMES = ("owed", "reported", "on_time", "accepted", "submitted", "returned", "draft", "blank")


def said(of: Row | Cell) -> dict[str, int]:
    counts = {name: getattr(of.counts, name) for name in NAMES}
    return {
        name: n for name, n in (counts | {str(k): n for k, n in of.lights.items()}).items() if n
    }


def by(lines: list[dict[str, Any]], *names: str) -> dict[Any, list[dict[str, Any]]]:
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        key = tuple(line[name] for name in names)
        groups[key[0] if len(names) == 1 else key].append(line)
    return groups


def check(board: Board, on: datetime.date) -> None:
    division, period = board.division, board.period
    lines = sql.lines(division.code, period.year, period.quarter)
    assert said(board.total) == sql.told(lines, on)
    column = {"city": "county", "county": "township", "township": "unit"}[division.level]
    units = by(lines, column)
    rows = {row.division.code: row for row in board.rows if row.counts.owed}
    assert set(rows) == set(units) - {division.code if division.level == "township" else ""}
    for code, row in rows.items():
        assert said(row) == sql.told(units[code], on), code
    cells = by(lines, column, "task")
    shown = {
        (unit.code, task.number): cell
        for line in board.matrix.lines
        for task, unit, cell in line.cells
        if cell
    }
    assert set(shown) == set(cells)
    for key, cell in shown.items():
        assert said(cell) == sql.told(cells[key], on), key


@pytest.mark.parametrize("day", DAYS)
def test_fifty_places_and_quarters_say_what_sql_says(busy: World, day: tuple[int, int]) -> None:
    grow(busy, 1, 6)
    chance = random.Random(day[1])
    units = [d for d in Division.objects.exclude(level="village").order_by("code") if _owes(d)]
    noon = moment(*day, 12)
    with time_machine.travel(noon, tick=False):
        client = Client()
        client.force_login(busy.users["city_viewer"])
        for _ in range(50 // len(DAYS) + 1):
            unit, quarter = chance.choice(units), chance.randint(1, 4)
            page = client.get(f"/matrix/{unit.code}/2026Q{quarter}/")
            assert page.status_code == 200
            check(page.context["board"], noon.date())


def _owes(division: Division) -> bool:
    return bool(sql.lines(division.code, 2026, 4))
