"""Numbers of persons stand in no address and in no text that is kept and read by many."""

import datetime
import importlib
import pkgutil
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.forms.forms import DeclarativeFieldsMetaclass
from django.test import Client
from django.urls import reverse

import cadres
from accounts.numbers import has_numbers
from cadres import appoint_form, contact_forms, pairing_forms, posting_forms, team_forms
from cadres.calendar_choice import CalendarForm
from cadres.models import (
    ContactPoint,
    ContactVisit,
    Organization,
    PairingPlace,
    PairingRound,
    Person,
    PolicyTalk,
    TeamMember,
    VillageTeam,
)
from cadres.models.person import SECRETS
from cadres.person_forms import PersonForm
from cadres.sheets import FirstSecretarySheet, PersonSheet, TeamMemberSheet
from spreadsheets import actions
from spreadsheets.errors import Refused
from spreadsheets.fields import TextWidget
from spreadsheets.sheet import all_sheets
from tests.cadres import rosters, teams
from tests.spreadsheets import files
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


# What asks only, and keeps nothing; of the others the boxes to search by.
ASKING = (CalendarForm, pairing_forms.VillageFilter, pairing_forms.PersonFilter)
DAY = datetime.date(2026, 10, 2)


def made(form: Any, data: dict[str, str], world: World) -> Any:
    """A form of cadres as its page makes it, with what was typed."""
    unit, user = world.units["linzhou"], world.users["linzhou_manager"]
    point = ContactPoint(leader=world.persons["leader_linzhou"], village=world.units["dongshan"])
    persons = Person.objects.all()
    of_talk = {"instance": PolicyTalk(), "unit": unit, "speakers": persons, "on": DAY}
    finished = VillageTeam(state=VillageTeam.State.FINISHED)
    needs: dict[Any, tuple[tuple[Any, ...], dict[str, Any]]] = {
        PersonForm: ((), {"instance": Person(), "user": user}),
        contact_forms.PointForm: ((), {"county": unit, "leaders": persons, "on": DAY}),
        contact_forms.VisitForm: ((), {"instance": ContactVisit(contact_point=point)}),
        contact_forms.TalkForm: ((), of_talk),
        posting_forms.CorrectForm: ((), {"organizations": Organization.objects.all()}),
        appoint_form.AppointForm: ((user, unit, DAY), {}),
        pairing_forms.MarkForm: ((PairingPlace(round=PairingRound(pk=1)),), {}),
        team_forms.ElectionForm: ((), {"instance": finished}),
        team_forms.MemberForm: ((), {"instance": TeamMember()}),
        team_forms.NewMemberForm: ((), {"instance": TeamMember(), "user": user}),
    }
    args, more = needs.get(form, ((), {}))
    return form(data, *args, **more)


def forms_of_cadres() -> set[Any]:
    found = set()
    for module in pkgutil.iter_modules(cadres.__path__, "cadres."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, DeclarativeFieldsMetaclass) and one.__module__ == module.name:
                found.add(one)
    return found - set(ASKING)


def is_free_text(name: str, field: forms.Field) -> bool:
    return type(field) is forms.CharField and name not in SECRETS and not name.endswith("_text")


def test_no_text_of_a_form_takes_a_number(world: World) -> None:
    """Every form there is: a new one is looked at without being named here."""
    texts = 0
    for form in forms_of_cadres():
        for name in [n for n, field in form.base_fields.items() if is_free_text(n, field)]:
            field = made(form, {}, world).fields[name]
            assert field.clean(longest("届满，见2026-01-01的文件", field))
            wrong = made(form, {name: longest(f"另有{NUMBER}", field)}, world)
            assert name in wrong.errors, (form, name)
            texts += 1
    assert texts > 20


def longest(text: str, field: Any) -> str:
    return text[: field.max_length]


def test_the_name_of_an_organisation_takes_no_number(world: World) -> None:
    made = Organization(name="示例局", level="county", division=world.units["linzhou"])
    made.clean()
    made.name = f"示例局{NUMBER}"
    with pytest.raises(ValidationError) as refused:
        made.clean()
    assert list(refused.value.message_dict) == ["name"]


# Cells that name a row that is there: what names none is refused, and nothing of it is kept.
NAMING = {"division", "village", "leader", "tag", "functions", "strengths"}


def test_no_text_column_of_a_sheet_takes_a_number(world: World) -> None:
    """Every sheet there is: a new column is looked at without being named here."""
    texts = 0
    for sheet in all_sheets():
        if not sheet.__module__.startswith("cadres."):
            continue
        for column in sheet(world.users["city_manager"]).columns:
            path = (column.attribute or "").split("__")
            is_text = isinstance(column.widget, TextWidget) and not column.sensitive
            is_kept = column.is_read and not column.hidden and not NAMING & {*path[:-1]}
            if not is_text or not is_kept:
                continue
            with pytest.raises(ValidationError, match="个人号码"):
                column.widget.clean(NUMBER)
            assert "1234" not in column.quote(NUMBER)
            texts += 1
    assert texts > 40


@pytest.mark.usefixtures("_on_the_day")
def test_no_reader_of_a_person_meets_a_number_that_a_sheet_brought(world: World) -> None:
    city, person = world.users["city_manager"], world.persons["free"]
    content = files.workbook(
        ["人员编号", "姓名", "职务"], [person.pk, person.name, f"科长{NUMBER}"]
    )
    batch = rosters.check(PersonSheet, content, city)
    (error,) = batch.errors
    assert "0000" not in str(error)
    assert rosters.counts(batch) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("138.0013.8000", True),
        ("138_0013_8000", True),
        ("１３８００１３８０００", True),
        ("0372-5912345", True),
        ("2024-2026年第三批", False),
        ("2024.01-2026.12", False),
        ("0372-2024-2026", True),
        ("见2026-01-01的文件", False),
        ("410581101201", False),
    ],
)
def test_what_is_a_number_of_a_person(text: str, *, expected: bool) -> None:
    assert has_numbers(text) is expected


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
