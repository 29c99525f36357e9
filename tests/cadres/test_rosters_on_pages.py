"""Rosters on the pages of the Excel engine; and what checking one costs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import AccessLog
from accounts.roles import Role
from cadres.models import Person, Posting
from cadres.sheets import FirstSecretarySheet, TeamMemberSheet, WorkTeamSheet
from spreadsheets.masking import mask
from spreadsheets.models import Batch
from tests.cadres import teams
from tests.cadres.rosters import FIRST, MEMBER, check, exported, rows
from tests.canaries import is_met, number_of, phone_of
from tests.spreadsheets import files
from tests.world import World

VILLAGES = [("合涧镇", "南平村"), ("临淇镇", "东山村"), ("临淇镇", "北平村"), ("飞地乡", "飞来村")]
NAMES = [
    *("first_secretaries", "secondments", "graduates", "work_teams", "township_heads"),
    *("team_members", "organizations", "village_needs", "persons"),
    *("contact_points", "contact_visits"),
]


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


def sent(client: Client, name: str, content: bytes) -> Any:
    upload = SimpleUploadedFile("roster.xlsx", content)
    return client.post(reverse("spreadsheets:sheet", args=[name]), {"file": upload})


@pytest.mark.parametrize("name", NAMES)
def test_each_sheet_has_its_page_for_readers(
    world: World, signed_in: Callable[[str], Client], name: str
) -> None:
    teams.term()
    page = signed_in("linzhou_viewer").get(reverse("spreadsheets:sheet", args=[name]))
    assert page.status_code == 200
    assert 'type="file"' not in page.content.decode()
    page = signed_in("city_manager").get(reverse("spreadsheets:sheet", args=[name]))
    assert 'type="file"' in page.content.decode()


def test_a_preview_shows_what_changes_and_no_telephone(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("city_manager")
    upload = SimpleUploadedFile("roster.xlsx", rows({}, of=FIRST))
    client.post(reverse("spreadsheets:sheet", args=["first_secretaries"]), {"file": upload})
    batch = Batch.objects.get()
    page = client.get(batch.get_absolute_url() + "?show=new").content.decode()
    assert "测试市农业农村局" in page
    assert "138****1234" in page
    assert "13800001234" not in page


@pytest.mark.reveals
def test_in_clear_a_roster_leaves_with_a_reason_and_a_line_in_the_log(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    Person.objects.filter(pk=world.persons["free"].pk).update(phone="13812345678")
    address = reverse("spreadsheets:download", args=["persons"])
    assert signed_in("city_viewer").post(address, {"reason": "核对人员信息"}).status_code == 403
    answer: Any = signed_in("city_manager").post(address, {"reason": "核对人员信息"})
    assert len(b"".join(answer.streaming_content)) > 1000
    assert AccessLog.objects.filter(action="reveal").exists()


def test_a_township_decides_on_no_posting(world: World) -> None:
    user = world.users["hejian_reporter"]
    user.role = Role.MANAGER
    user.save()
    batch = check(FirstSecretarySheet, rows({}, of=FIRST), user)
    assert any("county" in error["message"] for error in batch.errors)
    assert not Posting.objects.filter(division=world.units["nanping"]).exists()


@pytest.mark.parametrize(
    ("sheet", "usual", "village"),
    [(FirstSecretarySheet, FIRST, "派驻村"), (TeamMemberSheet, MEMBER, "村名")],
)
def test_checking_many_rows_asks_no_more_than_checking_one(
    world: World, sheet: Any, usual: dict[str, str], village: str
) -> None:
    teams.term()
    user = world.users["city_manager"]
    told = [
        {"乡（镇、街道）": township, village: name, "姓名": f"样零{number}"}
        for number, (township, name) in enumerate(VILLAGES)
    ]
    asked = []
    for some in (told[:1], told):
        with CaptureQueriesContext(connection) as queries:
            batch = check(sheet, rows(*some, of=usual), user)
        assert (batch.errors, batch.new) == ([], len(some))
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("title", "name", "meant"),
    [
        ("测试市驻村第一书记花名册", "work_teams", "first_secretaries"),
        ("测试市驻村第一书记花名册", "graduates", "first_secretaries"),
        ("驻村工作队员花名册", "first_secretaries", "work_teams"),
    ],
)
def test_a_form_of_another_roster_is_told_by_its_title_where_to_go(
    world: World, signed_in: Callable[[str], Client], title: str, name: str, meant: str
) -> None:
    client = signed_in("city_manager")
    unit = ["填报单位：驻村工作队"]
    form = files.workbook([title], unit, list(FIRST), list(FIRST.values()))
    answer = sent(client, name, form)
    assert answer.status_code == 422
    assert answer.context["refused"].sheet == meant
    assert reverse("spreadsheets:sheet", args=[meant]) in answer.content.decode()
    assert sent(client, meant, form).status_code == 302


def test_a_download_of_another_sheet_is_called_by_its_title(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    content = exported(FirstSecretarySheet, world.users["city_manager"])
    refused = sent(signed_in("city_manager"), "work_teams", content).context["refused"]
    assert refused.message == (
        "这份文件是从“驻村第一书记花名册”下载的，此处需要的是“驻村工作队员花名册”。"
    )


def test_a_form_without_a_title_is_asked_about_where_another_sheet_knows_more_of_it(
    world: World,
) -> None:
    line = FIRST | {"是否退职干部": "否"}
    form = files.workbook(list(line), list(line.values()))
    city = world.users["city_manager"]
    (warning,) = check(WorkTeamSheet, form, city).warnings[-1:]
    assert (warning["value"], "Roster of first secretaries" in warning["message"]) == (
        "是否退职干部",
        True,
    )
    said = [one["message"] for one in check(FirstSecretarySheet, form, city).warnings]
    assert not any("knows more" in message for message in said)


def test_what_is_alike_is_said_once_and_no_cell_is_lost(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("city_manager")
    told = [{"派驻村": "无此村" if n else "亦无此村", "姓名": f"样零{n}"} for n in range(9)]
    sent(client, "first_secretaries", rows(*told, of=FIRST))
    batch = Batch.objects.get()
    assert len(batch.errors) == len(told)
    (fault,) = client.get(batch.get_absolute_url()).context["preview"].faults()
    assert (fault.cells, [(one.value, len(one.more)) for one in fault.found]) == (
        9,
        [("亦无此村", 0), ("无此村", 2)],
    )
    page = client.get(batch.get_absolute_url()).content.decode()
    assert page.count(fault.message) == 1


def test_a_number_in_a_note_is_refused_and_shown_to_nobody(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("city_manager")
    told = f"家里{phone_of(7)}，证号{number_of('1985-03', '1', 8)}，座机0372-6212345"
    wrong = {"备注": told, "民族": f"汉{phone_of(9)}", "姓名": f"样{phone_of(9)}"}
    sent(client, "first_secretaries", rows(wrong, of=FIRST))
    batch = Batch.objects.get()
    page = client.get(batch.get_absolute_url()).content.decode()
    note = next(error["value"] for error in batch.errors if error["value"].startswith("家里"))
    assert note == f"家里199****0007，证号{mask(number_of('1985-03', '1', 8))}，座机＊＊"
    for text in (page, str(batch.errors), str(list(batch.rows.values("label")))):
        assert "6212345" not in text
        assert not is_met(text)


def test_the_list_of_sheets_has_one_part_for_each_register(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    page = signed_in("city_manager").get(reverse("spreadsheets:sheets"))
    listed = {
        str(group.title): [one.name for one in some] for group, some in page.context["groups"]
    }
    assert list(listed) == [
        *("任务台账", "统计与通报", "区划与村情", "第一书记及其他任职", "“两委”班子"),
        *("联系点", "人员与选派单位", "账号"),
    ]
    assert "first_secretaries" in listed["第一书记及其他任职"]


def test_the_guide_asks_for_what_tells_a_row_that_is_added(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    address = reverse("spreadsheets:sheet", args=["first_secretaries"])
    guide = {row.label: row for row in signed_in("city_manager").get(address).context["guide"]}
    assert (guide["派驻村"].required, guide["序号"].required) == (True, False)
    assert "新增的行请填写" in guide["派驻村"].accepts
    assert "请勿改动" in guide["序号"].accepts
