from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from tasks.models import Entry, EntrySummary, Ledger, RankingExclusion
from tests.tasks.pages import at, english, shown
from tests.world import NOW, UNITS, World

SignIn = Callable[[str], Client]


def accept_all(world: World, unit: str, quarter: int) -> None:
    lines = Entry.objects.within(world.units[unit]).filter(period=world.periods[quarter])
    lines.update(state="accepted", first_submitted_at=NOW)
    EntrySummary.objects.rebuild(world.ledger)


def test_units_stand_in_the_order_of_the_measure_with_their_movement(
    world: World, signed_in: SignIn
) -> None:
    accept_all(world, "linzhou", 2)
    accept_all(world, "huaxian", 3)
    board = signed_in("city_viewer").get(at("dashboard:ranking", "city")).context["board"]
    first, second = board.ranked
    assert (first.row.division, first.rank, first.rank_before) == (world.units["huaxian"], 1, 2)
    assert (second.row.division, second.rank, second.rank_before) == (world.units["linzhou"], 2, 1)
    assert (first.moved, second.moved) == (1, -1)
    assert (first.part, first.whole) == (first.row.counts.accepted, first.row.counts.owed)


def test_the_definition_stands_beside_the_ranking(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_viewer"))
    assert "Finally accepted ÷ owed" in shown(client.get(at("dashboard:ranking", "city")))
    page = client.get(at("dashboard:ranking", "city") + "?measure=on_time")
    assert "First submitted by the due date ÷ reported" in shown(page)


def test_the_city_ranks_all_its_townships_where_asked(world: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:ranking", "city") + "?level=township")
    assert {one.row.division.level for one in page.context["board"].ranked} == {"township"}


def test_a_unit_without_anything_to_measure_has_no_rank(world: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:ranking", "city") + "?measure=on_time")
    assert {one.rank for one in page.context["board"].ranked} == {None}


def exclude(client: Client, unit: str, reason: str, above: str = "linzhou") -> object:
    data = {"division": "", "reason": reason, "key": "k"}
    data["division"] = str(_pk(unit)) if unit else ""
    return client.post(at("dashboard:ranking", above), data)


def _pk(unit: str) -> int:
    from villages.models import Division

    return int(Division.objects.get(code=UNITS[unit]).pk)


def test_a_unit_that_is_not_compared_stands_last_with_the_reason(
    world: World, signed_in: SignIn
) -> None:
    accept_all(world, "linzhou", 3)
    client = signed_in("linzhou_reviewer")
    exclude(client, "hejian", "整乡搬迁，任务暂缓")
    page = client.get(at("dashboard:ranking", "linzhou"))
    last = page.context["board"].ranked[-1]
    assert (last.row.division, last.rank) == (world.units["hejian"], None)
    assert "整乡搬迁，任务暂缓" in shown(page)
    stands = RankingExclusion.objects.get()
    assert (stands.by, stands.period) == (world.users["linzhou_reviewer"], world.periods[3])
    client.post(at("dashboard:ranking", "linzhou"), {"end": stands.pk, "key": "e"})
    stands.refresh_from_db()
    assert stands.ended_by == world.users["linzhou_reviewer"]
    again = client.get(at("dashboard:ranking", "linzhou")).context["board"].ranked
    assert all(one.rank for one in again)


def test_last_quarters_rank_is_that_of_its_own_ranking(world: World, signed_in: SignIn) -> None:
    """Who was left out then had no rank then; who is left out now had one."""
    accept_all(world, "hejian", 2)
    by = world.users["linzhou_reviewer"]
    for quarter, unit in ((2, "hejian"), (3, "linqi")):
        RankingExclusion.objects.create(
            division=world.units[unit], period=world.periods[quarter], reason="x", by=by, at=NOW
        )
    accept_all(world, "linqi", 2)
    accept_all(world, "hejian", 3)
    client = signed_in("linzhou_reviewer")
    now = client.get(at("dashboard:ranking", "linzhou")).context["board"].ranked
    before = client.get(at("dashboard:ranking", "linzhou", 2)).context["board"].ranked
    then = {one.row.division.pk: one.rank for one in before}
    assert {one.row.division.pk: one.rank_before for one in now} == then
    assert then[world.units["hejian"].pk] is None


def test_while_nobody_has_any_part_there_are_no_ranks(world: World, signed_in: SignIn) -> None:
    board = signed_in("city_viewer").get(at("dashboard:ranking", "city")).context["board"]
    assert {one.rank for one in board.ranked} == {None}


def test_the_city_sees_and_ends_what_a_county_left_out_of_its_townships(
    world: World, signed_in: SignIn
) -> None:
    exclude(signed_in("linzhou_reviewer"), "hejian", "整乡搬迁")
    stands = RankingExclusion.objects.get()
    city, address = signed_in("city_manager"), at("dashboard:ranking", "city") + "?level=township"
    page = city.get(address)
    assert [one.pk for one in page.context["exclusions"]] == [stands.pk]
    assert world.units["hejian"] not in page.context["exclude"].fields["division"].queryset
    city.post(address, {"end": stands.pk, "key": "k"})
    stands.refresh_from_db()
    assert stands.ended_by == world.users["city_manager"]


def test_of_a_closed_year_nobody_is_left_out_any_more(world: World, signed_in: SignIn) -> None:
    Ledger.objects.update(state="closed", closed_at=NOW)
    client = english(signed_in("linzhou_reviewer"))
    data = {"division": _pk("hejian"), "reason": "x", "key": "k"}
    page = client.post(at("dashboard:ranking", "linzhou"), data, follow=True)
    assert "The ledger of this year is closed." in shown(page)
    assert not RankingExclusion.objects.exists()


def test_leaving_a_unit_out_wants_a_reason(world: World, signed_in: SignIn) -> None:
    page = exclude(signed_in("linzhou_reviewer"), "hejian", "")
    assert page.status_code == 422  # type: ignore[attr-defined]
    assert not RankingExclusion.objects.exists()


@pytest.mark.parametrize("unit", ["baidaokou", "linzhou", "dongshan"])
def test_only_units_right_below_are_left_out(world: World, signed_in: SignIn, unit: str) -> None:
    page = exclude(signed_in("linzhou_reviewer"), unit, "试试")
    assert page.status_code == 422  # type: ignore[attr-defined]
    assert not RankingExclusion.objects.exists()


def test_a_form_sent_twice_has_one_effect_and_a_key_that_is_none_is_told(
    world: World, signed_in: SignIn
) -> None:
    client = english(signed_in("linzhou_reviewer"))
    for _ in range(2):
        exclude(client, "hejian", "搬迁")
    assert RankingExclusion.objects.count() == 1
    data = {"division": _pk("linqi"), "reason": "x", "key": "键"}
    page = client.post(at("dashboard:ranking", "linzhou"), data, follow=True)
    assert "The key of this request cannot be read" in shown(page)


def test_who_does_not_review_leaves_nobody_out(world: World, signed_in: SignIn) -> None:
    assert exclude(signed_in("linzhou_viewer"), "hejian", "试试").status_code == 403  # type: ignore[attr-defined]
    text = shown(english(signed_in("linzhou_viewer")).get(at("dashboard:ranking", "linzhou")))
    assert "Leave out of the ranking" not in text


def test_nobody_ends_what_stands_for_units_of_others(world: World, signed_in: SignIn) -> None:
    stands = RankingExclusion.objects.create(
        division=world.units["baidaokou"], period=world.periods[3], reason="x",
        by=world.users["huaxian_reviewer"], at=NOW,
    )  # fmt: skip
    signed_in("linzhou_reviewer").post(at("dashboard:ranking", "linzhou"), {"end": stands.pk})
    stands.refresh_from_db()
    assert stands.ended_at is None


def test_the_database_keeps_one_at_a_time_and_wants_a_reason(world: World) -> None:
    given = dict(division=world.units["hejian"], period=world.periods[3], at=NOW,
                 by=world.users["city_manager"])  # fmt: skip
    RankingExclusion.objects.create(**given, reason="x")
    for reason in ("y", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            RankingExclusion.objects.create(**given, reason=reason)
