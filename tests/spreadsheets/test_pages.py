"""The pages around a sheet: take one, bring one, look at what it would do, apply it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from spreadsheets.models import Batch
from tasks.models import Entry
from tests.spreadsheets.files import edited, workbook
from tests.tasks.pages import english, shown, told
from tests.tasks.verbs import save
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
ENTRIES = "/sheets/entries/"
ABOUT = {"division": UNITS["dongshan"], "period": "2026Q3"}


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("dongshan_reporter"))


def download(client: Client, **about: str) -> bytes:
    answer: Any = client.get(f"{ENTRIES}download/", ABOUT | about)
    assert answer.status_code == 200, answer.headers
    return b"".join(answer.streaming_content)


def bring(client: Client, content: bytes, name: str = "表.xlsx", sheet: str = ENTRIES) -> Any:
    return client.post(sheet, {"file": SimpleUploadedFile(name, content)})


def column(page: Any, label: str) -> tuple[int, int]:
    """The row of the header and the column of a label."""
    for row in page.iter_rows():
        for cell in row:
            if cell.value == label:
                return cell.row, cell.column
    raise AssertionError(label)


def filled(content: bytes, value: object, task: str = "村级集体经济增收") -> bytes:
    """The workbook with a value typed beside a task."""

    def change(page: Any) -> None:
        header, values = column(page, "本季度完成情况")
        _header, tasks = column(page, "重点任务")
        for row in range(header + 1, page.max_row + 1):
            if page.cell(row, tasks).value == task:
                page.cell(row, values).value = value

    return edited(content, change)


@pytest.fixture
def checked(client: Client) -> Batch:
    """An upload that would write 12.5, ready to apply."""
    answer = bring(client, filled(download(client), 12.5))
    assert answer.status_code == 302, shown(answer)
    return Batch.objects.get()


def test_the_sheets_a_user_may_take_are_listed(signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get("/sheets/")
    listed = {sheet.name for _group, some in page.context["groups"] for sheet in some}
    assert listed >= {"entries", "divisions"}


def test_a_download_is_a_workbook_named_as_the_office_form(client: Client) -> None:
    answer: Any = client.get(f"{ENTRIES}download/", ABOUT)
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert "private" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content).startswith(b"PK")


@pytest.mark.parametrize(
    "about",
    [
        {"division": UNITS["xishan"]},
        {"division": "nonsense"},
        {"division": "a\0b"},
        {"period": "2099Q1"},
        {"period": "x"},
        {"period": "\0"},
        {"period": ""},
    ],
)
def test_a_download_about_nothing_of_ones_own_is_told_on_the_page(
    client: Client, about: dict[str, str]
) -> None:
    answer = client.get(f"{ENTRIES}download/", ABOUT | about)
    assert answer["Location"] == ENTRIES
    assert told(client, answer)[0].startswith("There is no")


def test_a_sheet_that_is_not_declared_is_not_found(client: Client) -> None:
    assert client.get("/sheets/nosuch/").status_code == 404
    assert client.get("/sheets/nosuch/download/").status_code == 404
    assert bring(client, b"x", sheet="/sheets/nosuch/").status_code == 404


def test_the_page_offers_the_unit_and_quarter_it_was_opened_for(client: Client) -> None:
    page = client.get(ENTRIES, ABOUT)
    assert page.context["choice"].initial == ABOUT
    assert f'value="{UNITS["xishan"]}"' not in shown(page)


def test_an_upload_is_previewed_and_writes_nothing(world: World, client: Client) -> None:
    answer = bring(client, filled(download(client), 12.5))
    batch = Batch.objects.get()
    assert answer["Location"] == f"/imports/{batch.pk}/"
    page = client.get(f"/imports/{batch.pk}/")
    assert (batch.new, batch.changed, batch.state) == (1, 0, "checked")
    assert "12.5" in shown(page)
    assert "Nothing is written yet" in shown(page)
    assert world.entry("dongshan", "income").state == "blank"


def test_applying_writes_and_a_second_press_changes_nothing(
    world: World, client: Client, checked: Batch
) -> None:
    address = f"/imports/{checked.pk}/apply/"
    assert client.post(address)["Location"] == f"/imports/{checked.pk}/"
    entry = world.entry("dongshan", "income")
    assert (entry.state, entry.value, entry.version) == ("draft", Decimal("12.5"), 2)
    assert client.post(address).status_code == 302
    assert world.entry("dongshan", "income").version == 2
    assert entry.changes.get().batch == checked.pk
    page = client.get(f"/imports/{checked.pk}/")
    assert at_report() in shown(page)


def at_report() -> str:
    return f"/report/{UNITS['dongshan']}/2026Q3/"


def test_applying_takes_a_press_of_the_button(client: Client, checked: Batch) -> None:
    assert client.get(f"/imports/{checked.pk}/apply/").status_code == 405
    assert Batch.objects.get().state == "checked"


def test_what_changed_since_the_preview_stops_everything(
    world: World, client: Client, checked: Batch
) -> None:
    save(world, "hejian_reporter", world.entry("dongshan", "income"), value=3)
    answer = client.post(f"/imports/{checked.pk}/apply/", follow=True)
    assert "The data changed since the preview" in shown(answer)
    assert world.entry("dongshan", "income").value == 3
    assert Batch.objects.get().state == "stale"


@pytest.mark.parametrize("who", ["hejian_reporter", "xishan_reporter", "city_manager"])
def test_another_users_import_is_not_found(signed_in: SignIn, checked: Batch, who: str) -> None:
    other = signed_in(who)
    assert other.get(f"/imports/{checked.pk}/").status_code == 404
    assert other.post(f"/imports/{checked.pk}/apply/").status_code == 404
    assert str(checked.pk) not in shown(other.get("/sheets/"))
    assert not Entry.objects.exclude(state="blank").exists()


def test_an_import_that_was_never_made_is_not_found(client: Client) -> None:
    nowhere = "/imports/00000000-0000-0000-0000-000000000000/"
    assert client.get(nowhere).status_code == 404
    assert client.post(f"{nowhere}apply/").status_code == 404


def test_a_wrong_cell_is_named_with_its_remedy_and_cannot_be_applied(
    world: World, client: Client
) -> None:
    bring(client, filled(download(client), "许多"))
    batch = Batch.objects.get()
    page = client.get(f"/imports/{batch.pk}/")
    assert batch.state == "wrong"
    assert "1 cell is wrong" in shown(page)
    assert "许多" in shown(page)
    answer = client.post(f"/imports/{batch.pk}/apply/", follow=True)
    assert "cannot be applied" in shown(answer)
    assert world.entry("dongshan", "income").state == "blank"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("表.xlsx", b"no workbook"),
        ("表.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("表.csv", b"\xff\xfe\x00\x01"),
        ("图.png", b"\x89PNG\r\n\x1a\n"),
        ("表.xlsx", workbook(["随便", "什么"], [1, 2])),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused_on_the_page(
    client: Client, name: str, content: bytes
) -> None:
    page = bring(client, content, name)
    assert page.status_code == 422
    assert 'role="alert"' in shown(page)
    assert not Batch.objects.exists()


def test_no_file_and_an_empty_file_are_told_apart(client: Client) -> None:
    page = client.post(ENTRIES)
    assert page.status_code == 422
    assert "Choose a file first." in shown(page)
    assert "The file is empty." in shown(bring(client, b""))


def test_a_file_too_large_is_refused_in_words(client: Client, settings: Any) -> None:
    settings.SPREADSHEET_LIMITS = settings.SPREADSHEET_LIMITS | {"file_bytes": 2000}
    page = bring(client, b"PK" + b"x" * 5000)
    assert page.status_code == 422
    assert 'role="alert"' in shown(page)


def test_a_viewer_may_download_but_not_upload(signed_in: SignIn) -> None:
    client = signed_in("linzhou_viewer")
    content = download(client, division=UNITS["hejian"])
    page = client.get(ENTRIES)
    assert not page.context["may_import"]
    assert 'type="file"' not in shown(page)
    assert bring(client, content).status_code == 403


def test_a_county_cannot_fill_by_sheet(signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_reviewer"))
    page = bring(client, download(client, division=UNITS["hejian"]))
    assert page.status_code == 422
    assert "Villages and townships fill this sheet" in shown(page)


def test_a_file_name_is_shown_as_text_alone(client: Client) -> None:
    name = "..\\..\\<b>\u202e表</b>.xlsx"
    bring(client, filled(download(client), 5), name)
    assert "\u202e" not in Batch.objects.get().file_name
    page = shown(client.get("/sheets/"))
    assert "<b>表" not in page
    assert ".." not in Batch.objects.get().file_name


@pytest.mark.parametrize(
    "query", ["show=new", "show=unchanged", "show=x", "page=x", "row=I6", "row=99999999999"]
)
def test_a_preview_answers_every_choice(client: Client, checked: Batch, query: str) -> None:
    assert client.get(f"/imports/{checked.pk}/?{query}").status_code == 200


def test_a_preview_tells_before_and_after(world: World, client: Client) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=7)
    bring(client, filled(download(client), 8))
    page = client.get(f"/imports/{Batch.objects.get().pk}/?show=changed")
    (row,) = page.context["preview"].rows()
    assert row.differences == [("本季度完成情况", "7", "8")]
    assert reverse("spreadsheets:apply", args=[Batch.objects.get().pk]) in shown(page)


def test_a_preview_is_gone_for_an_account_that_moved_away(world: World, client: Client) -> None:
    preview = bring(client, filled(download(client), 7))["Location"]
    assert client.get(preview).status_code == 200
    world.users["dongshan_reporter"].division = world.units["shiqiao"]
    world.users["dongshan_reporter"].save()
    assert client.get(preview).status_code == 404
