"""The whole way on the real list of divisions: ledger, form, report, review, and the figures."""

import datetime
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from spreadsheets import actions as sheets
from spreadsheets import writer
from spreadsheets.sheet import Target
from tasks import actions
from tasks.models import Entry, EntryChange, EntrySummary, Ledger, Period, Task
from tasks.sheets import EntrySheet
from tests.spreadsheets import files
from tests.world import NOW
from villages.models import Division, Level

HEJIAN, LINZHOU, ZONE = "410581101000", "410581000000", "410571000000"
VILLAGE_TASKS, TOWNSHIP_TASKS = 12, 8
OPEN = "2026Q3"
FIGURES = """
    SELECT COUNT(*), SUM(e.state = 'submitted'), SUM(e.state = 'accepted'),
           SUM(e.state = 'returned'), SUM(e.state = 'blank')
    FROM tasks_entry e JOIN tasks_period p ON p.id = e.period_id
    JOIN villages_division d ON d.id = e.division_id
    LEFT JOIN villages_division up ON up.id = d.parent_id
    WHERE p.year = 2026 AND p.quarter = 3 AND (d.code = %s OR up.code = %s)
"""


@pytest.fixture
def ledger(db: None, shared_data: Path, _on_the_day: None) -> Ledger:
    """A ledger of twenty tasks, issued to everybody who owes them on the real list."""
    path = shared_data / "anyang_divisions_2021.csv"
    call_command("import_divisions", str(path), stdout=io.StringIO())
    city = Division.objects.get(level=Level.CITY)
    made = Ledger.objects.create(division=city, year=2026, title="安阳市2026年重点任务台账")
    levels = [Level.VILLAGE] * VILLAGE_TASKS + [Level.TOWNSHIP] * TOWNSHIP_TASKS
    for number, level in enumerate(levels, 1):
        measure = (Task.Measure.NUMBER, Task.Measure.YES_NO, Task.Measure.TEXT)[number % 3]
        Task.objects.create(
            ledger=made,
            number=number,
            category=Task.Category.MATERIAL,
            title=f"重点任务第{number}项",
            reporting_level=level,
            measure=measure,
            # The other quarters are asked of the first task only, to keep the test short.
            quarters="1234" if number == 1 else "3",
        )
    return made


def issue(ledger: Ledger) -> None:
    ledger.issue(None, datetime.datetime(2026, 1, 5, 10, 0, tzinfo=NOW.tzinfo))


def account(name: str, code: str, role: Role) -> User:
    division = Division.objects.get(code=code)
    return User.objects.create_user(name, name=name, division=division, role=role)


def fill(page: Any) -> None:
    """Answer every line in the way its unit column asks for."""
    for row in range(4, page.max_row - 1):
        unit = page.cell(row, 7).value
        if unit == "文字":
            page.cell(row, 10).value = "已按要求完成"
        else:
            page.cell(row, 9).value = "是" if unit == "是/否" else row


def exported(user: User) -> bytes:
    file = io.BytesIO()
    writer.write(EntrySheet(user, Target(HEJIAN, OPEN)), file)
    return file.getvalue()


def counted() -> dict[str, int]:
    """合涧镇 and its villages counted by hand, in the portable part of SQL."""
    query = FIGURES.replace("SUM(e.state = ", "SUM(CASE WHEN e.state = ")
    query = query.replace("')", "' THEN 1 ELSE 0 END)")
    with connection.cursor() as cursor:
        cursor.execute(query, [HEJIAN, HEJIAN])
        row = cursor.fetchone()
    return dict(zip(("owed", "submitted", "accepted", "returned", "blank"), row, strict=True))


def test_towns_and_villages_owe_their_tasks_and_others_only_where_they_are_named(
    ledger: Ledger,
) -> None:
    assert ledger.units(Level.TOWNSHIP).count() == 89
    assert ledger.units(Level.VILLAGE).count() == 2960
    zone = Division.objects.within(Division.objects.get(code=ZONE))
    streets = Division.objects.filter(kind="street")
    assert zone.exists()
    assert streets.count() == 43 + 3
    assert not ledger.units(Level.TOWNSHIP).filter(pk__in=streets).exists()

    extra = streets.filter(path__startswith=Division.objects.get(code=ZONE).path)[:1]
    ledger.extra_units.set(extra)
    assert ledger.units(Level.TOWNSHIP).count() == 90
    issue(ledger)
    owed = Entry.objects.filter(period__quarter=3)
    assert owed.filter(division__in=extra).count() == TOWNSHIP_TASKS
    assert owed.count() == 90 * TOWNSHIP_TASKS + 2960 * VILLAGE_TASKS


def test_a_real_township_reports_by_sheet_and_all_figures_agree(ledger: Ledger) -> None:
    issue(ledger)
    reporter = account("hejian", HEJIAN, Role.REPORTER)
    reviewer = account("linzhou", LINZHOU, Role.REVIEWER)
    villages = ledger.units(Level.VILLAGE).filter(parent__code=HEJIAN).count()
    lines = villages * VILLAGE_TASKS + TOWNSHIP_TASKS
    assert villages > 30

    batch = sheets.check(EntrySheet, io.BytesIO(exported(reporter)), "form.xlsx", reporter)
    assert (batch.errors, batch.new, batch.changed, batch.unchanged) == ([], 0, 0, lines)
    filled = files.edited(exported(reporter), fill)
    batch = sheets.check(EntrySheet, io.BytesIO(filled), "form.xlsx", reporter)
    assert (batch.errors, batch.new, batch.changed, batch.unchanged) == ([], lines, 0, 0)
    sheets.apply(EntrySheet, batch.pk, reporter)
    assert EntryChange.objects.filter(batch=batch.pk, origin="sheet").count() == lines

    drafts = Entry.objects.filter(state="draft").order_by("pk")
    handed = actions.submit(seen(drafts), actions.Author(reporter, EntryChange.Origin.PAGE))
    assert (len(handed.done), handed.refused, handed.missing) == (lines, [], [])
    assert not Entry.objects.waiting_for(reporter).exists()

    waiting = list(Entry.objects.waiting_for(reviewer).order_by("pk"))
    assert len(waiting) == lines
    judge = actions.Author(reviewer, EntryChange.Origin.PAGE)
    assert len(actions.accept(seen(waiting[:-30]), judge).done) == lines - 30
    assert len(actions.return_(seen(waiting[-10:]), judge, "请补充数据来源").done) == 10

    batch = sheets.check(EntrySheet, io.BytesIO(exported(reporter)), "form.xlsx", reporter)
    assert (batch.errors, batch.unchanged) == ([], lines)
    agree_with_the_count(lines)


def seen(entries: Any) -> list[actions.Seen]:
    return [actions.Seen(entry.pk, entry.version) for entry in entries]


def agree_with_the_count(lines: int) -> None:
    by_hand = counted()
    assert by_hand == {
        "owed": lines,
        "submitted": 20,
        "accepted": lines - 30,
        "returned": 10,
        "blank": 0,
    }
    period = Period.objects.by_code(OPEN)
    everywhere = EntrySummary.objects.filter(period=period)
    here = everywhere.within(Division.objects.get(code=HEJIAN)).total()
    assert {name: getattr(here, name) for name in by_hand} == by_hand
    county = everywhere.within(Division.objects.get(code=LINZHOU)).total()
    city = everywhere.total()
    assert county.reported == city.reported == here.reported == lines - 10
    assert city.owed == 2960 * VILLAGE_TASKS + 89 * TOWNSHIP_TASKS
