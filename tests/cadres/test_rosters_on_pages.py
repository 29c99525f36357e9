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
from cadres.sheets import FirstSecretarySheet, TeamMemberSheet
from spreadsheets.models import Batch
from tests.cadres import teams
from tests.cadres.rosters import FIRST, MEMBER, check, rows
from tests.world import World

VILLAGES = [("合涧镇", "南平村"), ("临淇镇", "东山村"), ("临淇镇", "北平村"), ("飞地乡", "飞来村")]
NAMES = [
    *("first_secretaries", "secondments", "graduates", "work_teams", "township_heads"),
    *("team_members", "organizations", "village_needs", "persons"),
]


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


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
