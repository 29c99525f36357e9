"""Contact points as the official form: out, in again, with every doubt at its cell."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import translation

from cadres.actions import contacts
from cadres.models import CadreChange, ContactPoint, Person
from cadres.sheets import ContactPointSheet
from spreadsheets import actions, writer
from spreadsheets.models import Batch
from tests.cadres import rosters
from tests.cadres.test_contact_pages import another_leader
from tests.cadres.test_contacts import point, visit
from tests.spreadsheets import files
from tests.world import World

HEADER = [
    "序号",
    "领导姓名",
    "职务",
    "联系村/支部",
    "乡镇",
    "联系方式",
    "走访次数",
    "解决问题",
    "备注",
]
MANAGER = "linzhou_manager"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def exported(world: World, who: str = MANAGER, *, reveal: bool = False) -> io.BytesIO:
    file = io.BytesIO()
    writer.write(ContactPointSheet(world.users[who]), file, reveal=reveal)
    file.seek(0)
    return file


def check(world: World, *rows: list[Any], who: str = MANAGER, header: Any = HEADER) -> Batch:
    content = io.BytesIO(files.workbook(header, *rows))
    return actions.check(ContactPointSheet, content, "联系点.xlsx", world.users[who])


def row(
    leader: str = "示五县", village: str = "东山村", town: str = "合涧镇", note: str = ""
) -> list[Any]:
    return [1, leader, "副县长", village, town, "138****0000", 5, 3, note]


def messages(batch: Batch) -> dict[str, str]:
    return {error["cell"]: error["message"] for error in batch.errors}


def test_the_form_goes_in_and_comes_back_as_no_change_and_is_taken_back(world: World) -> None:
    batch = check(world, row(), row(village="西山村委会", note="包村联户"))
    assert (batch.errors, batch.new) == ([], 2)
    actions.apply(ContactPointSheet, batch.pk, world.users[MANAGER])
    assert ContactPoint.objects.get(note="包村联户").village == world.units["xishan"]
    told = CadreChange.objects.filter(about="contactpoint", batch=batch.pk)
    assert {change.verb for change in told} == {"added"}
    assert told.count() == 2
    again = actions.check(ContactPointSheet, exported(world), "x.xlsx", world.users[MANAGER])
    assert (again.errors, again.unchanged) == ([], 2)
    actions.undo(ContactPointSheet, batch.pk, world.users[MANAGER])
    assert not ContactPoint.objects.exists()
    assert CadreChange.objects.filter(about="contactpoint", verb="removed").count() == 2


def test_the_export_counts_visits_and_hides_the_telephone(world: World) -> None:
    leader = world.persons["leader_linzhou"]
    leader.phone = "13800001234"
    leader.save()
    held = contacts.set_point(point(world), None)
    contacts.note_visit(visit(held, problems_raised=3, problems_solved=2), None)
    sheet = ContactPointSheet(world.users[MANAGER])
    (listed,) = sheet.instances()
    assert (listed.visit_count, listed.solved) == (1, 2)
    with zipfile.ZipFile(exported(world)) as book:
        assert b"13800001234" not in b"".join(book.read(part) for part in book.namelist())


def telephone(world: World, *, reveal: bool) -> Any:
    book = openpyxl.load_workbook(exported(world, reveal=reveal))
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    return next(cell for cell in cells if str(cell).startswith("138"))


def test_the_telephone_leaves_in_clear_only_for_whoever_may_and_keeps_the_leader(
    world: World,
) -> None:
    Person.objects.filter(pk=world.persons["leader_linzhou"].pk).update(phone="13800001234")
    contacts.set_point(point(world), None)
    assert ContactPointSheet(world.users[MANAGER]).may_reveal()
    assert not ContactPointSheet(world.users["linzhou_viewer"]).may_reveal()
    assert telephone(world, reveal=False) == "138****1234"
    assert telephone(world, reveal=True) == "13800001234"
    elsewhere = world.units["huaxian"]
    Person.objects.filter(pk=world.persons["leader_linzhou"].pk).update(division=elsewhere)
    assert telephone(world, reveal=False) == telephone(world, reveal=True) == "138****1234"


def test_a_page_that_showed_it_before_an_import_hears_of_it(world: World) -> None:
    stale = contacts.set_point(point(world), None)
    batch = check(world, row(note="改记"))
    actions.apply(ContactPointSheet, batch.pk, world.users[MANAGER])
    with pytest.raises(ValidationError) as refused:
        contacts.end_point(stale, stale.since, None, "调整")
    assert refused.value.code == "conflict"
    stale = ContactPoint.objects.get()
    actions.undo(ContactPointSheet, batch.pk, world.users[MANAGER])
    with pytest.raises(ValidationError) as refused:
        contacts.end_point(stale, stale.since, None, "调整")
    assert refused.value.code == "conflict"


def test_the_leader_is_held_before_the_contact_points_of_a_sheet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As wherever they are written, so that nobody waits in a ring."""
    contacts.set_point(point(world), None)
    batch, held, real = check(world, row(note="改记")), [], QuerySet.select_for_update

    def noting(rows: Any, *args: Any, **options: Any) -> Any:
        held.append(rows.model)
        return real(rows, *args, **options)

    monkeypatch.setattr(QuerySet, "select_for_update", noting)
    actions.apply(ContactPointSheet, batch.pk, world.users[MANAGER])
    of_cadres = [model for model in held if model in (Person, ContactPoint)]
    assert of_cadres == [Person, ContactPoint]


def test_a_leader_who_is_none_or_not_alone_is_named_at_the_cell(world: World) -> None:
    for _twice in range(2):
        another_leader(world)
    found = messages(
        check(
            world,
            row(leader="示三桥"),
            row(leader="示九县", village="西山村"),
            row(leader="", village="南平村"),
            row(village="无名村"),
        )
    )
    assert set(found) == {"B2", "B3", "B4", "D5"}
    assert "示三桥" in found["B2"]
    assert "Several" in found["B3"]


def test_a_note_and_a_first_day_are_put_right_and_nothing_before_the_office(world: World) -> None:
    contacts.set_point(point(world), None)
    header = [*HEADER, "联系起始日期"]
    early = check(world, [*row(), "2020-01-01"], header=header)
    assert set(messages(early)) == {"J2"}
    batch = check(world, [*row(note="改记"), "2026.2.1"], header=header)
    assert (batch.errors, batch.changed) == ([], 1)
    actions.apply(ContactPointSheet, batch.pk, world.users[MANAGER])
    told = CadreChange.objects.get(batch=batch.pk)
    assert told.before == {"since": "2026-03-01", "note": ""}


def test_a_contact_point_that_has_ended_is_not_set_again_by_a_sheet(world: World) -> None:
    held = contacts.set_point(point(world), None)
    contacts.end_point(held, held.since, None, "调整")
    assert "B2" in messages(check(world, row()))


def test_an_empty_leader_or_village_is_to_be_filled_in(world: World) -> None:
    found = messages(check(world, row(leader=""), row(village="", town="")))
    assert {text.rpartition("; ")[2] for text in found.values()} == {"fill it in."}
    assert set(found) == {"B2", "D3"}


def test_nobody_sets_contact_points_of_another_county(world: World) -> None:
    another_leader(world, "huaxian")
    theirs = row(leader="示九县", village="石桥村", town="白道口镇")
    assert check(world, theirs, who="city_manager").new == 1
    (message,) = messages(check(world, theirs)).values()
    assert "not yours" in message
    assert not ContactPoint.objects.exists()


def with_cells(world: World, *, reveal: bool = False, **says: Any) -> Batch:
    """The form as it was taken out, with some cells of its one row changed."""
    content = files.with_first_row(exported(world, reveal=reveal).getvalue(), says)
    return rosters.check(ContactPointSheet, content, world.users[MANAGER])


@pytest.mark.parametrize(
    ("says", "named"),
    [
        ({"走访次数": 7}, True),
        ({"走访次数": 1}, False),
        ({"解决问题": 7}, True),
        ({"乡镇": "五龙镇"}, True),
        ({"联系方式": "139****9999"}, True),
        ({"联系方式": "13900009999"}, True),
        ({"联系方式": "138****1234"}, False),
        ({"联系方式": "138 0000 1234"}, False),
        ({"联系起始日期": None}, True),
        ({"序号": 9}, False),
    ],
)
def test_a_cell_to_read_that_was_changed_is_named_as_not_taken_over(
    world: World, says: dict[str, Any], *, named: bool
) -> None:
    Person.objects.filter(pk=world.persons["leader_linzhou"].pk).update(phone="13800001234")
    contacts.note_visit(visit(contacts.set_point(point(world), None)), None)
    for reveal in (False, True):
        batch = with_cells(world, reveal=reveal, **says)
        assert (batch.errors, batch.unchanged) == ([], 1)
        assert [text.partition(" (")[0] for text in batch.unread] == [*says][:named]


def test_nobody_finds_out_a_telephone_by_trying(world: World) -> None:
    """A number with the same mask is told as the stored one is."""
    Person.objects.filter(pk=world.persons["leader_linzhou"].pk).update(phone="13800001234")
    contacts.set_point(point(world), None)
    for phone in ("13800001234", "13811111234"):
        assert with_cells(world, 联系方式=phone).unread == []


def test_a_hidden_code_of_another_county_is_told_where_the_row_begins(world: World) -> None:
    contacts.set_point(point(world), None)
    (error,) = with_cells(world, 区划代码="410526101201").errors
    assert (error["cell"][0], "not yours" in error["message"]) == ("A", True)
