"""Numbers of persons stand in no address and in no text that is kept and read by many."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from cadres import appoint_form, contact_forms, merge_forms, pairing_forms, posting_forms
from cadres.models import ContactPoint, ContactVisit, TeamMember
from cadres.sheets import FirstSecretarySheet, TeamMemberSheet
from cadres.team_forms import MemberForm
from spreadsheets import actions
from spreadsheets.errors import Refused
from tests.cadres import rosters, teams
from tests.tasks.pages import told
from tests.world import UNITS, World

LISTS = ("people", "postings", "teams", "organizations", "contact_points", "policy_talks")
NUMBER = "199 0000-1234"


@pytest.fixture
def client(world: World) -> Client:
    found = Client()
    found.force_login(world.users["city_manager"])
    return found


@pytest.mark.parametrize("name", LISTS)
def test_a_list_sends_a_number_away_and_keeps_the_other_choices(client: Client, name: str) -> None:
    address = reverse(f"cadres:{name}", args=[UNITS["city"]])
    for searched in ("q", "unit", "person_text"):
        answer = client.get(address, {searched: NUMBER, "page": "2"})
        assert (answer.status_code, answer["Location"]) == (302, f"{address}?page=2")
    answer = client.get(address, {"q": NUMBER})
    assert answer["Location"] == address
    assert "不按号码查找" in told(client, answer)[0]
    assert client.get(address, {"unit": UNITS["linzhou"], "q": "示一"}).status_code == 200


PLAIN: list[tuple[Any, str]] = [
    *((posting_forms.EndForm, name) for name in ("hand_over",)),
    *((posting_forms.CorrectForm, name) for name in ("title", "note", "hand_over", "reason")),
    *((appoint_form.AppointForm, name) for name in ("title", "note", "reason")),
    *((contact_forms.EndForm, "reason"), (contact_forms.RemoveForm, "reason")),
    *((merge_forms.ProposeForm, "reason"), (merge_forms.DecideForm, "comment")),
    (pairing_forms.MarkForm, "reason"),
]


@pytest.mark.parametrize(("form", "name"), PLAIN)
def test_no_text_of_a_form_takes_a_number(form: Any, name: str) -> None:
    field = form.base_fields[name]
    assert field.clean("届满离任，见2026-01-01的文件") == "届满离任，见2026-01-01的文件"
    with pytest.raises(ValidationError):
        field.clean(f"电话{NUMBER}")


def test_no_text_of_a_row_takes_a_number(world: World) -> None:
    (member, *_others) = teams.usual(world, "dongshan")
    point = ContactPoint(leader=world.persons["leader_linzhou"], village=world.units["dongshan"])
    visit = contact_forms.VisitForm(
        {"problems": NUMBER}, instance=ContactVisit(contact_point=point)
    )
    assert "problems" in visit.errors
    note = {"note": NUMBER, "version": "1"}
    assert "note" in MemberForm(note, instance=TeamMember.objects.get(pk=member.pk)).errors


@pytest.mark.usefixtures("_on_the_day")
def test_no_text_of_an_import_takes_a_number(world: World) -> None:
    teams.term(2021)
    city = world.users["city_manager"]
    for sheet, usual in ((TeamMemberSheet, rosters.MEMBER), (FirstSecretarySheet, rosters.FIRST)):
        batch = rosters.check(sheet, rosters.rows({"备注": f"另有{NUMBER}"}, of=usual), city)
        (error,) = batch.errors
        assert error["cell"]
    batch = rosters.check(TeamMemberSheet, rosters.rows({}, of=rosters.MEMBER), city)
    with pytest.raises(Refused):
        actions.apply(TeamMemberSheet, batch.pk, city, confirmed=True, comment=f"电话{NUMBER}")
    actions.apply(TeamMemberSheet, batch.pk, city, confirmed=True, comment="已核对")
