"""The pages of postings: the roster, one posting, an exchange, an appointment."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cadres.actions import postings
from cadres.models import Organization, Person, Posting
from cadres.posting_register import weak_villages
from tests.cadres.appointing import DAY, again, new, someone
from tests.tasks.pages import english, fields, shown, told
from tests.world import UNITS, World
from villages.models import VillageProfile

SignIn = Callable[[str], Client]
ONE = postings.ONE_DAY
CITY, LINZHOU, HEJIAN = UNITS["city"], UNITS["linzhou"], UNITS["hejian"]


def roster(client: Client, code: str = CITY, **choices: str) -> list[str]:
    page = english(client).get(f"/cadres/{code}/postings/", choices)
    assert page.status_code == 200
    return [row.posting.person.name for row in page.context["rows"]]


# The roster


def test_the_roster_lists_who_is_held_today_within_the_unit(signed_in: SignIn) -> None:
    client = signed_in("city_manager")
    assert set(roster(client)) == {"示一山", "示二山", "示三桥", "示五县", "示六镇", "示七镇"}
    assert set(roster(client, HEJIAN)) == {"示一山", "示二山", "示六镇", "示七镇"}
    assert roster(client, UNITS["dongshan"]) == ["示一山"]


@pytest.mark.parametrize(
    ("page", "named"),
    [
        ("postings/", 'data-label="Sending organisation"'),
        ("calendar/?kind=first_secretary&year=2026", 'data-label="2026.10"'),
    ],
)
def test_what_stands_in_blocks_on_a_phone_is_named(
    signed_in: SignIn, page: str, named: str
) -> None:
    client = english(signed_in("city_manager"))
    for code in (CITY, HEJIAN):
        assert named in shown(client.get(f"/cadres/{code}/{page}"))
    # In the words of each reader, though rows are put together once for a language.
    client.cookies.clear()
    assert (
        "Sending" in shown(signed_in("linzhou_manager").get(f"/cadres/{HEJIAN}/{page}"))
    ) is False


@pytest.mark.parametrize(
    ("choices", "names"),
    [
        ({"kind": "township_head"}, {"示七镇"}),
        ({"q": "syq"}, set()),
        ({"q": "dongshan"}, {"示一山"}),
        ({"q": "示二"}, {"示二山"}),
        ({"q": "农业农村"}, {"示一山"}),
        ({"unit": UNITS["huaxian"]}, {"示三桥"}),
        ({"sender": "city"}, {"示一山"}),
        ({"village": "weak"}, {"示三桥"}),
        ({"state": "overdue"}, {"示二山"}),
        ({"state": "ending90"}, {"示一山"}),
        ({"state": "ending30"}, set()),
        ({"state": "ended"}, set()),
        ({"state": "all", "on": "2020-01-01", "kind": "county_leader"}, {"示五县"}),
        ({"on": "2024-08-01", "kind": "first_secretary"}, {"示二山"}),
        ({"on": "2026-02-30", "kind": "first_secretary"}, {"示一山", "示二山", "示三桥"}),
        ({"state": "nonsense", "kind": "township_head"}, {"示七镇"}),
    ],
)  # fmt: skip
def test_the_roster_is_narrowed(
    world: World, signed_in: SignIn, choices: dict[str, str], names: set[str]
) -> None:
    VillageProfile.objects.create(division=world.units["shiqiao"], village_type="weak")
    assert set(roster(signed_in("city_manager"), **choices)) == names


def test_another_county_is_not_there(signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    assert client.get(f"/cadres/{UNITS['huaxian']}/postings/").status_code == 404
    assert "示三桥" not in roster(client, LINZHOU)


def crowd(world: World, unit: str, count: int, first: int = 0) -> None:
    """More people in the work teams of a village, one after the other."""
    for number in range(first, first + count):
        day = datetime.date(2010, 1, 1) + number * 30 * ONE
        posting = new(world, "free", unit, "work_team", start=day, end=day + 20 * ONE)
        posting.end_reason, posting.person = "term", someone(world, f"示众{number}")
        postings.appoint(posting, None, "演示")


@pytest.mark.parametrize("page", ["postings/?state=all", "calendar/?kind=work_team&year=2016"])
def test_more_rows_cost_no_more_queries(world: World, signed_in: SignIn, page: str) -> None:
    client, address = signed_in("city_manager"), f"/cadres/{HEJIAN}/{page}"

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    crowd(world, "nanping", 2)
    client.get(address)
    before = count()
    crowd(world, "xishan", 6, 10)
    assert count() == before <= 10


# One posting


def act(client: Client, posting: Posting, do: str, **typed: str) -> Any:
    address = f"/cadres/postings/{posting.pk}/"
    page = english(client).get(address)
    sent = fields(page) | {f"{do}-{name}": value for name, value in typed.items()} | {"do": do}
    return client.post(address, sent)


def ticked(page: Any, do: str) -> dict[str, str]:
    """What a page that asks is sent back with once its box is ticked."""
    return fields(page) | {f"{do}-confirmed": "on", "do": do}


def test_the_page_says_who_came_before_and_after(world: World, signed_in: SignIn) -> None:
    held = world.postings["dongshan"]
    postings.end(held, DAY - ONE, "rotated", None, hand_over="账目已移交")
    after = postings.appoint(new(world, "free", "dongshan"), None)
    page = shown(english(signed_in("linzhou_viewer")).get(f"/cadres/postings/{held.pk}/"))
    assert f"/cadres/postings/{after.pk}/" in page
    assert "账目已移交" in page
    assert "Rotated" in page


def test_a_posting_is_ended_extended_and_put_right(world: World, signed_in: SignIn) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    assert act(client, held, "extend", planned_end="2027-06-30", reason="续任").status_code == 302
    assert act(client, held, "correct", note="见任命文件", reason="补录").status_code == 302
    done = act(client, held, "end", end="2026-12-31", end_reason="rotated", hand_over="清单")
    assert done.status_code == 302
    held = again(held)
    assert (held.planned_end, held.note) == (datetime.date(2027, 6, 30), "见任命文件")
    assert (held.end, held.end_reason, held.hand_over, held.version) == (
        datetime.date(2026, 12, 31),
        "rotated",
        "清单",
        4,
    )
    page = shown(client.get(f"/cadres/postings/{held.pk}/"))
    assert "<del>2026-12-31</del> → <ins>2027-06-30</ins>" in page
    # Where nothing stood there is nothing to strike out.
    assert ": – → <ins>2026-12-31</ins>" in page


def test_a_posting_leads_to_the_person_the_unit_and_the_sender(
    world: World, signed_in: SignIn
) -> None:
    held, client = world.postings["dongshan"], signed_in("linzhou_manager")
    address = f"/cadres/postings/{held.pk}/"
    file = f'href="/cadres/people/{held.person_id}/"'
    sender = f'href="/cadres/organizations/{held.organization_id}/"'
    text = shown(client.get(address))
    unit = f'href="{reverse("cadres:registers", args=[UNITS["dongshan"]])}"'
    for link in (file, sender, unit):
        assert link in text
    # Who has moved on, and an organisation of elsewhere, are named alone.
    Person.objects.filter(pk=held.person_id).update(division=world.units["huaxian"])
    Organization.objects.filter(postings=held).update(division=world.units["huaxian"])
    text = shown(client.get(address))
    assert held.person.name in text
    assert file not in text
    assert sender not in text


def test_a_correction_that_changes_nothing_says_so(world: World, signed_in: SignIn) -> None:
    client, held = english(signed_in("linzhou_manager")), world.postings["dongshan"]
    for note, said in (("", "Nothing was changed."), ("补录", "Done; it stands in the history")):
        done = act(client, held, "correct", note=note, reason="核对")
        assert [message[: len(said)] for message in told(client, done)] == [said]
    assert again(held).version == 2


def test_the_history_calls_the_start_of_a_posting_as_its_page_does(
    world: World, signed_in: SignIn
) -> None:
    client, held = english(signed_in("linzhou_manager")), world.postings["dongshan"]
    day = (held.start + ONE).isoformat()
    assert act(client, held, "correct", start=day, reason="录错").status_code == 302
    (change,) = client.get(f"/cadres/postings/{held.pk}/").context["history"]
    assert [line.name for line in change.lines] == ["In the post since"]


def test_the_days_that_are_left_run_to_the_end_that_counts(world: World, signed_in: SignIn) -> None:
    client, held = english(signed_in("linzhou_manager")), world.postings["dongshan"]
    address = f"/cadres/postings/{held.pk}/"
    assert held.planned_end == datetime.date(2026, 12, 31)
    assert client.get(address).context["days_left"] == 90
    postings.end(held, DAY + 10 * ONE, "rotated", None)
    page = client.get(address)
    assert page.context["days_left"] == 10
    assert shown(page).count("10 days left") == 1
    assert "90 days left" not in shown(page)


def test_what_is_refused_stays_typed_at_its_field(world: World, signed_in: SignIn) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    page = act(client, held, "end", end="2024-01-01", end_reason="term", hand_over="写好的交接")
    assert page.status_code == 422
    assert "写好的交接" in shown(page)
    assert "end" in page.context["forms"]["end"].errors
    assert again(held).end is None


def test_a_planned_end_before_the_start_is_told_at_its_field(
    world: World, signed_in: SignIn
) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    page = act(client, held, "correct", planned_end="2024-12-31", reason="看错")
    assert page.status_code == 422
    assert list(page.context["forms"]["correct"].errors) == ["planned_end"]
    given = {"division": UNITS["nanping"], "person": str(world.persons["free"].pk)}
    page = appointing(client, **given, start="2026-10-08", planned_end="2026-10-07")
    assert list(page.context["form"].errors) == ["planned_end"]
    assert appointing(client, **given, planned_end="2026-10-08").status_code == 302


def test_a_page_of_before_a_posting_ended_is_told_why_nothing_is_stored(
    world: World, signed_in: SignIn
) -> None:
    client, held = english(signed_in("linzhou_manager")), world.postings["dongshan"]
    address = f"/cadres/postings/{held.pk}/"
    sent = fields(client.get(address)) | {"extend-planned_end": "2027-06-30"}
    postings.end(held, DAY - ONE, "rotated", None)
    for do in ("extend", "end"):
        page = client.post(address, sent | {"do": do, f"{do}-reason": "续任"})
        assert page.status_code == 422
        assert re.search("This posting ends on .*2026; nothing was stored", shown(page))
    page = client.post(address, sent | {"do": "nonsense"})
    assert "can be done no more" in shown(page)
    assert "nothing was stored" not in shown(client.get(address))


def test_a_stale_page_is_told_so_and_keeps_what_was_typed(world: World, signed_in: SignIn) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    address = f"/cadres/postings/{held.pk}/"
    sent = fields(client.get(address)) | {"extend-reason": "再续", "do": "extend"}
    postings.extend(held, datetime.date(2027, 3, 31), None, "续任")
    page = client.post(address, sent | {"extend-planned_end": "2028-01-31"})
    assert page.status_code == 409
    assert "再续" in shown(page)
    assert "<del>2026.12.31</del> → <ins>2027.03.31</ins> <span" in shown(page)
    assert "load the page again" not in shown(page)
    assert again(held).planned_end == datetime.date(2027, 3, 31)
    again_sent = fields(page) | {"extend-planned_end": "2028-01-31", "do": "extend"}
    assert client.post(address, again_sent).status_code == 302


def test_a_stale_correction_says_beside_each_field_what_is_stored_now(
    world: World, signed_in: SignIn
) -> None:
    client, held = english(signed_in("linzhou_manager")), world.postings["dongshan"]
    address = f"/cadres/postings/{held.pk}/"
    sent = fields(client.get(address)) | {"do": "correct", "correct-reason": "补录"}
    postings.correct(held, {"note": "<b>别人</b>"}, None, "补录")
    page = client.post(address, sent | {"correct-title": "第一书记"})
    assert page.status_code == 409
    helps = {field.name: field.help_text for field in page.context["forms"]["correct"]}
    assert {name for name, text in helps.items() if "Now stored" in str(text)} == {"note", "title"}
    assert "Now stored: &lt;b&gt;别人" in page.content.decode()


def test_the_year_of_recruitment_is_asked_of_the_kind_that_wants_it(
    world: World, signed_in: SignIn
) -> None:
    client, address = english(signed_in("linzhou_manager")), f"/cadres/{HEJIAN}/appoint/"
    assert 'name="cohort"' not in shown(client.get(address))
    sent = fields(client.get(address)) | {"kind": "graduate"}
    assert 'name="cohort"' in shown(client.post(address, sent | {"do": "find"}))
    refused = client.post(address, sent | {"do": "appoint", "division": UNITS["dongshan"],
                                           "person": str(world.persons["free"].pk)})  # fmt: skip
    assert (refused.status_code, 'name="cohort"' in shown(refused)) == (422, True)
    assert (
        "cohort"
        not in client.get(f"/cadres/postings/{world.postings['dongshan'].pk}/")
        .context["forms"]["correct"]
        .fields
    )


def test_the_same_form_sent_twice_has_one_effect(world: World, signed_in: SignIn) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    address = f"/cadres/postings/{held.pk}/"
    sent = fields(client.get(address)) | {"do": "extend", "extend-reason": "续任"}
    sent["extend-planned_end"] = "2027-06-30"
    assert [client.post(address, sent).status_code for _ in range(2)] == [302, 302]
    assert again(held).version == 2


def test_a_wrong_appointment_is_taken_back_on_the_page(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    posting = postings.appoint(new(world, "free", "nanping"), None)
    assert act(client, posting, "take_back", reason="录错村").status_code == 302
    assert not Posting.objects.filter(pk=posting.pk).exists()


def test_another_sender_that_is_doubtful_is_confirmed_on_the_page(
    world: World, signed_in: SignIn
) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["xishan"]
    full = world.organizations["agriculture"]
    full.capacity = 0
    full.save()
    typed = {"organization": str(full.pk), "reason": "看错单位"}
    box, address = 'type="checkbox" name="correct-confirmed"', f"/cadres/postings/{held.pk}/"
    assert box not in shown(english(client).get(address))
    page = act(client, held, "correct", **typed)
    assert page.status_code == 422
    assert full.name in str(page.context["forms"]["correct"].errors["confirmed"])
    assert box in shown(page)
    assert again(held).organization != full
    assert client.post(address, ticked(page, "correct")).status_code == 302
    assert again(held).organization == full


def test_days_that_are_doubtful_are_confirmed_on_the_page(world: World, signed_in: SignIn) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    typed = {"planned_end": "2030-01-01", "reason": "续任"}
    page = act(client, held, "extend", **typed)
    assert page.status_code == 422
    assert 'type="checkbox" name="extend-confirmed"' in shown(page)
    assert "48 months" in str(page.context["forms"]["extend"].errors["confirmed"])
    address = f"/cadres/postings/{held.pk}/"
    assert client.post(address, ticked(page, "extend")).status_code == 302
    typed = {"start": "2027-01-01", "reason": "看错"}
    page = act(client, held, "correct", **typed)
    assert "serves today" in str(page.context["forms"]["correct"].errors["confirmed"])
    assert again(held).start == datetime.date(2025, 1, 1)


def test_a_box_that_is_ticked_stands_for_the_days_it_was_shown_with(
    world: World, signed_in: SignIn
) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    address, typed = f"/cadres/postings/{held.pk}/", {"planned_end": "2031-01-01", "reason": "x"}
    # A box that nobody was shown confirms nothing.
    page = act(client, held, "correct", **typed, confirmed="on")
    assert page.status_code == 422
    page = client.post(address, ticked(page, "correct") | {"correct-start": "2026-12-01"})
    assert page.status_code == 422
    assert "serves today" in str(page.context["forms"]["correct"].errors["confirmed"])
    assert not page.context["forms"]["correct"]["confirmed"].value()
    assert again(held).version == 1
    assert client.post(address, ticked(page, "correct")).status_code == 302
    assert again(held).start == datetime.date(2026, 12, 1)


def test_nothing_is_offered_to_put_right_of_a_closed_record(
    world: World, signed_in: SignIn
) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    postings.end(held, DAY - ONE, "retired", None)
    address = f"/cadres/postings/{held.pk}/"
    assert "correct" in client.get(address).context["forms"]
    Person.objects.filter(pk=held.person_id).update(anonymized_at=timezone.now(), pinyin="")
    assert "correct" not in client.get(address).context["forms"]
    sent = {"do": "correct", "correct-version": "2", "correct-start": "2025-01-01"}
    sent |= {"correct-note": "王某曾任", "correct-reason": "看错日期"}
    assert client.post(address, sent).status_code == 422
    assert again(held).note == ""


@pytest.mark.parametrize("who", ["hejian_reviewer", "linzhou_viewer", "linzhou_reviewer"])
def test_who_does_not_decide_reads_only(world: World, signed_in: SignIn, who: str) -> None:
    client, held = signed_in(who), world.postings["dongshan"]
    page = client.get(f"/cadres/postings/{held.pk}/")
    assert page.context["forms"] == {}
    sent = {"do": "extend", "extend-version": "1", "extend-planned_end": "2027-06-30"}
    assert client.post(f"/cadres/postings/{held.pk}/", sent).status_code == 403
    assert client.get(f"/cadres/postings/{held.pk}/exchange/").status_code == 403
    assert client.get(f"/cadres/{HEJIAN}/appoint/").status_code == 403


def test_a_county_does_not_decide_on_its_own_leaders(world: World, signed_in: SignIn) -> None:
    address = f"/cadres/postings/{world.postings['leader'].pk}/"
    assert signed_in("linzhou_manager").get(address).context["forms"] == {}
    assert signed_in("city_manager").get(address).context["forms"]


# The file of a village


def test_the_file_of_a_village_says_which_seat_is_vacant_now(
    world: World, signed_in: SignIn
) -> None:
    client, address = signed_in("linzhou_manager"), f"/villages/{UNITS['dongshan']}/2026Q3/"

    def section() -> str:
        _above, _id, rest = shown(client.get(address)).partition('id="postings"')
        return rest.partition("</section>")[0]

    held = world.postings["dongshan"]
    assert "空缺" not in section()
    # In the words of postings, not those of divisions that are set up and abolished.
    assert "任职时间" in section()
    assert "离任/拟到期时间" in section()
    postings.end(held, DAY - ONE, "retired", None)
    assert "现空缺" in section()
    postings.appoint(new(world, "free", "dongshan", start=DAY), None)
    assert "空缺" not in section()


# An exchange


def test_an_exchange_is_shown_before_it_is_done(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    one, other = world.postings["dongshan"], world.postings["xishan"]
    address = f"/cadres/postings/{one.pk}/exchange/"
    page = english(client).get(address, {"q": "xishan"})
    assert page.context["found"] == [other]
    page = client.get(address, {"other": str(other.pk), "on": "2026-10-08"})
    assert [new.division for _held, new in page.context["changes"]] == [
        world.units["xishan"],
        world.units["dongshan"],
    ]
    done = client.post(address, fields(page) | {"reason": "工作需要"})
    assert done.status_code == 302
    assert again(one).end == datetime.date(2026, 10, 7)
    assert again(other).end_reason == "swapped"


def test_a_day_on_which_it_cannot_be_leads_to_another_one(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    one, other = world.postings["dongshan"], world.postings["xishan"]
    start = datetime.date(2027, 1, 1)
    Posting.objects.filter(pk=other.pk).update(start=start, planned_end=None)
    address = f"/cadres/postings/{one.pk}/exchange/"
    page = client.get(address, {"other": str(other.pk), "on": "2026-10-08"})
    assert page.context["why_not"]
    # Enter presses the first button of the form: it must be one that can be pressed.
    buttons = re.findall(r"<button[^>]*name=.do.[^>]*>", shown(page))
    assert "preview" in buttons[0]
    assert "disabled" not in buttons[0]
    sent = fields(page) | {"other": str(other.pk), "do": "preview", "reason": "工作"}
    wrong = client.post(address, sent | {"on": "soon"})
    assert (wrong.status_code, "on" in wrong.context["form"].errors) == (422, True)
    page = client.post(address, sent | {"on": "2027-03-01", "reason": ""})
    assert not page.context["why_not"]
    page = client.post(address, sent | {"on": "2027-03-01"})
    assert len(page.context["changes"]) == 2
    assert again(one).end is None
    ready = fields(page)
    assert ready["reason"] == "工作"
    assert client.post(address, ready).status_code == 302
    assert again(one).end == datetime.date(2027, 2, 28)


def test_somebody_of_another_county_is_not_offered(world: World, signed_in: SignIn) -> None:
    address = f"/cadres/postings/{world.postings['dongshan'].pk}/exchange/"
    client = signed_in("linzhou_manager")
    other = world.postings["shiqiao"]
    page = client.get(address, {"other": str(other.pk)})
    assert page.context["other"] is None
    assert "示三桥" not in shown(page)
    sent = {"other": str(other.pk), "on": "2026-10-08", "reason": "x"}
    sent |= {"version": "1", "other_version": "1"}
    assert client.post(address, sent).status_code == 422
    assert again(other).end is None


def test_an_exchange_of_what_changed_meanwhile_is_refused(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    one, other = world.postings["dongshan"], world.postings["xishan"]
    address = f"/cadres/postings/{one.pk}/exchange/"
    page = client.get(address, {"other": str(other.pk), "on": "2026-10-08"})
    postings.extend(other, datetime.date(2027, 6, 30), None, "续任")
    refused = client.post(address, fields(page) | {"reason": "工作需要"})
    assert refused.status_code == 409
    assert "工作需要" in shown(refused)
    assert "<ins>2027.06.30</ins>" in shown(refused)
    assert again(one).end is None


def test_an_exchange_that_is_done_is_not_silently_refused(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_manager"))
    one, other = world.postings["dongshan"], world.postings["xishan"]
    address = f"/cadres/postings/{one.pk}/exchange/"
    choice = {"other": str(other.pk), "on": "2026-10-08"}
    first, second = (fields(client.get(address, choice)) | {"reason": "调整"} for _ in range(2))
    assert client.post(address, first).status_code == 302
    page = client.post(address, second)
    assert page.status_code == 422
    assert "have changed places already" in shown(page)
    assert Posting.objects.filter(end_reason="swapped").count() == 2


def test_an_exchange_with_somebody_who_left_says_what_is_wrong(
    world: World, signed_in: SignIn
) -> None:
    client = english(signed_in("linzhou_manager"))
    one, other = world.postings["dongshan"], world.postings["xishan"]
    address = f"/cadres/postings/{one.pk}/exchange/"
    sent = fields(client.get(address, {"other": str(other.pk), "on": "2026-10-08"}))
    postings.end(other, DAY - ONE, "rotated", None)
    page = client.post(address, sent | {"reason": "调整"})
    assert page.status_code == 422
    assert f"The posting of {other.person.name} ends on" in shown(page)
    page = client.post(address, sent | {"reason": "调整", "other": ""})
    assert "Choose with whom" in shown(page)


# An appointment


def appointing(client: Client, code: str = LINZHOU, **typed: str) -> Any:
    address = f"/cadres/{code}/appoint/"
    sent = fields(english(client).get(address)) | {"do": "appoint"} | typed
    return client.post(address, sent)


def test_somebody_is_found_and_appointed(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    page = appointing(client, do="find", division_text="nanping", person_text="sbx", note="已定")
    assert page.status_code == 200
    assert "已定" in shown(page)
    assert [row.label for search in page.context["form"].searches[:2] for row in search.rows] == [
        "南平村",
        "示八闲",
    ]
    person = str(world.persons["free"].pk)
    given = {"division": UNITS["nanping"], "person": person, "start": "2026-10-08"}
    done = appointing(client, **given)
    assert done.status_code == 302
    made = Posting.objects.get(division=world.units["nanping"])
    assert (made.person.name, made.organization) == (
        "示八闲",
        world.organizations["linzhou_water"],
    )
    assert "entered" in told(client, done)[0]


def test_whoever_holds_an_excluding_posting_is_not_found(world: World, signed_in: SignIn) -> None:
    page = appointing(signed_in("city_manager"), CITY, do="find", person_text="示")
    search = page.context["form"].searches[1]
    names = {row.label for row in search.rows}
    assert "示八闲" in names
    assert not names & {"示一山", "示二山", "示三桥"}
    # They are not silently missing: what they hold is said.
    assert {"示一山", "示二山", "示三桥"} <= {one.label for one in search.taken}
    assert "东山村" in dict(search.taken)["示一山"]
    county = signed_in("linzhou_manager")
    shown_taken = appointing(county, do="find", person_text="示").context["form"].searches[1].taken
    assert "示三桥" not in {one.label for one in shown_taken}
    page = appointing(county, do="find", person_text="示一山")
    assert "Nothing is found" not in shown(page)
    assert page.context["form"].searches[1].rows == []


def test_what_is_missing_is_said_at_its_field(signed_in: SignIn) -> None:
    page = appointing(signed_in("linzhou_manager"), start="2026-13-01", note="写好的")
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"division", "person", "start"}
    assert "写好的" in shown(page)


@pytest.mark.parametrize("kind", ["first_secretary", "secondment"])
@pytest.mark.parametrize("name", ["start", "planned_end"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_of_no_such_time_is_said_at_its_field(
    world: World, signed_in: SignIn, kind: str, name: str, day: str
) -> None:
    unit = "nanping" if kind == "first_secretary" else "hejian"
    given = {"kind": kind, "division": UNITS[unit], "person": str(world.persons["free"].pk)}
    page = appointing(signed_in("linzhou_manager"), **given, **{name: day}, reason="工作需要")
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {name}
    assert not Posting.objects.filter(person=world.persons["free"]).exists()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "99999-01-01"])
def test_every_page_of_postings_takes_a_day_of_no_such_time(
    world: World, signed_in: SignIn, day: str
) -> None:
    client, held = signed_in("linzhou_manager"), world.postings["dongshan"]
    for state in ("current", "overdue", "ending90", "ended"):
        page = client.get(f"/cadres/{LINZHOU}/postings/", {"on": day, "state": state})
        assert page.status_code == 200
    other = str(world.postings["xishan"].pk)
    address = f"/cadres/postings/{held.pk}/exchange/"
    assert client.get(address, {"other": other, "on": day}).status_code == 200
    sent = {"other": other, "on": day, "previewed": day, "reason": "工作需要"}
    sent |= {"version": "1", "other_version": "1"}
    for do in ("preview", "exchange"):
        assert client.post(address, sent | {"do": do}).status_code == 422
    for do, name in (("end", "end"), ("extend", "planned_end"), ("correct", "start")):
        page = act(client, held, do, **{name: day, "reason": "改"})
        assert page.status_code == 422
        assert name in page.context["forms"][do].errors
    round_of = {"title": "轮换", "kind": "1", "start": day, "planned_end": day}
    assert client.post(f"/cadres/{LINZHOU}/pairing/", round_of).status_code != 302
    assert again(held).version == 1


def test_a_seat_that_is_held_is_said_at_the_unit(world: World, signed_in: SignIn) -> None:
    person = str(world.persons["free"].pk)
    client = signed_in("linzhou_manager")
    page = appointing(client, division=UNITS["dongshan"], person=person)
    assert page.status_code == 422
    assert "示一山" in str(page.context["form"].errors["division"])


def test_what_is_doubtful_is_done_with_a_reason(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    world.persons["left_lead"].refresh_from_db()
    given = {"kind": "retired_first_secretary", "division": UNITS["nanping"]}
    given |= {"person": str(world.persons["left_lead"].pk)}
    page = appointing(client, **given)
    assert page.status_code == 422
    assert "reason" in page.context["form"].errors
    assert appointing(client, **given, reason="村情特殊").status_code == 302


def test_nobody_is_appointed_elsewhere_than_below(world: World, signed_in: SignIn) -> None:
    client, person = signed_in("linzhou_manager"), str(world.persons["free"].pk)
    for unit in ("shiqiao", "linzhou"):
        page = appointing(client, division=UNITS[unit], person=person)
        assert page.status_code == 422
    other = someone(world, "示外人", division=world.units["huaxian"])
    page = appointing(client, division=UNITS["nanping"], person=str(other.pk))
    assert page.status_code == 422
    assert "示外人" not in shown(page)


def test_the_figure_of_weak_villages_opens_as_many_postings(
    world: World, signed_in: SignIn
) -> None:
    VillageProfile.objects.create(division=world.units["dongshan"], village_type="weak")
    city = world.units["city"]
    other = new(world, "free", "dongshan", "work_team")
    postings.appoint(other, None)
    figure = weak_villages(city, world.users["city_manager"], DAY)
    assert figure is not None
    page = signed_in("city_manager").get(figure.link)
    assert len(page.context["rows"]) == figure.part == 1
    assert [row.name for row in page.context["rows"]] == ["示一山"]
