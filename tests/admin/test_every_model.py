from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from accounts.models import AccessLog, User
from cadres.actions import contacts
from cadres.models import CadreChange, PersonMerge, StandardAssessment, Tag, VillageNeed
from tasks.models import (
    Amendment,
    BulletinTemplate,
    Entry,
    Evidence,
    Exemption,
    Extension,
    LightOverride,
    PeriodChange,
    RankingExclusion,
    Reminder,
    Rule,
    SpecialDay,
)
from tests import states
from tests import world as worlds
from tests.admin.pages import browser, page, shown
from tests.cadres.appointing import bind_all
from tests.cadres.teams import usual
from tests.cadres.test_contacts import point, talk, visit
from tests.dashboard.bulletins import issued
from tests.house.source import APPS
from tests.tasks.verbs import return_, submitted
from tests.world import NOW, World
from villages.models import DivisionChange, VillageProfile

# The preview of an import shows its rows, page by page; marks stand on their review, opinions on
# their entry; looks and the keys of requests are nobody's business.
SHOWN_ELSEWHERE = {"BatchRow", "ReturnMark", "Opinion", "Look", "RequestKey", "SavedFilter"}
# Rounds of matching have pages of their own for each of their parts.
SHOWN_ELSEWHERE |= {"PairingRound", "PairingPlace", "PairingCandidate", "PairingMark"}
OWN_MODELS = [m for m in apps.get_models() if m._meta.app_label in APPS]
LISTS = {
    "villages_division": ("合涧", 1),
    "villages_divisionchange": ("西山", 1),
    "villages_villageprofile": ("xsc", 1),
    "accounts_user": ("hejian", 2),
    "tasks_ledger": ("台账", 1),
    "tasks_task": ("集体经济", 1),
    "tasks_period": (None, 4),
    "tasks_entry": ("石桥", 10),
    "tasks_review": ("数据有误", 1),
    "tasks_entrychange": ("dongshan_reporter", 2),
    "tasks_returnreason": ("wrong_figure", 1),
    "tasks_specialday": ("国庆", 1),
    "tasks_extension": ("防汛", 1),
    "tasks_periodchange": ("锁定", 1),
    "tasks_amendment": ("后备", 1),
    "tasks_lightrule": ("台账", 1),
    "tasks_lightoverride": ("约谈", 1),
    "tasks_exemption": ("拆迁", 1),
    "tasks_evidence": ("照片", 1),
    "tasks_reminder": ("东山", 1),
    "tasks_rankingexclusion": ("合涧", 1),
    "tasks_bulletin": ("通报", 1),
    "tasks_bulletintemplate": ("红头", 1),
    "cadres_term": ("2016", 1),
    "cadres_criterion": ("四好", 4),
    "cadres_termindicator": ("平均", 1),
    "cadres_villageteam": ("xsc", 1),
    "cadres_teammember": ("西山", 3),
    "cadres_standardassessment": ("西山", 1),
    "spreadsheets_batch": ("x", 0),
    "cadres_contactpoint": ("东山", 1),
    "cadres_contactvisit": ("东山", 1),
    "cadres_policytalk": ("东山", 1),
    "cadres_organizationbinding": ("东山", 1),
    "cadres_tag": ("测试", 1),
    "cadres_postingkind": ("first_secretary", 2),
    "cadres_organization": ("水利", 1),
    "cadres_villageneed": ("西山", 1),
    "cadres_person": ("示一", 1),
    "cadres_posting": ("示一", 1),
    "cadres_cadrechange": ("核对", 1),
    "cadres_personmerge": ("同一人", 1),
}


@pytest.fixture
def filled(db: None, _on_the_day: None, settings: Any) -> World:
    """Something to see in every list."""
    uploads = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    return states.kept("something in every list", lambda: _fill(worlds.build()), uploads)


def _fill(world: World) -> World:
    xishan = world.units["xishan"]
    VillageProfile.objects.create(division=xishan)
    VillageProfile.objects.create(division=world.units["shiqiao"])
    DivisionChange.objects.create(kind="rename", on="2026-01-01", source=xishan, target=xishan)
    AccessLog.note(world.users["hejian_reporter"], AccessLog.Action.EXPORT, "台账", rows=3)
    AccessLog.note(world.users["baidaokou_reporter"], AccessLog.Action.EXPORT, "台账", rows=3)
    return_(world, "hejian_reviewer", submitted(world))
    _fill_in_around(world)
    _fill_in_teams(world)
    _fill_registers(world)
    return world


def _fill_in_teams(world: World) -> None:
    secretary = usual(world, "xishan", 2016)[0]
    usual(world, "shiqiao", 2021)
    StandardAssessment.objects.create(
        person=secretary.person, division=world.units["xishan"], standard="secretary", year=2017
    )


def _fill_in_around(world: World) -> None:
    """Rows of what goes on around the entries."""
    by, period = world.users["city_manager"], world.periods[3]
    entry, task = world.entry("dongshan", "income"), world.tasks["reserve"]
    Rule.objects.create(task=world.tasks["income"], kind="change", bound=50)
    SpecialDay.objects.create(on="2026-10-01", name="国庆节")
    Extension.objects.create(
        division=world.units["hejian"],
        period=period,
        until="2026-10-20",
        reason="防汛救灾",
        granted_by=by,
        granted_at=NOW,
    )
    RankingExclusion.objects.create(
        division=world.units["hejian"], period=period, reason="整乡搬迁", by=by, at=NOW
    )
    PeriodChange.objects.create(period=period, verb="lock", at=NOW, by=by, reason="提前锁定")
    Amendment.objects.create(
        ledger=world.ledger, kind="change", task=task, from_quarter=1, reason="x", at=NOW, by=by
    )
    LightOverride.objects.create(
        division=entry.division, period=period, light="red", reason="约谈", until="2026-10-20",
        by=by, at=NOW,
    )  # fmt: skip
    Exemption.objects.create(
        entry=entry, reason="整村拆迁", asked_by=by, asked_at=NOW, waiting_at="county"
    )
    Evidence.objects.create(
        entry=entry,
        file="x.jpg",
        name="照片.jpg",
        kind="image",
        content_type="image/jpeg",
        size=3,
        digest="d",
        added_by=by,
        added_at=NOW,
    )
    Reminder.objects.create(division=entry.division, period=period, on=NOW.date(), by=by)
    issued(world)
    BulletinTemplate.objects.create(file="x.docx", name="红头.docx", digest="d", by=by, at=NOW)


def _fill_registers(world: World) -> None:
    by, one, other = world.users["city_manager"], world.persons["free"], world.persons["left_lead"]
    tag = Tag.objects.create(name="测试")
    VillageNeed.objects.create(division=world.units["xishan"], tag=tag)
    CadreChange.note(one, one.division, by, NOW, reason="核对")
    PersonMerge.objects.create(
        kept=one, merged=other, reason="同一人", proposed_by=by, proposed_at=NOW
    )
    for unit in ("dongshan", "xishan"):
        held = contacts.set_point(point(world, unit), None)
        contacts.note_visit(visit(held), None)
        contacts.note_talk(talk(world, unit), None)
    bind_all(world)


def rows(client: Client, model: str, **query: str) -> int:
    answer = client.get(page(model), query)
    assert answer.status_code == 200, (model, query)
    assert "e=1" not in answer.request["QUERY_STRING"]
    return int(answer.context["cl"].result_count)


def test_every_model_is_in_the_admin() -> None:
    inlines = {inline.model for a in admin.site._registry.values() for inline in a.inlines}
    assert Rule in inlines
    shown_somewhere = set(admin.site._registry) | inlines
    missing = {m.__name__ for m in OWN_MODELS if m not in shown_somewhere}
    assert missing == SHOWN_ELSEWHERE


def test_the_administrator_opens_every_list_and_every_form(filled: World) -> None:
    root = User.objects.create_superuser("root", name="root")
    client = Client()
    client.force_login(root)
    for model in OWN_MODELS:
        if model not in admin.site._registry:
            continue
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(page(name)).status_code == 200, name
        assert client.get(page(name, "add")).status_code in (200, 403), name
        first = model._default_manager.first()
        if first is not None:
            assert client.get(page(name, "change", first.pk)).status_code == 200, name
            assert client.get(page(name, "history", first.pk)).status_code == 200, name


@pytest.mark.parametrize("model", LISTS)
def test_a_list_is_searched_and_filtered(filled: World, model: str) -> None:
    client = browser(filled, "city_manager")
    text, count = LISTS[model]
    everything = rows(client, model)
    if text is not None:
        assert rows(client, model, q=text) == count
        assert rows(client, model, q="nosuchthing") == 0
        assert rows(client, model, q="a\0b") == everything
    changelist = client.get(page(model)).context["cl"]
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            address = page(model) + choice["query_string"]
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("model", [model for model in LISTS if model != "spreadsheets_batch"])
def test_a_row_of_every_list_opens(filled: World, model: str) -> None:
    client = browser(filled, "city_manager")
    first = client.get(page(model)).context["cl"].result_list[0]
    assert client.get(page(model, "change", first.pk)).status_code == 200


@pytest.mark.parametrize(
    ("model", "city", "county"),
    [
        ("villages_division", 17, 11),
        ("villages_villageprofile", 2, 1),
        ("accounts_user", 13, 8),
        ("tasks_entry", 112, 76),
        ("tasks_ledger", 1, 1),
    ],
)
def test_a_county_manager_sees_the_county_alone(
    filled: World, model: str, city: int, county: int
) -> None:
    assert rows(browser(filled, "city_manager"), model) == city
    assert rows(browser(filled, "linzhou_manager"), model) == county


def test_an_auditor_reads_the_access_log_and_changes_nothing(filled: World) -> None:
    client, line = browser(filled, "city_auditor"), AccessLog.objects.first()
    assert line is not None
    assert rows(client, "accounts_accesslog") == 2
    assert "台账" in shown(client.get(page("accounts_accesslog", "change", line.pk)))
    assert client.get(page("accounts_accesslog", "add")).status_code == 403
    assert client.post(page("accounts_accesslog", "change", line.pk), {}).status_code == 403
    delete = page("accounts_accesslog", "delete", line.pk)
    assert client.post(delete, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [line.pk], "post": "yes"}
    client.post(page("accounts_accesslog"), chosen)
    assert AccessLog.objects.filter(action="export").count() == 2


def test_a_manager_does_not_read_the_access_log(filled: World) -> None:
    assert browser(filled, "city_manager").get(page("accounts_accesslog")).status_code == 403


@pytest.mark.parametrize("who", ["city_viewer", "linzhou_reviewer", "dongshan_reporter"])
def test_who_is_no_staff_does_not_enter(filled: World, who: str) -> None:
    client = browser(filled, who)
    for address in ("/admin/", page("tasks_entry")):
        sent = client.get(address)
        assert sent.status_code == 302
        assert client.get(sent["Location"]).status_code == 403


@pytest.mark.parametrize("model", ["tasks_review", "tasks_entrychange"])
def test_history_is_for_reading(filled: World, model: str) -> None:
    client = browser(filled, "city_manager")
    first = client.get(page(model)).context["cl"].result_list[0]
    assert client.get(page(model, "add")).status_code == 403
    assert client.post(page(model, "change", first.pk), {}).status_code == 403
    assert client.post(page(model, "delete", first.pk), {"post": "yes"}).status_code == 403


def test_entries_are_neither_added_nor_deleted(filled: World) -> None:
    client, entry = browser(filled, "city_manager"), filled.entry("dongshan", "income")
    assert client.get(page("tasks_entry", "add")).status_code == 403
    assert client.post(page("tasks_entry", "delete", entry.pk), {"post": "yes"}).status_code == 403
    assert Entry.objects.count() == 112


def test_a_list_leads_to_its_sheet(filled: World) -> None:
    client = browser(filled, "city_manager")
    assert 'href="/sheets/divisions/"' in shown(client.get(page("villages_division")))
    assert 'href="/sheets/entries/"' in shown(client.get(page("tasks_entry")))
