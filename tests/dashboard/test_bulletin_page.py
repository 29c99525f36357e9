"""Bulletins begun, written, issued, read and compared on their pages."""

import datetime
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from dashboard.bulletin.frozen import Frozen
from tasks.models import Bulletin
from tests.dashboard.bulletins import AFTER_DUE, draft, issued, row
from tests.tasks.pages import english, fields, send, shown, told
from tests.tasks.verbs import accept, accepted, code_of, moment, submitted
from tests.world import World

SignIn = Callable[[str], Client]
LIST = "/bulletins/"
NEW = "/bulletins/new/"


@pytest.fixture(autouse=True)
def _after_the_due_date(world: World) -> Iterator[None]:
    with time_machine.travel(AFTER_DUE, tick=False):
        yield


@pytest.fixture
def city(world: World, signed_in: SignIn) -> Client:
    return english(signed_in("city_manager"))


def at(name: str, *pks: int) -> str:
    return reverse(f"dashboard:{name}", args=pks)


def test_a_draft_is_begun_with_the_figures_of_the_moment(world: World, city: Client) -> None:
    submitted(world)
    page = city.get(NEW)
    assert "Oct. 7, 2026, 4:20 p.m." in shown(page)
    sent = city.post(NEW, fields(page))
    bulletin = Bulletin.objects.get()
    assert sent["Location"] == at("bulletin_edit", bulletin.pk)
    assert (bulletin.division, bulletin.period) == (world.units["city"], world.periods[3])
    assert (bulletin.state, bulletin.frozen_at) == ("draft", AFTER_DUE)
    assert Frozen.from_json(bulletin.figures).total.reported == 1
    assert bulletin.requirements
    assert "figures as of" in shown(city.get(at("bulletin", bulletin.pk)))


def test_a_double_click_begins_one_draft(world: World, city: Client) -> None:
    sent = fields(city.get(NEW))
    assert city.post(NEW, sent)["Location"] == city.post(NEW, sent)["Location"]
    assert Bulletin.objects.count() == 1


def test_a_quarter_that_has_not_begun_is_refused(world: World, city: Client) -> None:
    page = city.post(NEW, fields(city.get(NEW)) | {"period": str(world.periods[4].pk)})
    assert page.status_code == 422
    assert not Bulletin.objects.exists()


def test_a_quarter_may_have_several_each_with_its_own_figures(world: World, city: Client) -> None:
    first = issued(world)
    accepted(world)
    second = draft(world)
    totals = [Frozen.from_json(b.figures).total.accepted for b in (first, second)]
    assert totals == [0, 1]
    assert second.number == "安组通〔2026〕2号"


def test_texts_are_written_while_it_is_a_draft(world: World, city: Client) -> None:
    bulletin = draft(world)
    typed = {"practices": "（一）新做法。内容。", "number": "安组通〔2026〕19号"}
    sent = send(city, at("bulletin_edit", bulletin.pk), typed)
    assert sent.status_code == 302
    page = shown(city.get(at("bulletin", bulletin.pk)))
    assert "<b>（一）新做法。</b>内容。" in page
    assert "安组通〔2026〕19号" in page


def test_what_somebody_else_wrote_is_not_overwritten(world: World, city: Client) -> None:
    bulletin = draft(world)
    mine = fields(city.get(at("bulletin_edit", bulletin.pk)))
    bulletin.write(bulletin.version, {"practices": "他人所写"})
    page = city.post(at("bulletin_edit", bulletin.pk), mine | {"practices": "我写的"})
    assert page.status_code == 409
    assert "他人所写" in shown(page)
    assert fields(page)["practices"] == "我写的"
    bulletin.refresh_from_db()
    assert bulletin.practices == "他人所写"
    # Saved once more, it is meant.
    assert city.post(at("bulletin_edit", bulletin.pk), fields(page)).status_code == 302
    bulletin.refresh_from_db()
    assert bulletin.practices == "我写的"


def test_things_are_put_right_on_a_day_to_come(world: World, city: Client) -> None:
    bulletin = draft(world)
    page = send(city, at("bulletin_edit", bulletin.pk), {"rectify_by": "2026-10-06"})
    assert page.status_code == 422
    assert "This day has passed" in shown(page)
    sent = send(city, at("bulletin_edit", bulletin.pk), {"rectify_by": "2026-10-07"})
    assert sent.status_code == 302


def test_the_proposed_day_is_not_before_the_quarter_is_due(world: World) -> None:
    third = world.periods[3]
    assert draft(world).rectify_by == datetime.date(2026, 11, 6)
    assert draft(world, at=moment(7, 2)).rectify_by == third.due


def test_quarters_that_are_not_due_are_marked(world: World, city: Client) -> None:
    assert "2026 Q3 (not yet due)" not in shown(city.get(NEW))
    with time_machine.travel(moment(10, 5), tick=False):
        page = shown(city.get(NEW))
    assert page.count("(not yet due)</option>") == 1
    assert "nobody is named as silent or overdue" in page


def test_a_text_that_is_missing_is_told_at_its_field(world: World, city: Client) -> None:
    bulletin = draft(world)
    page = send(city, at("bulletin_edit", bulletin.pk), {"title": ""})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"title"}
    assert page.context["form"]["title"].label == "Title of the bulletin"


def press(client: Client, bulletin: Bulletin) -> Any:
    """The button “Issue” of the page as it stands."""
    sent = fields(client.get(at("bulletin", bulletin.pk)))
    return client.post(at("bulletin_issue", bulletin.pk), sent)


def test_it_is_issued_once_and_says_by_whom(world: World, city: Client) -> None:
    bulletin = draft(world)
    assert any("Issued" in said for said in told(city, press(city, bulletin)))
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.issued_at) == ("issued", AFTER_DUE)
    assert bulletin.issued_by == world.users["city_manager"]
    page = shown(city.get(at("bulletin", bulletin.pk)))
    assert "2026年10月7日" in page
    assert at("bulletin_edit", bulletin.pk) not in page


@pytest.mark.parametrize("name", Bulletin.NEEDED_TO_ISSUE)
def test_an_unfinished_one_is_not_issued(world: World, city: Client, name: str) -> None:
    empty: dict[str, Any] = {name: " "}
    bulletin = draft(world, **empty)
    assert any("Not issued yet" in said for said in told(city, press(city, bulletin)))
    bulletin.refresh_from_db()
    assert bulletin.state == "draft"


def test_a_number_is_issued_once(world: World, city: Client) -> None:
    number = issued(world).number
    second = draft(world, number=number)
    assert any(number in said for said in told(city, press(city, second)))
    second.refresh_from_db()
    assert second.state == "draft"


def test_a_draft_that_changed_is_read_again_before_it_is_issued(world: World, city: Client) -> None:
    bulletin = draft(world)
    sent = fields(city.get(at("bulletin", bulletin.pk)))
    bulletin.write(bulletin.version, {"practices": "他人所写"})
    city.post(at("bulletin_issue", bulletin.pk), sent)
    bulletin.refresh_from_db()
    assert bulletin.state == "draft"


def by_the_pages(world: World, bulletin: Bulletin, sign_in: SignIn) -> None:
    client = sign_in("city_manager")
    texts = dict.fromkeys(Bulletin.TEXTS, "另") | {"rectify_by": "2030-01-01"}
    for version in ("1", "2", "3"):
        texts["version"] = version
        client.post(at("bulletin_edit", bulletin.pk), texts)
        client.post(at("bulletin_issue", bulletin.pk), texts)
    client.post(at("bulletin_discard", bulletin.pk))


def by_the_verbs(world: World, bulletin: Bulletin, sign_in: SignIn) -> None:
    stale = Bulletin.objects.get(pk=bulletin.pk)
    stale.state = "draft"
    by = world.users["city_manager"]
    for version in (1, 2, 3):
        for verb in (
            partial(stale.write, version, {"practices": "另"}),
            partial(stale.issue, version, by, AFTER_DUE, None),
            stale.discard,
        ):
            with pytest.raises(ValidationError) as refused:
                verb()
            assert code_of(refused.value) == "issued"


def by_the_admin(world: World, bulletin: Bulletin, sign_in: SignIn) -> None:
    client = sign_in("city_manager")
    change = reverse("admin:tasks_bulletin_change", args=[bulletin.pk])
    delete = reverse("admin:tasks_bulletin_delete", args=[bulletin.pk])
    assert client.post(change, {"title": "另", "practices": "另"}).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [bulletin.pk], "post": "yes"}
    client.post(reverse("admin:tasks_bulletin_changelist"), chosen)


def by_what_goes_on(world: World, bulletin: Bulletin, sign_in: SignIn) -> None:
    accepted(world)
    world.units["linzhou"].name = "改名市"
    world.units["linzhou"].save()


@pytest.mark.parametrize("path", [by_the_pages, by_the_verbs, by_the_admin, by_what_goes_on])
def test_an_issued_bulletin_changes_on_no_path(
    world: World, signed_in: SignIn, path: Callable[..., None]
) -> None:
    bulletin = issued(world)
    before, page = row(bulletin), signed_in("city_viewer").get(at("bulletin", bulletin.pk))
    path(world, bulletin, signed_in)
    assert row(bulletin) == before
    again = signed_in("city_viewer").get(at("bulletin", bulletin.pk))
    assert again.context["document"] == page.context["document"]


def test_a_draft_is_thrown_away(world: World, city: Client) -> None:
    bulletin = draft(world)
    assert city.post(at("bulletin_discard", bulletin.pk))["Location"] == LIST
    assert not Bulletin.objects.exists()


@pytest.mark.parametrize(
    ("unit", "who", "of_draft", "of_issued"),
    [
        ("city", "city_manager", 200, 200),
        ("city", "city_viewer", 404, 200),
        ("city", "city_auditor", 404, 200),
        ("city", "linzhou_manager", 404, 200),
        ("city", "linzhou_reviewer", 404, 200),
        ("city", "hejian_reporter", 404, 404),
        ("city", "dongshan_reporter", 404, 404),
        ("linzhou", "linzhou_manager", 200, 200),
        ("linzhou", "linzhou_viewer", 404, 200),
        ("linzhou", "city_manager", 404, 200),
        ("linzhou", "hejian_reporter", 404, 200),
        ("linzhou", "dongshan_reporter", 404, 404),
        ("linzhou", "huaxian_reviewer", 404, 404),
        ("linzhou", "baidaokou_reporter", 404, 404),
    ],
)
def test_drafts_are_for_their_managers_and_issued_ones_for_the_addressees(
    world: World, signed_in: SignIn, unit: str, who: str, of_draft: int, of_issued: int
) -> None:
    client = signed_in(who)
    for bulletin, status in ((draft(world, unit), of_draft), (issued(world, unit), of_issued)):
        for name in ("bulletin", "bulletin_word"):
            assert client.get(at(name, bulletin.pk)).status_code == status
        listed = client.get(LIST).context["page"].object_list
        assert (bulletin in list(listed)) == (status == 200)


@pytest.mark.parametrize(
    ("who", "unit", "reads"),
    [
        ("linzhou_viewer", "city", True),
        ("hejian_reporter", "city", False),
        ("hejian_reporter", "linzhou", True),
        ("dongshan_reporter", "linzhou", False),
    ],
)
def test_annexes_go_out_to_the_addressees_alone(
    world: World, signed_in: SignIn, who: str, unit: str, *, reads: bool
) -> None:
    bulletin = issued(world, unit)
    for name in ("bulletin_ranking", "bulletin_problems"):
        address = reverse("spreadsheets:download", args=[name])
        answer: Any = signed_in(who).get(address, {"bulletin": bulletin.pk})
        if answer.streaming:  # read to its end, which is where the file is closed
            b"".join(answer.streaming_content)
        assert ("spreadsheetml" in answer["Content-Type"]) == reads


@pytest.mark.parametrize(
    ("who", "offered"),
    [("city_viewer", True), ("hejian_reporter", True), ("dongshan_reporter", False)],
)
def test_the_menu_has_bulletins_for_those_whom_any_can_reach(
    world: World, signed_in: SignIn, who: str, *, offered: bool
) -> None:
    assert (f'href="{LIST}"' in shown(signed_in(who).get("/password/"))) == offered


def test_addresses_of_buttons_lead_to_the_bulletin(world: World, city: Client) -> None:
    """Whoever signs in again after the session has expired lands there."""
    bulletin = draft(world)
    for name in ("bulletin_issue", "bulletin_discard"):
        answer = city.get(at(name, bulletin.pk))
        assert (answer.status_code, answer["Location"]) == (302, at("bulletin", bulletin.pk))
    bulletin.refresh_from_db()
    assert bulletin.is_draft


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("linzhou_manager", 200),
        ("city_viewer", 403),
        ("linzhou_reviewer", 403),
        ("hejian_reviewer", 403),
    ],
)
def test_managers_of_city_and_counties_begin_bulletins(
    world: World, signed_in: SignIn, who: str, status: int
) -> None:
    assert signed_in(who).get(NEW).status_code == status


def test_two_bulletins_of_a_quarter_are_compared(world: World, city: Client) -> None:
    first = issued(world)
    accepted(world)
    second = draft(world, at=moment(10, 8))
    page = city.get(at("bulletin_compare", first.pk, second.pk))
    whole, huaxian, linzhou = page.context["units"]
    differing = [
        {str(pair.label): (pair.one, pair.other) for pair in unit.pairs if pair.differs}
        for unit in (whole, huaxian, linzhou)
    ]
    assert "On-time rate" in [str(pair.label) for pair in whole.pairs]
    assert differing[0]["Accepted"] == differing[2]["Accepted"] == ("0", "1")
    assert differing[1] == {"Rank": ("—", "2")}
    assert page.context["differing"] == 2
    said = shown(page)
    assert "<del>0</del><br><ins>1</ins>" in said
    assert ("林州市合涧镇", True) in [(p, a != b) for p, a, b in page.context["problems"]]


def test_bulletins_of_other_units_or_quarters_are_not_compared(world: World, city: Client) -> None:
    one, other = issued(world), issued(world, "linzhou")
    assert city.get(at("bulletin_compare", one.pk, other.pk)).status_code == 404
    other = draft(world)
    Bulletin.objects.filter(pk=other.pk).update(period=world.periods[2])
    assert city.get(at("bulletin_compare", one.pk, other.pk)).status_code == 404


def test_a_foreign_draft_is_compared_with_nothing(world: World, signed_in: SignIn) -> None:
    one, other = issued(world), draft(world)
    client = signed_in("linzhou_manager")
    assert client.get(at("bulletin_compare", one.pk, other.pk)).status_code == 404


def test_accepting_afterwards_shows_in_a_new_one_alone(world: World, city: Client) -> None:
    submitted(world)
    bulletin = issued(world)
    assert accept(world, "hejian_reviewer", world.entry("dongshan", "income")).done
    assert accept(world, "linzhou_reviewer", world.entry("dongshan", "income")).done
    rows = city.get(at("bulletin", bulletin.pk)).context["document"].ranking
    assert [row[3] for row in rows] == ["0", "0"]
    assert [
        row[3] for row in city.get(at("bulletin", draft(world).pk)).context["document"].ranking
    ] == ["1", "0"]
