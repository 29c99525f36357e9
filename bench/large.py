"""Workbooks of a whole quarter and of a whole year: time, memory, and what others wait for."""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from django.conf import settings
from django.db import connection

from accounts.models import User
from bench import city
from bench.databases import on_postgres, use
from bench.excel import READ, UNIT, WRITE, plain_writing, read_all
from bench.measure import Run, Times, Work, cpu, wall
from bench.pages import overview_of
from bench.table import Line
from spreadsheets import writer
from spreadsheets.sheet import Target
from tasks.models import Period
from tasks.sheets import EntrySheet
from villages.models import Division, VillageProfile

LIMITS = {
    "SPREADSHEET_FILE_MB": "100",
    "SPREADSHEET_UNPACKED_MB": "600",
    "SPREADSHEET_ROWS": "300000",
    "SPREADSHEET_CPU_SECONDS": "60",
    "SPREADSHEET_WALL_SECONDS": "90",
}
PAUSE = 0.01
LOOKS = 60


@dataclass(frozen=True)
class Size:
    """A workbook of so many tasks of 2,980 villages, and what it may cost."""

    database: str
    tasks: int
    megabytes: int
    exports: bool

    @property
    def rows(self) -> int:
        return self.tasks * city.VILLAGES


QUARTER = Size("quarter", 20, 250, exports=True)
YEAR = Size("year", 80, 500, exports=False)


def quarter(run: Run) -> Iterator[Line]:
    yield from _measured(QUARTER)


def year(run: Run) -> Iterator[Line]:
    yield from _measured(YEAR)


def _measured(size: Size) -> Iterator[Line]:
    use(size.database, _building(size))
    user = User.objects.select_related("division").get(username=city.TOWNSHIP)
    target = Target(city.TOWNSHIP, Period.objects.get(quarter=city.QUARTER).code)
    form = io.BytesIO()
    writer.write(EntrySheet(user, target), form)
    raw = _filled(form.getvalue())
    read = cpu(lambda: read_all(raw))
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        Path(file.name).write_bytes(raw)
        look = overview_of(city.CITY, city.CITY)
        idle = Times([wall(look) for _ in range(LOOKS)])
        result, longest, looks = _imported(file.name, user, target, look)
    if (result["written"], result["unchanged"]) != (size.rows, size.rows):
        raise RuntimeError(f"{result['written']} written, {result['unchanged']} unchanged")
    n, both = f"{size.rows:,} rows", result["check"] + result["apply"]
    goal = 3.0 if on_postgres() else 2.0
    yield Line(f"check and apply {n}", both, read, READ, UNIT, goal)
    yield Line(f"check again, {n}", result["again"], read, READ, UNIT, 0.8)
    megabytes, before, most = result["megabytes"], result["before_mb"], size.megabytes
    yield Line(f"memory, {n}", megabytes, before, "Django alone", "MB", most, absolute=True)
    queries, at_most = result["queries"], 40 + size.rows / 2000
    yield Line(f"queries of apply, {n}", queries, size.rows, "rows", "", at_most, absolute=True)
    goal_of_wait = 2.0 if size == QUARTER else None
    name = f"longest save of others, {n}"
    yield Line(name, longest, PAUSE, "pause", "s", goal_of_wait, absolute=True)
    name = f"overview during the import of {n}, p95"
    yield Line(name, looks.p95, idle.p95, "idle", at_most=3.0 if size == QUARTER else None)
    if size.exports:
        ours = cpu(lambda: writer.write(EntrySheet(user, target), io.BytesIO()))
        plain = cpu(plain_writing(raw))
        yield Line(f"export {n}", ours, plain, WRITE, UNIT, 1.0)


def _building(size: Size) -> Callable[[], None]:
    def build() -> None:
        city.lay(counties=1, townships=1, tasks=size.tasks, quarters=str(city.QUARTER))
        city.issue()

    return build


def _filled(raw: bytes) -> bytes:
    """The form answered in every row, as its unit column asks."""
    source = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)
    book = openpyxl.Workbook(write_only=True)
    for page in source.worksheets:
        out: Any = book.create_sheet(page.title)
        out.sheet_state = page.sheet_state
        columns: dict[Any, int] = {}
        for number, cells in enumerate(page.iter_rows(values_only=True), 1):
            row = list(cells)
            if not columns and "区划代码" in row:
                columns = {label: place for place, label in enumerate(row)}
            elif columns and len(row) == len(columns) and row[columns["重点任务"]]:
                _answer(row, columns, number)
            out.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _answer(row: list[Any], columns: dict[Any, int], number: int) -> None:
    unit = row[columns["计量单位"]]
    if unit != "文字":
        value = "是" if unit == "是/否" else number % 90 + number % 100 / 100
        row[columns["本季度完成情况"]] = value
    row[columns["工作进展情况"]] = f"{city.TEXT}涉及{number}户。"
    row[columns["存在问题"]] = "资金到位慢" if number % 3 == 0 else None
    row[columns["下步措施"]] = f"{number % 12 + 1}月底前完成"


def _imported(
    path: str, user: User, target: Target, look: Work
) -> tuple[dict[str, Any], float, Times]:
    """What an import in a process of its own took, the longest that a save beside its writing
    had to wait, and how long the overview took meanwhile, by the clock on the wall."""
    profile, _made = VillageProfile.objects.get_or_create(
        division=Division.objects.get(code=city.VILLAGE)
    )
    environment = os.environ | LIMITS | {"DATABASE_URL": _address()}
    command = [sys.executable, "-m", "bench.import_once", path, user.username]
    process = subprocess.Popen(
        [*command, target.division, target.period], env=environment, stdout=subprocess.PIPE
    )
    saves: list[tuple[float, float]] = []
    looks = Times()
    while process.poll() is None:
        start = time.time()
        profile.households = len(saves)
        profile.save(update_fields=["households"])
        saves.append((start, time.time()))
        looks.seconds.append(wall(look))
        time.sleep(PAUSE)
    output = process.stdout.read() if process.stdout else b""
    result = json.loads(output)
    begin, end = result["applied"]
    beside = [stop - start for start, stop in saves if stop > begin and start < end]
    return result, max(beside), looks


def _address() -> str:
    name = str(connection.settings_dict["NAME"])
    if not on_postgres():
        return f"sqlite:///{name}"
    default = settings.DATABASES["default"]
    return f"postgres://{default['USER']}@{default['HOST']}:{default['PORT'] or 5432}/{name}"
