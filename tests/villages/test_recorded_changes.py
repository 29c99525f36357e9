"""Every rename and transfer is recorded where it is written, whatever path it comes by."""

import dataclasses
import datetime
import io
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from spreadsheets import actions as sheets
from spreadsheets.errors import Stale
from tests.villages.test_sheets import apply
from tests.world import LINES, NOW, UNITS, World
from villages.actions import DivisionLine, put_divisions
from villages.models import Division, DivisionChange
from villages.sheets import DivisionSheet

TODAY, JULY = NOW.date(), datetime.date(2026, 7, 1)
MOVED: list[object] = ["410581101201", "东岗村民委员会", "村", "410581102000"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def fresh(world: World, unit: str) -> Division:
    return Division.objects.select_related("parent").get(pk=world.units[unit].pk)


def recorded() -> list[tuple[Any, ...]]:
    names = "kind", "on", "source__code", "target__code", "old_value", "old_parent__code"
    return sorted(DivisionChange.objects.values_list(*names))


def both(on: datetime.date) -> list[tuple[Any, ...]]:
    """东山村 renamed and moved out of 合涧镇."""
    dongshan = UNITS["dongshan"]
    return [
        ("rename", on, dongshan, dongshan, "东山村民委员会", None),
        ("transfer", on, dongshan, dongshan, "合涧镇", UNITS["hejian"]),
    ]


def test_a_list_that_is_new_records_nothing(world: World) -> None:
    assert recorded() == []
    put_divisions([DivisionLine(*line) for line in LINES])
    assert recorded() == []


def test_placing_a_unit_records_its_old_name_and_managing_unit(world: World) -> None:
    village = fresh(world, "dongshan")
    village.name, village.parent = "东岗村民委员会", world.units["linqi"]
    village.place()
    assert recorded() == both(TODAY)
    village.place()
    assert recorded() == both(TODAY)


def test_another_kind_or_day_of_a_unit_is_no_change_of_its_name_or_place(world: World) -> None:
    village = fresh(world, "dongshan")
    village.kind, village.valid_from = "community", JULY
    village.place()
    assert recorded() == []


def test_a_move_leaves_a_name_that_somebody_else_gave_meanwhile(world: World) -> None:
    one, two = fresh(world, "dongshan"), fresh(world, "dongshan")
    two.name = "东岗村民委员会"
    two.place(JULY)
    one.parent = world.units["linqi"]
    one.place(JULY)
    assert recorded() == both(JULY)
    stored = fresh(world, "dongshan")
    assert (stored.name, stored.parent) == (two.name, world.units["linqi"])
    assert (one.name, one.path) == (stored.name, stored.path)


def test_a_rename_leaves_a_village_where_somebody_else_put_it_meanwhile(world: World) -> None:
    one, two = fresh(world, "dongshan"), fresh(world, "dongshan")
    two.parent = world.units["linqi"]
    two.place(JULY)
    one.refresh_from_db(fields=["parent"])
    two.parent = world.units["guiyuan"]
    two.place(JULY)
    one.name = "东岗村民委员会"
    one.place(JULY)
    stored = fresh(world, "dongshan")
    assert (stored.name, stored.parent) == (one.name, world.units["guiyuan"])
    assert stored.path == f"{stored.parent.path}{stored.pk}/" if stored.parent else False
    assert DivisionChange.objects.count() == 3


def test_what_was_read_late_is_not_asked_for(world: World) -> None:
    village = Division.objects.defer("name").get(pk=world.units["dongshan"].pk)
    assert village.name == "东山村民委员会"
    Division.objects.filter(pk=village.pk).update(name="东岗村民委员会")
    village.kind = "community"
    village.place()
    assert (fresh(world, "dongshan").name, recorded()) == ("东岗村民委员会", [])


def test_a_list_that_renames_and_moves_records_both_as_of_its_day(world: World) -> None:
    line = DivisionLine.of(fresh(world, "dongshan"))
    line = dataclasses.replace(line, name="东岗村民委员会", parent_code=UNITS["linqi"])
    put_divisions([line], JULY, uuid.uuid4())
    assert recorded() == both(JULY)
    assert fresh(world, "dongshan").parent == world.units["linqi"]


def test_the_day_is_that_of_anyang(world: World, time_machine: Any) -> None:
    # In Greenwich it is still the day before.
    time_machine.move_to(datetime.datetime(2026, 10, 10, 16, 30, tzinfo=datetime.UTC))
    village = fresh(world, "dongshan")
    village.name = "东岗村民委员会"
    village.place()
    assert DivisionChange.objects.get().on == datetime.date(2026, 10, 11)


def test_changes_of_a_unit_follow_one_another(world: World) -> None:
    village = fresh(world, "dongshan")
    village.name = "东岗村民委员会"
    village.place(JULY)
    village.name = "东岭村民委员会"
    with pytest.raises(ValidationError, match="changed on July 1, 2026 already"):
        village.place(JULY - datetime.timedelta(days=1))
    assert fresh(world, "dongshan").name == "东岗村民委员会"
    village.place(JULY)
    assert DivisionChange.objects.count() == 2


def test_a_change_is_not_entered_before_its_day(world: World) -> None:
    line = dataclasses.replace(DivisionLine.of(fresh(world, "dongshan")), name="东岗村民委员会")
    with pytest.raises(ValidationError, match="yet to come"):
        put_divisions([line], TODAY + datetime.timedelta(days=1))
    assert recorded() == []
    assert fresh(world, "dongshan").name == "东山村民委员会"


def test_a_sheet_records_what_it_changes_and_takes_it_back(world: World) -> None:
    batch = apply(world, "linzhou_manager", MOVED)
    assert recorded() == both(TODAY)
    assert {change.batch for change in DivisionChange.objects.all()} == {batch.pk}
    sheets.undo(DivisionSheet, batch.pk, world.users["linzhou_manager"])
    assert recorded() == []
    assert fresh(world, "dongshan").parent == world.units["hejian"]


def test_a_sheet_is_not_taken_back_over_a_later_change(world: World) -> None:
    batch = apply(world, "linzhou_manager", MOVED)
    for name in ("又一村", "东岗村民委员会"):  # there and back: the row stands as it was applied
        village = fresh(world, "dongshan")
        village.name = name
        village.place()
    before = recorded()
    with pytest.raises(Stale) as stale:
        sheets.undo(DivisionSheet, batch.pk, world.users["linzhou_manager"])
    assert stale.value.reasons == ["东岗村民委员会 changed again since."]
    assert recorded() == before


def run(path: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_divisions", str(path), stdout=out, **options)
    return out.getvalue().strip()


def moved_list(folder: Path) -> Path:
    path = folder / "list.csv"
    row = ",".join(["410581101201", "东岗村民委员会", "village", "410581102000"])
    path.write_text(f"code,name,level,parent_code\n{row}\n", encoding="utf-8")
    return path


def test_the_command_records_as_of_the_day_that_it_is_given(world: World, tmp_path: Path) -> None:
    assert run(moved_list(tmp_path), on=JULY) == "added=0 updated=1 unchanged=0"
    assert recorded() == both(JULY)
    assert timezone.localdate() == TODAY


def test_the_command_without_a_day_records_as_of_today(world: World, tmp_path: Path) -> None:
    run(moved_list(tmp_path))
    assert recorded() == both(TODAY)


@pytest.mark.parametrize(("day", "said"), [("1.7.2026", "no date"), ("2026-12-01", "yet to come")])
def test_the_command_refuses_a_day_that_is_none(
    world: World, tmp_path: Path, day: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("import_divisions", str(moved_list(tmp_path)), "--on", day)
    assert recorded() == []
    assert fresh(world, "dongshan").name == "东山村民委员会"
