"""The code list as a sheet, and finding the division that a row means."""

import io
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from spreadsheets import actions, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from spreadsheets.sheet import Target
from tests.spreadsheets import files
from tests.world import World
from villages.models import Division
from villages.sheets import DivisionFinder, DivisionSheet, plain_name

HEADER = ["区划代码", "名称", "级别", "上级代码", "类型", "启用日期", "停用日期"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def check(world: World, who: str, *rows: list[object]) -> Batch:
    content = io.BytesIO(files.workbook(HEADER, *rows))
    return actions.check(DivisionSheet, content, "list.xlsx", world.users[who])


def apply(world: World, who: str, *rows: list[object]) -> Batch:
    return actions.apply(DivisionSheet, check(world, who, *rows).pk, world.users[who])


NEW_VILLAGE: list[object] = ["410581101204", "新村村民委员会", "村", "410581101000"]


def test_an_export_comes_back_as_no_change(world: World) -> None:
    Division.objects.filter(code="410581101201").update(valid_from="2020-01-01")
    file = io.BytesIO()
    manager = world.users["linzhou_manager"]
    assert writer.write(DivisionSheet(manager), file) == 11
    file.seek(0)
    batch = actions.check(DivisionSheet, file, "list.xlsx", manager)
    assert (batch.state, batch.new, batch.changed, batch.unchanged) == ("checked", 0, 0, 11)


def test_an_export_of_a_unit_that_is_not_seen_is_refused(world: World) -> None:
    for code in ("410526000000", "x"):
        sheet = DivisionSheet(world.users["linzhou_manager"], Target(code))
        with pytest.raises(Refused, match="no division"):
            writer.write(sheet, io.BytesIO())


def test_a_manager_adds_and_renames_below_the_own_division(world: World) -> None:
    renamed: list[object] = ["410581101201", "东岗村民委员会", "村", "410581101000"]
    batch = apply(world, "linzhou_manager", NEW_VILLAGE, renamed)
    assert (batch.new, batch.changed) == (1, 1)
    assert Division.objects.get(code="410581101204").parent == world.units["hejian"]
    assert world.units["hejian"].manages(Division.objects.get(code="410581101204"))


@pytest.mark.parametrize(
    "row",
    [
        ["410526101202", "新村村民委员会", "村", "410526101000"],
        ["410526101201", "石岗村民委员会", "村", "410526101000"],
        ["410581101000", "合涧镇", "乡", "410526000000"],
        ["410526101000", "白道口镇", "乡", "410581000000"],
        ["410581000000", "林县", "县", "410500000000"],
        ["410581199201", "飞来峰村民委员会", "村", "410581199000"],
    ],
    ids=["add", "rename", "give away", "take", "own unit", "code like the own"],
)
def test_a_manager_changes_nothing_outside_the_own_division(
    row: list[object], world: World
) -> None:
    with pytest.raises(Refused, match="outside your division"):
        check(world, "linzhou_manager", NEW_VILLAGE, row)
    assert not Batch.objects.exists()
    assert check(world, "city_manager", row).writes == 1


@pytest.mark.parametrize("who", ["hejian_reporter", "linzhou_reviewer", "city_viewer"])
def test_who_does_not_keep_records_may_not_import(who: str, world: World) -> None:
    with pytest.raises(PermissionDenied):
        check(world, who, NEW_VILLAGE)


def test_dates_and_kinds_are_read_in_their_usual_writings(world: World) -> None:
    row: list[object] = [*NEW_VILLAGE, "社区", "2026年1月1日", "2027.01.01"]
    apply(world, "linzhou_manager", row)
    new = Division.objects.get(code="410581101204")
    assert (new.kind, str(new.valid_from), str(new.valid_to)) == (
        "community",
        "2026-01-01",
        "2027-01-01",
    )


@pytest.mark.parametrize(
    ("kind", "begins", "ends", "cell"),
    [
        ("镇", None, None, "E2"),
        ("山", None, None, "E2"),
        ("村", "元旦", None, "F2"),
        ("村", "2026-02-30", None, "F2"),
        ("村", "2026-01-01", "2026-01-01", "G2"),
    ],
)
def test_a_kind_or_date_that_does_not_fit_is_an_error_at_its_cell(
    kind: str, begins: str | None, ends: str | None, cell: str, world: World
) -> None:
    batch = check(world, "linzhou_manager", [*NEW_VILLAGE, kind, begins, ends])
    assert [error["cell"] for error in batch.errors] == [cell]


def test_codes_in_full_width_and_as_numbers_are_understood(world: World) -> None:
    rows: list[list[object]] = [
        ["４１０５８１１０１２０１", "东山村民委员会", "村", 410581101000],
        [410581101202.0, "西山村委会", "村", " 410581101000 "],
    ]
    assert check(world, "linzhou_manager", *rows).unchanged == 2


def test_a_division_changed_since_the_preview_stops_all(world: World) -> None:
    renamed: list[object] = ["410581101201", "东岗村民委员会", "村", "410581101000"]
    batch = check(world, "linzhou_manager", NEW_VILLAGE, renamed)
    Division.objects.filter(code="410581101201").update(name="先改村")
    with pytest.raises(Stale) as stale:
        actions.apply(DivisionSheet, batch.pk, world.users["linzhou_manager"])
    assert "先改村" in stale.value.reasons[0]
    assert not Division.objects.filter(code="410581101204").exists()
    batch.refresh_from_db()
    assert batch.state == Batch.State.STALE


# Names


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("东山村民委员会", "东山"),
        ("东山村委会", "东山"),
        ("东山村", "东山"),
        (" 东　山 ", "东山"),
        ("西村村民委员会", "西"),
        ("西村", "西"),
        ("村", "村"),
        ("合涧镇", "合涧镇"),
    ],
)
def test_names_are_compared_without_their_endings(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@pytest.fixture
def finder(world: World) -> DivisionFinder:
    """For 林州市, where two townships have a 东山."""
    units = Division.objects.within(world.units["linzhou"]).select_related("parent")
    return DivisionFinder(units)


@pytest.mark.parametrize(
    ("code", "township", "name", "unit"),
    [
        ("410581101201", "合涧镇", "东山村民委员会", "dongshan"),
        ("410581101201", "", "", "dongshan"),
        ("410581101000", "合涧镇", "", "hejian"),
        ("", "合涧镇", "东山村", "dongshan"),
        ("", "临淇镇", "东山", "dongshan_linqi"),
        ("", "", "西山", "xishan"),
        ("", "", "合涧镇西山村", "xishan"),
        ("", "合涧镇", "合涧镇西山村", "xishan"),
        ("", "临淇镇", "", "linqi"),
    ],
)
def test_a_unit_is_found_by_code_or_by_township_and_name(
    code: str, township: str, name: str, unit: str, finder: DivisionFinder, world: World
) -> None:
    assert finder.find(code, township, name) == world.units[unit]


@pytest.mark.parametrize(
    ("code", "township", "name", "why"),
    [
        ("", "", "东山村", "ambiguous"),
        ("", "合涧镇", "北平村", "unknown"),
        ("", "", "没有村", "unknown"),
        ("", "", "", "unknown"),
        ("", "白道口镇", "石桥村", "foreign"),
        ("410526101201", "白道口镇", "石桥村", "foreign"),
        ("999999999999", "合涧镇", "东山村", "unknown"),
        ("410581101201", "合涧镇", "西山村", "mismatch"),
        ("410581101000", "临淇镇", "", "mismatch"),
    ],
)
def test_what_is_doubtful_is_never_guessed(
    code: str, township: str, name: str, why: str, finder: DivisionFinder
) -> None:
    with pytest.raises(ValidationError) as error:
        finder.find(code, township, name)
    assert error.value.code == why


def test_an_ambiguous_name_lists_the_candidates(finder: DivisionFinder) -> None:
    with pytest.raises(ValidationError) as error:
        finder.find("", "", "东山村")
    assert "410581101201" in error.value.messages[0]
    assert "410581102201" in error.value.messages[0]


def test_a_faulty_row_about_a_foreign_unit_tells_nothing_of_it(world: World) -> None:
    faulty: list[object] = ["410526000000", "某村", "村", "410500000000"]
    with pytest.raises(Refused) as said:
        check(world, "linzhou_manager", faulty)
    assert said.value.foreign
    assert "白道口镇" not in said.value.message


def test_there_is_no_second_city(world: World) -> None:
    with pytest.raises(Refused) as said:
        check(world, "linzhou_manager", ["999900000000", "另市", "市", ""])
    assert said.value.foreign
