"""The second track: a lead organisation sees its tasks' lines and says what it thinks of them."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tasks.models import Entry, Opinion
from tests.tasks.pages import at, english, fields, shown, told
from tests.tasks.reviews import ME, chosen, meeting
from tests.tasks.verbs import accept, everything, refusal, save, seen, submitted
from tests.world import NOW, World

SignIn = Callable[[str], Client]
LEAD = "linzhou_viewer"
PAGE = at("tasks:second_track", "linzhou")
AGREES, OBJECTS = Opinion.Verdict.AGREES, Opinion.Verdict.OBJECTS


@pytest.fixture(autouse=True)
def _leads_the_income(world: World) -> None:
    world.tasks["income"].lead_reviewers.add(world.users[LEAD])


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in(LEAD))


def give(
    world: World, *entries: Entry, verdict: Opinion.Verdict = OBJECTS, words: str = "核对台账"
) -> actions.Outcome:
    return actions.give_opinion(seen(*entries), world.users[LEAD], verdict, words, NOW)


def test_an_opinion_is_kept_with_the_version_that_was_shown(world: World) -> None:
    entry = submitted(world)
    before = everything()
    assert give(world, entry, words="  核对台账 ").done
    opinion = Opinion.objects.get()
    assert (opinion.entry, opinion.version, opinion.by.username) == (entry, entry.version, LEAD)
    assert (opinion.verdict, opinion.comment, opinion.at) == ("objects", "核对台账", NOW)
    assert everything() == before, "it decides nothing"


def test_an_objection_has_words_and_room_for_500(world: World) -> None:
    entry = submitted(world)
    for words in ("", "  ", "长" * 501):
        with pytest.raises(ValidationError):
            give(world, entry, words=words)
    assert give(world, entry, verdict=AGREES, words="").done


def test_the_same_opinion_twice_is_one_and_another_is_refused(world: World) -> None:
    entry = submitted(world)
    give(world, entry)
    assert [same.pk for same in give(world, entry).unchanged] == [entry.pk]
    assert refusal(give(world, entry, verdict=AGREES)) == "said"
    assert Opinion.objects.count() == 1


def test_of_another_version_an_opinion_is_given_anew(world: World) -> None:
    entry = submitted(world)
    give(world, entry)
    accept(world, "hejian_reviewer", entry)
    assert refusal(give(world, entry)) == "conflict"
    assert give(world, world.entry("dongshan", "income"), verdict=AGREES).done


def test_a_line_that_is_not_reported_is_refused_in_words(world: World) -> None:
    save(world, ME, world.entry("dongshan", "income"), value=1)
    assert refusal(give(world, world.entry("dongshan", "income"))) == "not_reported"


def test_lines_of_other_tasks_and_other_places_are_missing(world: World) -> None:
    other = meeting(world)
    foreign = submitted(world, "shiqiao", "income", "baidaokou_reporter")
    outcome = give(world, other, foreign)
    assert outcome.missing == sorted([other.pk, foreign.pk])
    assert not Opinion.objects.exists()


def test_whoever_leads_no_task_says_nothing(world: World) -> None:
    entry = submitted(world)
    user = world.users["linzhou_manager"]
    with pytest.raises(PermissionDenied):
        actions.give_opinion(seen(entry), user, AGREES, "", NOW)


def test_the_page_lists_the_reported_lines_of_the_led_tasks_alone(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    meeting(world)
    save(world, "xishan_reporter", world.entry("xishan", "income"), value=1)
    assert [line for line, _said in client.get(PAGE).context["lines"]] == [entry]
    assert list(client.get(at("tasks:second_track", "linqi")).context["lines"]) == []


def test_many_lines_are_objected_to_at_once_and_shown_with_the_opinion(
    world: World, client: Client
) -> None:
    entries = [submitted(world), submitted(world, "xishan", "income", "xishan_reporter")]
    sent = {"do": "objects", "comment": "核对台账", "entry": chosen(*entries)}
    assert told(client, client.post(PAGE, sent)) == ["Your opinion of 2 lines was kept."]
    lines = client.get(PAGE).context["lines"]
    assert {said.comment for _line, said in lines} == {"核对台账"}
    assert client.get(PAGE, {"opinion": "agrees"}).context["lines"] == []
    assert len(client.get(PAGE, {"opinion": "objects"}).context["lines"]) == 2
    assert client.get(PAGE, {"opinion": "null"}).context["lines"] == []


def test_an_objection_without_words_is_refused_and_the_choice_kept(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    page = client.post(PAGE, {"do": "objects", "comment": " ", "entry": chosen(entry)})
    assert page.status_code == 422
    assert "Say what the objection is." in shown(page)
    assert f'value="{entry.pk}:{entry.version}" checked' in shown(page)
    assert client.post(PAGE, {"do": "agrees"}).status_code == 422
    assert client.post(PAGE, {"do": "x", "entry": chosen(entry)}).status_code == 422
    assert not Opinion.objects.exists()


def test_a_stale_version_is_a_conflict_and_the_words_stay(world: World, client: Client) -> None:
    entry = submitted(world)
    accept(world, "hejian_reviewer", entry)
    page = client.post(PAGE, {"do": "objects", "comment": "核对", "entry": chosen(entry)})
    assert page.status_code == 409
    assert fields(page)["comment"] == "核对"
    assert not Opinion.objects.exists()


def test_the_form_sent_twice_is_one_opinion(world: World, client: Client) -> None:
    sent = fields(client.get(PAGE)) | {"do": "agrees", "entry": chosen(submitted(world))[0]}
    assert [client.post(PAGE, sent).status_code for _ in range(2)] == [302, 302]
    assert Opinion.objects.count() == 1


def test_only_those_who_lead_a_task_meet_the_page_and_its_link(
    world: World, client: Client, signed_in: SignIn
) -> None:
    def names(browser: Client) -> set[str]:
        menu = browser.get("/ledgers/").context["menu"]
        return {name for link in menu for name in link.view_names}

    assert "second_track" in names(client)
    assert client.get("/lead/")["Location"] == PAGE
    other = signed_in("linzhou_manager")
    assert "second_track" not in names(other)
    assert [other.get(page).status_code for page in (PAGE, "/lead/")] == [403, 403]
    assert client.get(at("tasks:second_track", "huaxian")).status_code == 404


def test_the_opinions_of_an_entry_are_shown_with_their_words(world: World) -> None:
    entry = submitted(world)
    give(world, entry)
    opinions = entry.opinions.select_related("by")
    text = render_to_string("tasks/partials/opinions.html", {"opinions": opinions})
    assert "核对台账" in text
    assert render_to_string("tasks/partials/opinions.html", {"opinions": []}).strip() == ""


def test_the_page_costs_as_many_queries_for_more_lines(world: World, client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    give(world, submitted(world))
    client.get("/ledgers/")
    before = cost()
    give(world, submitted(world, "xishan", "income", "xishan_reporter"))
    submitted(world, "beiping", "income", "linqi_reporter")
    assert cost() == before <= 16


def test_on_their_first_page_those_who_only_lead_read_what_waits_for_their_opinion(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    text = shown(client.get("/my-work/"))
    assert "Tasks that we lead" in text
    assert '<b class="work-count">1</b>' in text
    assert "there is nothing for you" not in text
    assert '<span class="muted">–</span>' in shown(client.get(PAGE))
    give(world, entry)
    assert '<b class="work-count">0</b>' in shown(client.get("/my-work/"))


def test_who_neither_works_nor_leads_is_told_so(world: World, signed_in: SignIn) -> None:
    text = shown(english(signed_in("city_viewer")).get("/my-work/"))
    assert "there is nothing for you to report" in text
    assert "Tasks that we lead" not in text
