"""Managers change the tree in the admin: on a day, by merging, by splitting, and back."""

import datetime
from typing import Any

import pytest

from tests.admin.pages import browser, errors, fields, page, send
from tests.world import World
from villages import actions
from villages.models import Division, DivisionChange

JULY = datetime.date(2026, 7, 1)
ADD = "villages_divisionchange"


def fresh(world: World, unit: str) -> Division:
    return Division.objects.get(pk=world.units[unit].pk)


def change(world: World, **typed: Any) -> Any:
    sent = {"kind": "merge", "on": "2026-07-01", "note": "林政〔2026〕8号"} | typed
    for name in ("sources", "targets"):
        sent[name] = [world.units[unit].pk for unit in sent[name]]
    return send(browser(world, "linzhou_manager"), page(ADD, "add"), **sent)


def test_a_new_name_takes_effect_on_the_day_that_is_given_or_today(world: World) -> None:
    client = browser(world, "linzhou_manager")
    address = page("villages_division", "change", world.units["hejian"].pk)
    send(client, address, name="合涧街道", kind="street", takes_effect_on="2026-07-01")
    send(client, address, name="新合街道")
    rows = DivisionChange.objects.order_by("on").values_list("on", "old_value", "kind")
    assert list(rows) == [
        (JULY, "合涧镇", "rename"),
        (datetime.date(2026, 10, 2), "合涧街道", "rename"),
    ]


@pytest.mark.parametrize(
    ("day", "said"), [("2026-10-03", "yet to come"), ("2026-06-30", "already")]
)
def test_a_day_that_does_not_fit_is_refused_at_its_field(world: World, day: str, said: str) -> None:
    client = browser(world, "linzhou_manager")
    address = page("villages_division", "change", world.units["hejian"].pk)
    send(client, address, name="合涧街道", takes_effect_on="2026-07-01")
    answer = send(client, address, name="新合镇", takes_effect_on=day)
    form = answer.context["adminform"].form
    assert said in form.errors["takes_effect_on"][0]
    assert fresh(world, "hejian").name == "合涧街道"


def test_who_adds_a_unit_or_only_looks_is_asked_for_no_day(world: World) -> None:
    manager = browser(world, "linzhou_manager")
    auditor = browser(world, "city_auditor")
    address = page("villages_division", "change", world.units["hejian"].pk)
    assert "takes_effect_on" in fields(manager.get(address))
    assert "takes_effect_on" not in fields(manager.get(page("villages_division", "add")))
    assert b"takes_effect_on" not in auditor.get(address).content


def test_adding_a_merge_merges(world: World) -> None:
    answer = change(world, sources=["dongshan", "nanping"], targets=["xishan"])
    assert answer.status_code == 302
    assert DivisionChange.objects.filter(kind="merge", on=JULY).count() == 2
    assert fresh(world, "nanping").valid_to == JULY


@pytest.mark.parametrize("goes_on", ["on", None])
def test_adding_a_split_splits(world: World, goes_on: str | None) -> None:
    typed = {"kind": "split", "goes_on": goes_on}
    assert change(world, sources=["dongshan"], targets=["xishan"], **typed).status_code == 302
    assert DivisionChange.objects.get().kind == "split"
    assert fresh(world, "dongshan").valid_to == (None if goes_on else JULY)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"sources": ["dongshan"], "targets": ["xishan", "nanping"]}, "name that one here"),
        ({"sources": ["dongshan"], "targets": ["hejian"]}, "Only units of the same level"),
        ({"sources": ["dongshan"], "targets": ["shiqiao"]}, "is not one of the available"),
        ({"sources": ["linzhou"], "targets": ["huaxian"]}, "is not one of the available"),
        ({"sources": ["dongshan"], "targets": ["xishan"], "on": "2026-11-01"}, "yet to come"),
        (
            {"kind": "split", "sources": ["hejian"], "targets": ["linqi"]},
            "合涧镇 still manages",
        ),
        (
            {"kind": "split", "sources": ["dongshan", "nanping"], "targets": ["xishan"]},
            "name that one here",
        ),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is(
    world: World, typed: dict[str, Any], said: str
) -> None:
    answer = change(world, **typed)
    assert answer.status_code == 200
    assert any(said in message for message in errors(answer)), errors(answer)
    assert not DivisionChange.objects.exists()
    assert not Division.objects.exclude(valid_to=None).exists()


def test_of_a_change_only_its_basis_is_put_right(world: World) -> None:
    (row,) = actions.merge([world.units["dongshan"]], world.units["xishan"], JULY)
    client, address = browser(world, "linzhou_manager"), page(ADD, "change", row.pk)
    assert send(client, address, note="林政〔2026〕9号", on="2026-01-01").status_code == 302
    row.refresh_from_db()
    assert (row.note, row.on) == ("林政〔2026〕9号", JULY)


def test_deleting_the_last_change_takes_it_back(world: World) -> None:
    (row,) = actions.merge([world.units["hejian"]], world.units["linqi"], JULY)
    client = browser(world, "linzhou_manager")
    assert client.post(page(ADD, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert not DivisionChange.objects.exists()
    assert fresh(world, "hejian").valid_to is None
    assert fresh(world, "dongshan").parent == world.units["hejian"]


def test_a_change_that_others_followed_stays_and_says_why(world: World) -> None:
    village = fresh(world, "dongshan")
    village.name = "东岗村民委员会"
    village.place(JULY)
    row = DivisionChange.objects.get()
    actions.merge([village], world.units["xishan"], JULY)
    client = browser(world, "linzhou_manager")
    answer = client.post(page(ADD, "delete", row.pk), {"post": "yes"}, follow=True)
    assert "东岗村民委员会 changed again since." in answer.content.decode()
    assert DivisionChange.objects.count() == 2
    assert "delete_selected" not in client.get(page(ADD)).content.decode()


def test_the_name_of_a_unit_of_others_is_not_told(world: World) -> None:
    township = Division.objects.select_related("parent").get(pk=world.units["hejian"].pk)
    township.parent = world.units["huaxian"]
    township.place(JULY)
    row = page(ADD, "change", DivisionChange.objects.get().pk)
    world.users["linzhou_manager"].division = world.units["huaxian"]
    world.users["linzhou_manager"].save()
    assert "林州市" not in browser(world, "linzhou_manager").get(row).content.decode()
    assert "林州市" in browser(world, "city_manager").get(row).content.decode()


@pytest.mark.parametrize(
    ("who", "status", "under"),
    [("linzhou_manager", 403, "linzhou"), ("city_manager", 302, "huaxian")],
)
def test_only_who_keeps_the_old_managing_unit_takes_a_transfer_back(
    world: World, who: str, status: int, under: str
) -> None:
    township = fresh(world, "feidi")
    township.parent = world.units["linzhou"]
    township.place(JULY)
    row = DivisionChange.objects.get()
    answer = browser(world, who).post(page(ADD, "delete", row.pk), {"post": "yes"})
    assert answer.status_code == status
    assert fresh(world, "feidi").parent == world.units[under]


def test_a_county_takes_back_a_transfer_between_its_own_townships(world: World) -> None:
    village = fresh(world, "dongshan")
    village.parent = world.units["linqi"]
    village.place(JULY)
    client, row = browser(world, "linzhou_manager"), DivisionChange.objects.get()
    assert client.post(page(ADD, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert fresh(world, "dongshan").parent == world.units["hejian"]


def test_a_change_says_what_was_before_and_after_it(world: World) -> None:
    for name, parent in (("东岗村", "linqi"), ("东岭村", "guiyuan")):
        village = Division.objects.select_related("parent").get(pk=world.units["dongshan"].pk)
        village.name, village.parent = name, world.units[parent]
        village.place(JULY)
    told = {
        "东山村民委员会 → 东岗村",
        "东岗村 → 东岭村",
        "合涧镇 → 临淇镇",
        "临淇镇 → 桂园街道",
    }
    rows = DivisionChange.objects.all()
    reader = world.users["linzhou_manager"]
    assert {f"{row.before(reader)} → {row.after(reader)}" for row in rows} == told
    listed = browser(world, "linzhou_manager").get(page(ADD)).content.decode()
    assert all(ends in listed for ends in told)
    names = [str(row) for row in rows.filter(kind="rename").order_by("pk")]
    assert names[0].endswith(" 东山村民委员会 → 东岗村")
    assert names[1].endswith(" 东岗村 → 东岭村")
    assert "镇" not in str(rows.filter(kind="transfer").first())


def test_the_list_of_changes_does_not_name_units_of_others(world: World) -> None:
    township = Division.objects.select_related("parent").get(pk=world.units["feidi"].pk)
    township.parent = world.units["linzhou"]
    township.place(JULY)
    change = DivisionChange.objects.get()
    county, city = world.users["linzhou_manager"], world.users["city_manager"]
    assert (change.after(county), change.before(city)) == ("林州市", "滑县")
    assert "滑县" not in browser(world, "linzhou_manager").get(page(ADD)).content.decode()


def test_what_has_ended_is_offered_no_more_as_one_types(world: World) -> None:
    actions.merge([world.units["dongshan"]], world.units["xishan"], JULY)
    query = {"app_label": "villages", "model_name": "villageprofile", "field_name": "division"}
    client = browser(world, "linzhou_manager")
    found = client.get("/admin/autocomplete/", query | {"term": "山村"}).json()["results"]
    assert {row["text"] for row in found} == {"西山村委会", "东山村民委员会"}
    ids = {int(row["id"]) for row in found}
    assert world.units["dongshan"].pk not in ids
    assert world.units["dongshan_linqi"].pk in ids
