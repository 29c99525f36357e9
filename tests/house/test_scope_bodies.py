"""What an address takes besides its path: ids in forms, codes in queries, rows of a workbook."""

import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AccessLog, User
from spreadsheets.models import Batch
from tasks.models import Entry, EntryChange
from tests.house.scope_world import LEVEL, PARENT, scope
from tests.tasks.verbs import submitted
from tests.world import CAST, TASKS, UNITS, World
from villages.models import Division, VillageProfile

SignIn = Callable[[str], Client]


def place(name: str, unit: str, quarter: int = 3) -> str:
    return reverse(name, args=[UNITS[unit], f"2026Q{quarter}"])


def cells(entry: Entry, value: str = "5") -> dict[str, str]:
    return {f"e{entry.pk}-version": str(entry.version), f"e{entry.pk}-value": value}


@pytest.mark.parametrize("do", ["save", "submit"])
def test_a_report_writes_no_line_of_another_unit(world: World, signed_in: SignIn, do: str) -> None:
    foreign = [world.entry("xishan", "income"), world.entry("shiqiao", "income")]
    data = {key: value for entry in foreign for key, value in cells(entry).items()}
    signed_in("dongshan_reporter").post(place("tasks:report", "dongshan"), data | {"do": do})
    assert not EntryChange.objects.exists()


def test_submitting_all_leaves_the_neighbours_drafts(world: World, signed_in: SignIn) -> None:
    for unit, who in [("dongshan", "dongshan_reporter"), ("dongshan_linqi", "linqi_reporter")]:
        address = place("tasks:report", unit)
        signed_in(who).post(address, cells(world.entry(unit, "income")))
    signed_in("hejian_reporter").post(place("tasks:report", "hejian"), {"do": "submit_all"})
    assert world.entry("dongshan", "income").state == "submitted"
    assert world.entry("dongshan_linqi", "income").state == "draft"


@pytest.mark.parametrize("do", ["accept", "return"])
def test_a_review_touches_no_line_of_another_county(
    world: World, signed_in: SignIn, do: str
) -> None:
    entry = submitted(world)
    chosen = {"entry": f"{entry.pk}:{entry.version}", "do": do, "comment": "数据有误"}
    signed_in("huaxian_reviewer").post(place("tasks:review", "huaxian"), chosen)
    assert world.entry("dongshan", "income").state == "submitted"
    assert world.entry("dongshan", "income").version == entry.version


def test_the_admin_deletes_no_row_of_another_county(world: World, signed_in: SignIn) -> None:
    own = VillageProfile.objects.create(division=world.units["dongshan"])
    foreign = VillageProfile.objects.create(division=world.units["shiqiao"])
    chosen = {"action": "delete_selected", "post": "yes", "_selected_action": [own.pk, foreign.pk]}
    address = reverse("admin:villages_villageprofile_changelist")
    signed_in("linzhou_manager").post(address, chosen)
    assert list(VillageProfile.objects.all()) == [foreign]


@pytest.mark.parametrize("unit", ["city", "huaxian", "shiqiao", "feidi"])
def test_the_admin_makes_no_account_outside(world: World, signed_in: SignIn, unit: str) -> None:
    data = {"username": "new", "name": "新", "division": world.units[unit].pk, "role": "viewer"}
    data |= dict.fromkeys(("password1", "password2"), "correct horse battery")
    client, address = signed_in("linzhou_manager"), reverse("admin:accounts_user_add")
    assert client.post(address, data).status_code == 200
    assert not User.objects.filter(username="new").exists()
    client.post(address, data | {"division": world.units["hejian"].pk})
    assert User.objects.get(username="new").division == world.units["hejian"]


def test_the_admin_hangs_no_unit_elsewhere(world: World, signed_in: SignIn) -> None:
    hejian = world.units["hejian"]
    address = reverse("admin:villages_division_change", args=[hejian.pk])
    data = {"name": hejian.name, "kind": hejian.kind, "parent": world.units["huaxian"].pk}
    assert signed_in("linzhou_manager").post(address, data).status_code == 200
    hejian.refresh_from_db()
    assert hejian.parent == world.units["linzhou"]


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("accounts.user", "division"),
        ("villages.division", "parent"),
        ("villages.divisionchange", "source"),
        ("villages.divisionchange", "target"),
        ("villages.villageprofile", "division"),
        ("tasks.ledger", "extra_units"),
    ],
)
@pytest.mark.parametrize("who", ["linzhou_manager", "city_manager"])
def test_a_choice_as_you_type_offers_the_own_units_alone(
    world: World, signed_in: SignIn, who: str, model: str, field: str
) -> None:
    app, name = model.split(".")
    query = {"app_label": app, "model_name": name, "field_name": field, "term": ""}
    answer = signed_in(who).get(reverse("admin:autocomplete"), query)
    offered = {int(item["id"]) for item in json.loads(answer.content)["results"]}
    own = CAST[who][0]
    mine = {u for u in UNITS if u in scope_of(own)}
    assert offered
    assert offered <= {world.units[unit].pk for unit in mine}


def scope_of(own: str) -> set[str]:
    """By the code list alone, as everywhere in these tests."""
    found = {own}
    while more := {u for u in UNITS if PARENT[u] in found} - found:
        found |= more
    return found


def test_a_foreign_unit_cannot_be_downloaded(world: World, signed_in: SignIn) -> None:
    query = {"division": UNITS["shiqiao"], "period": "2026Q3"}
    address = reverse("spreadsheets:download", args=["entries"])
    answer = signed_in("dongshan_reporter").get(address, query, follow=True)
    assert answer["Content-Type"].startswith("text/html")
    assert "石桥" not in answer.content.decode()


def test_a_foreign_workbook_is_refused_and_noted(world: World, signed_in: SignIn) -> None:
    query = {"division": UNITS["shiqiao"], "period": "2026Q3"}
    theirs = signed_in("baidaokou_reporter").get(
        reverse("spreadsheets:download", args=["entries"]), query
    )
    book = SimpleUploadedFile("x.xlsx", b"".join(theirs.streaming_content))  # type: ignore[attr-defined]
    answer = signed_in("dongshan_reporter").post(
        reverse("spreadsheets:sheet", args=["entries"]), {"file": book}
    )
    assert answer.status_code == 422
    assert not Batch.objects.exists()
    assert AccessLog.objects.get(action="refused").user == world.users["dongshan_reporter"]


def test_a_search_finds_the_own_units_alone(world: World, signed_in: SignIn) -> None:
    for who in ("dongshan_reporter", "hejian_reporter", "huaxian_reviewer", "city_viewer"):
        for text in ("4", "41", "d", "村", "镇", "安", "410581"):
            answer = signed_in(who).get(reverse("dashboard:search"), {"q": text})
            found = {division.pk for division in answer.context["found"]}
            assert found <= {world.units[unit].pk for unit in scope(who) if unit in UNITS}


OWING = {
    "township": {"hejian", "linqi", "baidaokou", "feidi"},
    "village": set(UNITS) - {u for u in UNITS if LEVEL[u] != "village"} - {"community"},
}


@pytest.mark.parametrize(
    "who", ["city_viewer", "linzhou_viewer", "huaxian_reviewer", "hejian_reporter"]
)
def test_a_sum_counts_the_own_units_alone(world: World, signed_in: SignIn, who: str) -> None:
    """Everybody's first page, and each page below it, owes what the code list says."""
    client = signed_in(who)
    for unit in scope(who) & set(UNITS):
        if LEVEL[unit] == "village":
            continue
        page = client.get(place("dashboard:overview", unit))
        below = scope_of(unit)
        wanted = sum(
            len(OWING[str(task["reporting_level"])] & below)
            for task in TASKS.values()
            if "3" in str(task.get("quarters", "1234"))
        )
        assert page.context["board"].total.counts.owed == wanted
        listed = client.get(place("tasks:entries", unit))
        assert listed.context["page"].paginator.count == wanted


def test_divisions_stand_as_the_code_list_says(world: World) -> None:
    """The oracle above and the tree agree to begin with."""
    stored = {d.code: d.parent.code for d in Division.objects.select_related("parent") if d.parent}
    assert stored == {UNITS[u]: UNITS[PARENT[u]] for u in UNITS if PARENT[u]}
