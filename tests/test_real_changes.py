"""What became of the real list of 2021: street offices of 内黄县, and a town managed elsewhere."""

import datetime
import io
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.roles import Role
from dashboard.changes import find_crosswalk
from dashboard.crosswalk import Crosswalk, Reading
from tasks.models import Entry, EntrySummary, Ledger, Period, Task
from tests.world import NOW
from villages.models import Division, DivisionChange
from villages.standing import Tree

CHENGGUAN, ZHANGLONG, TONGYE = "410527100000", "410527200000", "410522102000"
NEIHUANG, YINDU, ANYANG = "410527000000", "410505000000", "410522000000"
DAY = datetime.date(2022, 10, 31)


@pytest.fixture
def real(db: None, shared_data: Path, _on_the_day: None) -> Path:
    path = shared_data / "anyang_divisions_2021.csv"
    call_command("import_divisions", str(path), stdout=io.StringIO())
    return path


def load(folder: Path, *rows: tuple[str, str, str], on: datetime.date) -> None:
    lines = [f"{code},{name},township,{parent}" for code, name, parent in rows]
    path = folder / "changes.csv"
    path.write_text("code,name,level,parent_code\n" + "\n".join(lines), encoding="utf-8")
    call_command("import_divisions", str(path), on=on, stdout=io.StringIO())


def unit(code: str) -> Division:
    return Division.objects.select_related("parent").get(code=code)


def test_the_first_load_of_the_real_list_records_nothing(real: Path) -> None:
    assert Division.objects.count() > 3_000
    assert not DivisionChange.objects.exists()
    call_command("import_divisions", str(real), stdout=io.StringIO())
    assert not DivisionChange.objects.exists()


def test_two_towns_become_street_offices_and_are_read_as_towns_before(
    real: Path, tmp_path: Path
) -> None:
    town, township = unit(CHENGGUAN).name, unit(ZHANGLONG).name
    load(
        tmp_path,
        (CHENGGUAN, "城关街道", NEIHUANG),
        (ZHANGLONG, "张龙街道", NEIHUANG),
        on=DAY,
    )
    assert (unit(CHENGGUAN).kind, unit(ZHANGLONG).kind) == ("street", "street")
    before, after = Tree.on(DAY - datetime.timedelta(days=1)), Tree.on(DAY)
    assert [before.units[unit(c).pk].name for c in (CHENGGUAN, ZHANGLONG)] == [town, township]
    assert (town, township) == ("城关镇", "张龙乡")
    assert after == Tree(DAY)
    assert len(before.units) == Division.objects.count()


def test_a_town_handed_to_a_district_is_read_under_either_and_totals_agree(
    real: Path, tmp_path: Path
) -> None:
    city = Division.objects.get(level="city")
    ledger = Ledger.objects.create(division=city, year=2026, title="安阳市2026年台账")
    for number, level in ((1, "village"), (2, "township")):
        Task.objects.create(
            ledger=ledger, number=number, category="people", title=f"任务{number}",
            reporting_level=level, quarters="3",
        )  # fmt: skip
    ledger.issue(None, datetime.datetime(2026, 1, 5, 10, tzinfo=NOW.tzinfo))
    load(tmp_path, (TONGYE, "铜冶镇", YINDU), on=datetime.date(2026, 7, 1))
    viewer = User.objects.create_user("city", name="city", division=city, role=Role.VIEWER)
    period = Period.objects.by_code("2026Q3")

    def look(code: str, reading: Reading) -> Crosswalk:
        return find_crosswalk(ledger, period, unit(code), viewer, reading)

    def owed(code: str, reading: Reading) -> int:
        found = look(code, reading).counts(EntrySummary.objects.all(), Entry.objects.all())
        return sum(own.owed for own in found.values())

    town = Entry.objects.filter(township__code=TONGYE).count()
    assert town > 10
    for reading in (Reading.THEN, Reading.NOW):
        counties = Division.objects.filter(level="county").values_list("code", flat=True)
        assert sum(owed(code, reading) for code in counties) == owed(city.code, reading)
    assert owed(city.code, Reading.THEN) == EntrySummary.objects.all().total().owed
    assert owed(YINDU, Reading.NOW) - owed(YINDU, Reading.THEN) == town
    assert owed(ANYANG, Reading.THEN) - owed(ANYANG, Reading.NOW) == town
    (line,) = look(YINDU, Reading.THEN).lines
    assert (line.unit, line.before, line.after, line.entries) == (
        "铜冶镇",
        "安阳县",
        "殷都区",
        town,
    )
