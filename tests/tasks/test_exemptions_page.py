"""Asking on the page of a line, and deciding on the page of exemptions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tasks.actions import exempting
from tasks.actions.exempting import ask
from tasks.models import EntryChange, Exemption
from tests.tasks.pages import english, fields, shown, told
from tests.tasks.verbs import author, save, submitted
from tests.world import World

SignIn = Callable[[str], Client]
PAGE = "/exemptions/"
REASON = "整村搬迁，项目已移交"
UNITS = ("dongshan", "xishan", "nanping")


def asked(world: World, unit: str = "dongshan", task: str = "income") -> Exemption:
    who = f"{unit}_reporter" if f"{unit}_reporter" in world.users else "hejian_reporter"
    entry = world.entry(unit, task)
    return ask(entry.pk, entry.version, REASON, author(world, who))


def shown_now(*exemptions: Exemption) -> list[str]:
    """As the boxes of the page name them, with the version of their line."""
    found = Exemption.objects.filter(pk__in=[one.pk for one in exemptions]).select_related("entry")
    return [f"{one.pk}:{one.entry.version}" for one in found]


def decide(pk: int, grant: bool, comment: str, who: actions.Author) -> Exemption:
    """By somebody who sees the line as it is now."""
    version = Exemption.objects.get(pk=pk).entry.version
    return exempting.decide(pk, version, grant, comment, who)


@pytest.fixture
def village(signed_in: SignIn) -> Client:
    return english(signed_in("dongshan_reporter"))


@pytest.fixture
def town(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reviewer"))


def address(world: World, verb: str = "") -> str:
    return f"/entries/{world.entry('dongshan', 'income').pk}/{verb}"


def listed(client: Client, **query: Any) -> list[Exemption]:
    return list(client.get(PAGE, query).context["page"])


def test_a_question_is_asked_on_the_page_of_the_line(world: World, village: Client) -> None:
    sent = fields(village.get(address(world)))
    answer = village.post(address(world, "exemption/"), sent | {"reason": REASON})
    assert told(village, answer) == ["The exemption is asked for; the level above decides."]
    page = shown(village.get(address(world)))
    assert REASON in page
    assert "it waits for the Township" in page
    assert "Ask for an exemption" not in page


def test_the_same_question_sent_twice_is_one(world: World, village: Client) -> None:
    sent = fields(village.get(address(world))) | {"reason": REASON}
    for _time in range(2):
        assert village.post(address(world, "exemption/"), sent).status_code == 302
    assert Exemption.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "长" * 201])
def test_a_reason_that_will_not_do_comes_back_with_what_is_wrong(
    world: World, village: Client, reason: str
) -> None:
    sent = fields(village.get(address(world))) | {"reason": reason}
    page = village.post(address(world, "exemption/"), sent)
    assert page.status_code == 422
    assert fields(page)["reason"] == reason
    assert not Exemption.objects.exists()


def test_on_a_line_that_moved_on_the_reason_is_kept(world: World, village: Client) -> None:
    sent = fields(village.get(address(world))) | {"reason": REASON}
    save(world, "hejian_reporter", world.entry("dongshan", "income"), value=5)
    page = village.post(address(world, "exemption/"), sent)
    assert page.status_code == 409
    assert "Somebody changed this line meanwhile" in shown(page)
    again = fields(page)
    assert again["reason"] == REASON
    assert village.post(address(world, "exemption/"), again).status_code == 302


def test_a_question_is_withdrawn_by_its_asker(world: World, village: Client, town: Client) -> None:
    exemption = asked(world)
    assert town.post(f"{PAGE}{exemption.pk}/withdraw/").status_code == 403
    answer = village.post(f"{PAGE}{exemption.pk}/withdraw/")
    assert told(village, answer) == ["The question was withdrawn."]
    assert "withdrew the question" in shown(village.get(address(world)))
    decided = asked(world)
    decide(decided.pk, True, "", author(world, "hejian_reviewer"))
    answer = village.post(f"{PAGE}{decided.pk}/withdraw/")
    assert told(village, answer) == ["This has been decided already."]


def test_many_are_granted_at_once(world: World, town: Client, signed_in: SignIn) -> None:
    chosen = shown_now(asked(world), asked(world, "dongshan", "meeting"))
    asked(world, "nanping")
    assert "Exemptions" in shown(town.get(PAGE))
    answer = town.post(PAGE, {"do": "grant", "exemption": chosen, "comment": "同意"})
    assert told(town, answer) == ["2 exemptions granted."]
    assert EntryChange.objects.filter(verb="exempt").count() == 2
    page = shown(signed_in("dongshan_reporter").get(address(world)))
    assert REASON in page
    assert "hejian reviewer" in page
    assert "同意" in page


def test_refusing_wants_a_comment_and_keeps_the_choice(world: World, town: Client) -> None:
    exemption = asked(world)
    chosen = shown_now(exemption)
    page = town.post(PAGE, {"do": "refuse", "exemption": chosen, "comment": " "})
    assert page.status_code == 422
    assert "Say why the exemption is refused." in shown(page)
    assert f'value="{chosen[0]}" checked' in shown(page)
    answer = town.post(PAGE, {"do": "refuse", "exemption": chosen, "comment": "项目仍在"})
    assert told(town, answer) == ["1 exemption refused."]
    assert "项目仍在" in shown(town.get(PAGE))


def test_a_line_that_was_filled_in_meanwhile_is_looked_at_again(world: World, town: Client) -> None:
    exemption, other = asked(world), asked(world, "dongshan", "meeting")
    chosen = shown_now(exemption, other)
    assert "Filled in:" not in shown(town.get(PAGE))
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=60)
    answer = town.post(PAGE, {"do": "grant", "exemption": chosen, "comment": "", "key": "k"})
    done, refused = told(town, answer)
    assert done == "1 exemption granted."
    assert "The line was changed meanwhile; look at what it holds now, and decide." in refused
    assert world.entry("dongshan", "income").value == 60
    page = shown(town.get(PAGE))
    assert "Filled in: 60" in page
    again = shown_now(exemption)
    assert f'value="{again[0]}"' in page
    answer = town.post(PAGE, {"do": "grant", "exemption": again, "comment": "", "key": "l"})
    assert told(town, answer) == ["1 exemption granted."]


def test_the_page_of_the_line_says_that_handing_in_withdrew_the_question(
    world: World, village: Client
) -> None:
    asked(world)
    submitted(world)
    page = shown(village.get(address(world)))
    assert "withdrew the question for exemption by submitting the line" in page
    assert "it waits for the" not in page


def test_nothing_chosen_is_said(world: World, town: Client) -> None:
    asked(world)
    for wrong in ([], ["x"], ["9" * 30], [""], ["1"], ["1:"], ["1:" + "9" * 30]):
        page = town.post(PAGE, {"do": "grant", "exemption": wrong})
        assert page.status_code == 422
        assert told(town, page) == ["Tick something first."]


def test_what_does_not_wait_here_is_refused_in_words(
    world: World, signed_in: SignIn, village: Client
) -> None:
    exemption = asked(world)
    data = {"do": "grant", "exemption": shown_now(exemption)}
    county = english(signed_in("linzhou_reviewer"))
    assert "not waiting for your decision" in told(county, county.post(PAGE, data))[0]
    assert village.post(PAGE, data).status_code == 403
    foreign = english(signed_in("huaxian_reviewer"))
    assert told(foreign, foreign.post(PAGE, data)) == []
    assert Exemption.objects.get().verdict == ""


def test_the_list_shows_the_own_scope_with_what_waits_on_top(
    world: World, town: Client, signed_in: SignIn
) -> None:
    village, other = asked(world), asked(world, "xishan")
    county = asked(world, "nanping")
    decide(village.pk, True, "", author(world, "hejian_reviewer"))
    assert listed(town) == [other, county, village]
    assert listed(signed_in("dongshan_reporter")) == [village]
    assert listed(signed_in("linqi_reporter")) == []
    assert listed(signed_in("linzhou_reviewer"))[0] == county
    assert "sticky-actions" in shown(town.get(PAGE))
    assert "sticky-actions" not in shown(signed_in("linzhou_viewer").get(PAGE))


def test_the_list_is_narrowed_by_decision_and_quarter(world: World, town: Client) -> None:
    given, open_, county = asked(world), asked(world, "xishan"), asked(world, "nanping")
    withdrawn, refused = asked(world, "dongshan", "meeting"), asked(world, "xishan", "meeting")
    who = author(world, "hejian_reviewer")
    decide(given.pk, True, "", who)
    decide(refused.pk, False, "不同意", who)
    Exemption.objects.filter(pk=withdrawn.pk).update(
        verdict="withdrawn", decided_by=withdrawn.asked_by, decided_at=withdrawn.asked_at
    )
    assert listed(town, verdict="mine") == [open_]
    assert set(listed(town, verdict="waiting")) == {open_, county}
    assert listed(town, verdict="granted") == [given]
    assert listed(town, verdict="refused") == [refused]
    assert listed(town, verdict="withdrawn") == [withdrawn]
    assert listed(town, verdict="lifted") == []
    assert len(listed(town, period=world.periods[3].pk)) == 5
    assert listed(town, period=world.periods[2].pk) == []
    for wrong in ({"verdict": "x"}, {"period": "x"}, {"period": "9" * 30}, {"page": "99"}):
        assert town.get(PAGE, wrong).status_code == 200


def test_a_long_list_costs_no_more_queries(world: World, town: Client) -> None:
    asked(world)
    town.get(PAGE)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert town.get(PAGE).status_code == 200
        return len(captured)

    before = cost()
    for unit, task in [("xishan", "income"), ("nanping", "income"), ("xishan", "meeting")]:
        asked(world, unit, task)
    assert cost() == before <= 8


def test_an_exemption_is_lifted_on_the_page_of_the_line(
    world: World, town: Client, village: Client
) -> None:
    decide(asked(world).pk, True, "", author(world, "hejian_reviewer"))
    assert "Lift the exemption" not in shown(village.get(address(world)))
    sent = fields(town.get(address(world)))
    page = town.post(address(world, "lift/"), sent | {"comment": ""})
    assert page.status_code == 422
    assert "Say why the exemption is lifted." in shown(page)
    answer = town.post(address(world, "lift/"), sent | {"comment": "项目已恢复"})
    assert told(town, answer) == ["The exemption was lifted; the line is owed again."]
    assert world.entry("dongshan", "income").state == "blank"
    again = shown(village.get(address(world)))
    assert "项目已恢复" in again
    assert "Ask for an exemption" in again


@pytest.mark.parametrize(
    ("who", "ask_status", "lift_status"),
    [
        ("hejian_reporter", 302, 403),
        ("hejian_reviewer", 302, 422),
        ("linzhou_reviewer", 403, 422),
        ("city_auditor", 403, 403),
        ("xishan_reporter", 404, 403),
        ("huaxian_reviewer", 404, 404),
    ],
)
def test_who_may_ask_and_lift(
    world: World, signed_in: SignIn, who: str, ask_status: int, lift_status: int
) -> None:
    client, version = signed_in(who), world.entry("dongshan", "income").version
    data = {"version": version, "reason": REASON, "comment": "恢复"}
    assert client.post(address(world, "lift/"), data).status_code == lift_status
    assert client.post(address(world, "exemption/"), data).status_code == ask_status


def test_whoever_asked_reads_what_became_of_it_where_they_work(
    world: World, village: Client
) -> None:
    question = asked(world)
    report = f"/report/{world.units['dongshan'].code}/2026Q3/"
    for page in (report, "/my-work/"):
        assert "Awaiting decision" in shown(village.get(page))
    decide(question.pk, False, "项目仍在村里", author(world, "hejian_reviewer"))
    for page in (report, "/my-work/"):
        text = shown(village.get(page))
        assert "Not granted" in text
        assert "项目仍在村里" in text
    assert "<h1>My exemption requests</h1>" in shown(village.get(PAGE))
    ask(question.entry_id, question.entry.version, REASON, author(world, "dongshan_reporter"))
    assert "项目仍在村里" not in shown(village.get("/my-work/"))


def test_deciding_has_a_title_of_its_own(world: World, town: Client) -> None:
    asked(world)
    assert "<h1>Exemptions</h1>" in shown(town.get(PAGE))
