"""The facts of villages as a workbook: out, changed, checked, applied and undone."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import AccessLog
from spreadsheets import actions, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from spreadsheets.sheet import Target
from tests.spreadsheets import files
from tests.world import UNITS, World
from villages.models import Division, VillageProfile
from villages.sheets import VillageProfileSheet

TOWN, VILLAGE, CODE, TYPE, STAR = "乡（镇、街道）", "村", "区划代码", "村类型", "是否乡村振兴示范村"
URBAN, MODE, INDUSTRY = "城乡分类代码", "发展模式", "主导产业"
HOUSEHOLDS, RESIDENTS, MEMBERS = "总户数", "常住人口", "党员数"
HEADER_ROW = 3
MANAGER = "linzhou_manager"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def dongshan(world: World) -> VillageProfile:
    return VillageProfile.objects.create(
        division=world.units["dongshan"], village_type="weak", households=300, residents=900,
        leading_industry="菌菇\r\n种植 ",
    )  # fmt: skip


def exported(world: World, who: str = MANAGER, target: Target | None = None) -> bytes:
    file = io.BytesIO()
    writer.write(VillageProfileSheet(world.users[who], target), file)
    return file.getvalue()


def check(world: World, content: bytes, who: str = MANAGER) -> Batch:
    return actions.check(VillageProfileSheet, io.BytesIO(content), "村.xlsx", world.users[who])


def rows(world: World, header: list[str], *more: list[Any], who: str = MANAGER) -> Batch:
    return check(world, files.workbook(header, *more), who)


def apply(world: World, batch: Batch, who: str = MANAGER) -> Batch:
    return actions.apply(VillageProfileSheet, batch.pk, world.users[who])


def undo(world: World, batch: Batch, who: str = MANAGER) -> Batch:
    return actions.undo(VillageProfileSheet, batch.pk, world.users[who])


def put(unit: str, column: str, value: Any) -> Callable[[Any], None]:
    def change(page: Any) -> None:
        labels = {cell.value: cell.column for cell in page[HEADER_ROW]}
        for row in range(HEADER_ROW + 1, page.max_row + 1):
            if page.cell(row, labels[CODE]).value == UNITS[unit]:
                page.cell(row, labels[column]).value = value

    return change


def filled(content: bytes, *changes: Callable[[Any], None]) -> bytes:
    def edit(page: Any) -> None:
        for change in changes:
            change(page)

    return files.edited(content, edit)


def counts(batch: Batch) -> tuple[str, int, int, int]:
    return batch.state, batch.new, batch.changed, batch.unchanged


def messages(batch: Batch) -> dict[str, str]:
    return {error["cell"]: error["message"] for error in batch.errors}


# Out and in again


def test_every_village_is_listed_and_comes_back_as_no_change(
    world: World, dongshan: VillageProfile
) -> None:
    batch = check(world, exported(world))
    assert counts(batch) == (Batch.State.CHECKED, 0, 0, 7)
    assert VillageProfile.objects.count() == 1


def test_an_export_may_be_of_one_township_of_the_own(world: World) -> None:
    sheet = VillageProfileSheet(world.users[MANAGER], Target(UNITS["linqi"]))
    assert [profile.division.name for profile in sheet.instances()] == [
        "东山村民委员会",
        "北平村民委员会",
    ]
    for code in (UNITS["baidaokou"], "x"):
        with pytest.raises(Refused, match="no division"):
            exported(world, target=Target(code))


def test_a_row_that_is_filled_in_makes_the_profile(world: World) -> None:
    change = [put("xishan", HOUSEHOLDS, "1,200"), put("xishan", MODE, "飞地合作(园区建设)型")]
    batch = check(world, filled(exported(world), *change))
    assert counts(batch) == (Batch.State.CHECKED, 1, 0, 6)
    apply(world, batch)
    profile = VillageProfile.objects.get()
    assert (profile.division, profile.households) == (world.units["xishan"], 1200)
    assert (profile.development_mode, profile.village_type) == ("enclave", "other")
    assert profile.is_demonstration is False


@pytest.mark.parametrize("mode", [
    "政策扶持型", "飞地合作（园区建设）型", "电商助力型", "乡村旅游型", "龙头带动型",
    "资产租赁型", "服务创收型", "特色农业型",
])  # fmt: skip
def test_the_eight_ways_of_growing_are_written_as_the_office_writes_them(mode: str) -> None:
    column = VillageProfileSheet(None).columns[6]
    code = column.widget.clean(mode)
    assert code in VillageProfile.DevelopmentMode.values
    assert column.widget.render(code) == mode


@pytest.mark.parametrize(
    ("township", "name"),
    [("合涧镇", "东山村"), ("合涧镇", "东山村委会"), ("合涧镇", "东山"), ("", "合涧镇东山村")],
)
def test_a_village_is_found_in_any_of_its_usual_names(
    township: str, name: str, world: World, dongshan: VillageProfile
) -> None:
    apply(world, rows(world, [TOWN, VILLAGE, RESIDENTS], [township, name, 950]))
    dongshan.refresh_from_db()
    assert dongshan.residents == 950


def test_columns_that_the_file_lacks_keep_what_is_stored(
    world: World, dongshan: VillageProfile
) -> None:
    batch = rows(world, [TOWN, VILLAGE, STAR], ["合涧镇", "东山村", "√"])
    apply(world, batch)
    dongshan.refresh_from_db()
    assert dongshan.is_demonstration
    assert (dongshan.village_type, dongshan.households) == ("weak", 300)
    assert dongshan.leading_industry == "菌菇\r\n种植 "


# What is wrong


def test_every_error_is_told_at_its_cell(world: World, dongshan: VillageProfile) -> None:
    header = [TOWN, VILLAGE, TYPE, STAR, HOUSEHOLDS, INDUSTRY, URBAN]
    batch = rows(
        world,
        header,
        ["合涧镇", "东山村", "富裕村", "大概", -5, "长" * 61, "999"],
        ["合涧镇", "无此村", "", "", 1, "", ""],
        ["临淇镇", "", "", "", 1, "", ""],
        ["", "东山村", "", "", 1, "", ""],
    )
    found = messages(batch)
    assert set(found) == {"C2", "D2", "E2", "F2", "G2", "B3", "B4", "B5"}
    assert found["B3"] == "No unit of yours has this name; please check it."
    assert found["B4"] == "Only a village-level unit has a profile."
    assert "Several units have this name" in found["B5"]


def test_an_emptied_cell_that_must_say_something_is_an_error(
    world: World, dongshan: VillageProfile
) -> None:
    batch = check(world, filled(exported(world), put("dongshan", TYPE, None)))
    assert list(messages(batch).values()) == ["This field cannot be blank."]


def test_a_constraint_speaks_at_the_cell_that_breaks_it(
    world: World, dongshan: VillageProfile
) -> None:
    batch = rows(world, [TOWN, VILLAGE, MEMBERS], ["合涧镇", "东山村", 901])
    assert messages(batch) == {"C2": "There cannot be more party members than residents."}
    batch = rows(world, [TOWN, VILLAGE, MEMBERS], ["合涧镇", "东山村", 900])
    assert counts(batch) == (Batch.State.CHECKED, 0, 1, 0)


def test_a_village_has_no_more_people_than_a_village_has(world: World) -> None:
    batch = rows(world, [TOWN, VILLAGE, HOUSEHOLDS], ["合涧镇", "西山村", 50_001])
    assert messages(batch) == {"C2": "At most 50000; look at the digits."}
    assert rows(world, [TOWN, VILLAGE, HOUSEHOLDS], ["合涧镇", "西山村", 50_000]).new == 1


def test_two_rows_about_one_village_are_both_named(world: World) -> None:
    header = [TOWN, VILLAGE, HOUSEHOLDS]
    batch = rows(world, header, ["合涧镇", "西山村", 1], ["合涧镇", "西山村委会", 2])
    assert messages(batch) == {"B3": "Rows 2 and 3 are about the same; keep one."}


@pytest.mark.parametrize("name", ["石桥村", "飞来村"])
def test_a_village_of_others_is_told_beside_all_else_and_noted(name: str, world: World) -> None:
    town = {"石桥村": "白道口镇", "飞来村": "飞地乡"}[name]
    header = [TOWN, VILLAGE, HOUSEHOLDS]
    own: list[Any] = ["合涧镇", "西山村", 1]
    bad = rows(world, header, own, [town, name, 2], ["合涧镇", "东山村", "许多"])
    found = messages(bad)
    assert set(found) == {"B3", "C4"}
    assert "not yours" in found["B3"]
    with pytest.raises(Refused, match="cannot be applied"):
        actions.apply(VillageProfileSheet, bad.pk, world.users[MANAGER])
    line = AccessLog.objects.get()
    assert f"({town} {name})" in str(line.detail)
    assert (line.action, line.subject) == ("refused", "village_profiles")
    assert line.user == world.users[MANAGER]
    assert rows(world, header, own, [town, name, 2], who="city_manager").new == 2


@pytest.mark.parametrize("who", ["hejian_reporter", "linzhou_reviewer", "city_viewer"])
def test_who_does_not_keep_records_exports_and_imports_nothing(who: str, world: World) -> None:
    content = exported(world, who)
    with pytest.raises(PermissionDenied):
        check(world, content, who)
    assert AccessLog.objects.get().action == "export"


# Three sides


def test_a_cell_changed_here_but_not_in_the_file_stays(
    world: World, dongshan: VillageProfile
) -> None:
    content = filled(exported(world), put("dongshan", HOUSEHOLDS, 310))
    VillageProfile.objects.update(residents=999)
    batch = check(world, content)
    assert batch.conflicts == 0
    apply(world, batch)
    dongshan.refresh_from_db()
    assert (dongshan.households, dongshan.residents) == (310, 999)


@pytest.mark.parametrize(("choice", "kept"), [("mine", 310), ("now", 305)])
def test_a_cell_changed_by_both_is_the_users_to_decide(
    choice: str, kept: int, world: World, dongshan: VillageProfile
) -> None:
    content = filled(exported(world), put("dongshan", HOUSEHOLDS, 310))
    VillageProfile.objects.update(households=305)
    batch = check(world, content)
    row = batch.rows.exclude(conflicts={}).get()
    conflict = row.conflicts[HOUSEHOLDS]
    assert (conflict["mine"], conflict["now"]) == ("310", "305")
    with pytest.raises(Refused, match="First decide"):
        apply(world, batch)
    actions.decide(batch.pk, world.users[MANAGER], {row.pk: {HOUSEHOLDS: choice}})
    apply(world, batch)
    dongshan.refresh_from_db()
    assert dongshan.households == kept


def test_a_profile_made_here_since_the_download_is_no_blank_row(world: World) -> None:
    content = filled(exported(world), put("xishan", HOUSEHOLDS, 120))
    VillageProfile.objects.create(division=world.units["xishan"], households=130, residents=7)
    batch = check(world, content)
    assert list(batch.rows.exclude(conflicts={}).get().conflicts) == [HOUSEHOLDS]


def test_a_mark_that_is_not_ours_is_an_error(world: World, dongshan: VillageProfile) -> None:
    batch = check(world, filled(exported(world), put("dongshan", "版本", "0-12345678")))
    assert ["does not fit" in message for message in messages(batch).values()] == [True]


# Writing and writing back


def test_a_profile_changed_since_the_preview_stops_all(
    world: World, dongshan: VillageProfile
) -> None:
    header = [TOWN, VILLAGE, HOUSEHOLDS]
    batch = rows(world, header, ["合涧镇", "东山村", 310], ["合涧镇", "西山村", 20])
    VillageProfile.objects.update(residents=901)
    with pytest.raises(Stale) as stale:
        apply(world, batch)
    assert stale.value.reasons == ["Row 2, 东山村民委员会: changed meanwhile. Now: 常住人口 901."]
    assert VillageProfile.objects.count() == 1


def test_a_profile_made_since_the_preview_stops_all(world: World) -> None:
    batch = rows(world, [TOWN, VILLAGE, HOUSEHOLDS], ["合涧镇", "西山村", 20])
    VillageProfile.objects.create(division=world.units["xishan"], households=5)
    with pytest.raises(Stale, match="added here meanwhile"):
        apply(world, batch)
    assert VillageProfile.objects.get().households == 5


def test_undoing_writes_back_what_stood_before(world: World, dongshan: VillageProfile) -> None:
    def all_of_it() -> list[Any]:
        return list(VillageProfile.objects.order_by("pk").values())

    before = all_of_it()
    header = [TOWN, VILLAGE, HOUSEHOLDS, TYPE]
    batch = rows(world, header, ["合涧镇", "东山村", 310, "示范村"], ["合涧镇", "西山村", 20, ""])
    assert apply(world, batch).writes == 2
    assert VillageProfile.objects.count() == 2
    assert undo(world, batch).state == Batch.State.UNDONE
    assert all_of_it() == before


@pytest.mark.parametrize(
    ("unit", "named"), [("dongshan", "东山村民委员会"), ("xishan", "合涧镇 西山村")]
)
def test_what_was_changed_after_an_import_is_not_undone(
    unit: str, named: str, world: World, dongshan: VillageProfile
) -> None:
    header = [TOWN, VILLAGE, HOUSEHOLDS]
    batch = rows(world, header, ["合涧镇", "东山村", 310], ["合涧镇", "西山村", 20])
    apply(world, batch)
    VillageProfile.objects.filter(division=world.units[unit]).update(residents=902)
    with pytest.raises(Stale, match=f"{named}.*常住人口 902"):
        undo(world, batch)
    assert VillageProfile.objects.filter(households__in=[310, 20]).count() == 2


# Cost and words


def test_a_check_costs_the_same_number_of_queries_for_few_rows_and_for_many(
    world: World,
) -> None:
    header = [TOWN, VILLAGE, MEMBERS, RESIDENTS]
    hejian = world.units["hejian"]
    asked = []
    for count in (3, 300):
        Division.objects.bulk_create(
            Division(
                code=f"41058110{n:04}", name=f"第{n}村", level="village", kind="village",
                parent=hejian, path=f"{hejian.path}{n}x/",
            )
            for n in range(3000, 3000 + count)
            if not Division.objects.filter(code=f"41058110{n:04}").exists()
        )  # fmt: skip
        lines: list[list[Any]] = [["合涧镇", f"第{n}村", 1, n] for n in range(3000, 3000 + count)]
        content = files.workbook(header, *lines)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert check(world, content).new == count
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_export_costs_the_same_number_of_queries_with_and_without_profiles(
    world: World, dongshan: VillageProfile
) -> None:
    with CaptureQueriesContext(connection) as queries:
        exported(world)
    few = len(queries)
    for unit in ("xishan", "nanping", "beiping"):
        VillageProfile.objects.create(division=world.units[unit])
    with CaptureQueriesContext(connection) as queries:
        exported(world)
    assert len(queries) == few


def test_a_preview_speaks_in_the_words_of_the_columns(
    world: World, dongshan: VillageProfile
) -> None:
    batch = rows(world, [TOWN, VILLAGE, TYPE, STAR], ["合涧镇", "东山村", "示范村", "是"])
    row = batch.rows.get()
    sheet = VillageProfileSheet(world.users[MANAGER])
    before, after = sheet.display(row.before), sheet.display(row.after)
    assert (before[TYPE], after[TYPE]) == ("软弱涣散村", "示范村")
    assert (before[STAR], after[STAR]) == ("否", "是")
    assert row.label == "东山村民委员会"
