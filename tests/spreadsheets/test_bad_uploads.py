"""What people upload by mistake or malice, and a disk that is full when they do."""

import errno
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError
from django.test import Client

from spreadsheets import jobs
from spreadsheets.models import Batch, BatchRow
from tasks.models import EntryChange
from tasks.sheets import EntrySheet
from tests.spreadsheets.files import edited
from tests.spreadsheets.uploads import at, bring, marked, posted, stored
from tests.tasks.forms import (
    DONGSHAN,
    INCOME,
    MEETING,
    exported,
    filled,
    put,
)
from tests.tasks.pages import shown, told
from tests.world import World

# Bad input through the page


def test_cells_of_every_unkind_are_named_and_nothing_breaks(world: World, client: Client) -> None:
    unkind = ["NaN", "Infinity", "1E400", "9" * 18, "-0.001", "=1+", "\u202e12", "12\u200b"]
    for text in unkind:
        batch = bring(client, filled(exported(world), put(DONGSHAN, INCOME, text)))
        assert [error["cell"] for error in batch.errors] == ["I6"], text
        assert client.get(at(batch)).status_code == 200
    assert not EntryChange.objects.exists()


def test_words_that_no_database_keeps_are_told_without_breaking_the_page(
    world: World, client: Client
) -> None:
    def bend(page: Any) -> None:
        page["P3"], page["P6"] = "备_xD800_注_x0000_", "x"
        page["B7"] = "东_xDC00_山_x0000_"
        page["E8"] = "a_xD800_b"

    batch = bring(client, edited(exported(world), bend))
    page = client.get(at(batch))
    assert (batch.state, page.status_code) == ("wrong", 200)
    assert {error["cell"] for error in batch.errors} == {"B7", "E8"}
    assert "（P）" in shown(page)


def test_a_header_that_no_database_keeps_is_a_refusal_or_an_error(
    world: World, client: Client
) -> None:
    def bend(page: Any) -> None:
        page["I3"] = "本_x0000_季度_xD800_完成情况"
        page["A1"] = "2026年第三季度_xD800__x0000_"

    batch = bring(client, edited(exported(world), bend))
    assert batch.state in ("wrong", "checked")
    assert client.get(at(batch)).status_code == 200


def test_the_same_line_twice_names_both_rows(world: World, client: Client) -> None:
    def repeat(page: Any) -> None:
        page["B8"], page["O8"] = page["B6"].value, page["O6"].value

    batch = bring(client, edited(exported(world), repeat))
    assert "Rows 6 and 8" in shown(client.get(at(batch)))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\报表\\三季度.xlsx", "三季度.xlsx"),
        ("a\u202egpj.xlsx", "agpj.xlsx"),
        ("x" * 250 + ".xlsx", None),
        ("\u200b\u200e.xlsx", ".xlsx"),
        ("表\r\n二.xlsx", None),
    ],
)
def test_a_file_name_does_no_harm(
    world: World, client: Client, name: str, kept: str | None, tmp_path: Path
) -> None:
    wrong = filled(exported(world), put(DONGSHAN, MEETING, "也许"))
    batch = bring(client, wrong, name)
    assert kept is None or batch.file_name == kept
    assert len(batch.file_name) <= 200
    assert batch.file_name.isprintable()
    assert Path(batch.file.path) == tmp_path / "uploads" / "sheets" / str(batch.pk)
    assert marked(client, batch).sheetnames


# No room left


def no_room(*_args: Any, **_more: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def no_room_in_the_database(*_args: Any, **_more: Any) -> Any:
    raise OperationalError("database or disk is full")


def half_stored(storage: FileSystemStorage, name: str, content: Any) -> str:
    path = Path(storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    return str(no_room())


PLACES: dict[str, tuple[str, Any]] = {
    "copying": ("spreadsheets.actions._copy", no_room),
    "storing": ("django.core.files.storage.FileSystemStorage._save", half_stored),
    "noting": ("spreadsheets.models.Batch.save", no_room_in_the_database),
    "reading": ("spreadsheets.reader.tempfile.TemporaryFile", no_room),
    "comparing": ("rawsql.tables.Table.insert", no_room_in_the_database),
}


@pytest.mark.usefixtures("temp")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("large", [False, True], ids=["at once", "queued"])
def test_a_full_disk_is_told_in_words_and_leaves_nothing(
    world: World,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    settings: Any,
    place: str,
    large: bool,
) -> None:
    content = exported(world)
    monkeypatch.setattr(*PLACES[place])
    settings.JOB_WORKER = True
    if large:
        monkeypatch.setattr("spreadsheets.jobs.LARGE_FILE", 0)
    page = posted(client, content)
    if large and place in ("reading", "comparing"):
        (batch,) = Batch.objects.all()
        jobs.look_through.call(str(batch.pk), "en")
        page = client.get(at(batch))
    else:
        assert page.status_code == 422
        assert not Batch.objects.exists()
    assert "There is no room left on the server" in shown(page)
    assert stored(tmp_path) == []
    assert not BatchRow.objects.exists()


@pytest.mark.parametrize("place", ["rawsql.tables.Staged.update", "rawsql.tables.Staged.insert"])
def test_a_full_disk_while_applying_writes_nothing_and_lets_it_be_applied_later(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    batch = bring(client, filled(exported(world), put(DONGSHAN, INCOME, 6)))
    with monkeypatch.context() as full:
        full.setattr(place, no_room_in_the_database)
        said = told(client, client.post(at(batch, "apply/")))
    assert said[0].startswith("There is no room left")
    assert not EntryChange.objects.exists()
    client.post(at(batch, "apply/"))
    assert world.entry("dongshan", "income").value == 6


def test_a_database_that_fails_otherwise_is_no_full_disk(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: Any, **_more: Any) -> None:
        raise OperationalError("server closed the connection")

    batch = bring(client, filled(exported(world), put(DONGSHAN, INCOME, 6)))
    monkeypatch.setattr(EntrySheet, "apply", gone)
    with pytest.raises(OperationalError):
        client.post(at(batch, "apply/"))
