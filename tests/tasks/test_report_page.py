import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tasks import actions
from tasks.actions import deadlines
from tasks.models import Entry, EntryChange, Period, ReturnReason, Rule
from tests.tasks.pages import at, english, fields, send, shown, told
from tests.tasks.verbs import accept, author, moment, return_, save, seen, submit, submitted
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
DONGSHAN = f"/report/{UNITS['dongshan']}/2026Q3/"
HEJIAN = f"/report/{UNITS['hejian']}/2026Q3/"


def name(entry: Entry, field: str) -> str:
    return f"e{entry.pk}-{field}"


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("dongshan_reporter"))


def test_saving_keeps_a_draft_and_comes_back(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    typed = {name(entry, "value"): "12.5", name(entry, "narrative"): "新建大棚三座"}
    answer = send(client, DONGSHAN, typed, do="save")
    assert answer["Location"] == DONGSHAN
    entry = world.entry("dongshan", "income")
    assert (entry.state, entry.value, entry.narrative) == ("draft", Decimal("12.5"), "新建大棚三座")
    assert entry.changes.get().origin == "page"
    assert told(client, answer) == ["1 line saved."]
    assert world.entry("dongshan", "meeting").state == "blank"


def test_yes_and_no_and_nothing_to_report(world: World, client: Client) -> None:
    meeting, income = world.entry("dongshan", "meeting"), world.entry("dongshan", "income")
    typed = {name(meeting, "value"): "0", name(income, "nothing"): "nil"}
    assert send(client, DONGSHAN, typed, do="save").status_code == 302
    assert world.entry("dongshan", "meeting").value == 0
    assert world.entry("dongshan", "income").nothing == "nil"
    page = client.get(DONGSHAN)
    assert fields(page)[name(meeting, "value")] == "0"


@pytest.mark.parametrize("typed", ["abc", "-1", "1.234", "99999999999", "NaN", "1e9999", "12,5万"])
def test_a_wrong_number_is_told_beside_it_and_everything_typed_stays(
    world: World, client: Client, typed: str
) -> None:
    entry, meeting = world.entry("dongshan", "income"), world.entry("dongshan", "meeting")
    words = {name(entry, "value"): typed, name(entry, "narrative"): "正在<统计>"}
    page = send(client, DONGSHAN, words, do="submit")
    assert page.status_code == 422
    assert "errorlist" in shown(page)
    kept = fields(page)
    assert kept[name(entry, "value")] == typed
    assert kept[name(entry, "narrative")] == "正在<统计>"
    assert name(meeting, "value") in kept
    assert not EntryChange.objects.exists()


def test_a_value_beside_a_reason_for_none_is_refused(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    typed = {name(entry, "value"): "5", name(entry, "nothing"): "nil"}
    assert send(client, DONGSHAN, typed, do="save").status_code == 422
    assert world.entry("dongshan", "income").state == "blank"


def test_an_exemption_cannot_be_taken(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    typed = {name(entry, "nothing"): "exempt"}
    assert send(client, DONGSHAN, typed, do="save").status_code == 422


def test_the_right_lines_are_saved_beside_a_wrong_one(world: World, client: Client) -> None:
    entry, meeting = world.entry("dongshan", "income"), world.entry("dongshan", "meeting")
    typed = {name(entry, "value"): "x", name(meeting, "value"): "1"}
    page = send(client, DONGSHAN, typed, do="submit")
    assert page.status_code == 422
    assert world.entry("dongshan", "meeting").state == "draft"
    again = fields(page) | {name(entry, "value"): "5", name(meeting, "value"): "0", "do": "save"}
    assert client.post(DONGSHAN, again).status_code == 302
    assert world.entry("dongshan", "meeting").value == 0


def test_a_conflict_shows_both_values_and_keeps_what_was_typed(
    world: World, client: Client
) -> None:
    entry = world.entry("dongshan", "income")
    page = fields(client.get(DONGSHAN))
    save(world, "hejian_reporter", entry, value=31, narrative="镇里核实")
    typed = page | {name(entry, "value"): "77", name(entry, "problems"): "缺资金", "do": "submit"}
    answer = client.post(DONGSHAN, typed)
    assert answer.status_code == 409
    assert "<b>31</b>" in shown(answer)
    assert "镇里核实" in shown(answer)
    kept = fields(answer)
    assert kept[name(entry, "value")] == "77"
    assert kept[name(entry, "problems")] == "缺资金"
    assert world.entry("dongshan", "income").value == 31

    again = client.post(DONGSHAN, kept | {"do": "save"})
    assert again.status_code == 302
    assert world.entry("dongshan", "income").value == 77


def test_a_third_change_after_the_conflict_is_a_conflict_again(
    world: World, client: Client
) -> None:
    entry = world.entry("dongshan", "income")
    page = fields(client.get(DONGSHAN)) | {name(entry, "value"): "77", "do": "save"}
    save(world, "hejian_reporter", entry, value=31)
    kept = fields(client.post(DONGSHAN, page))
    save(world, "hejian_reporter", world.entry("dongshan", "income"), value=32)
    assert client.post(DONGSHAN, kept | {"do": "save"}).status_code == 409
    assert world.entry("dongshan", "income").value == 32


def test_what_only_somebody_else_changed_is_no_conflict(world: World, client: Client) -> None:
    income, meeting = world.entry("dongshan", "income"), world.entry("dongshan", "meeting")
    page = fields(client.get(DONGSHAN))
    save(world, "hejian_reporter", income, value=31)
    answer = client.post(DONGSHAN, page | {name(meeting, "value"): "1", "do": "save"})
    assert answer.status_code == 302
    assert world.entry("dongshan", "income").value == 31
    assert world.entry("dongshan", "meeting").value == 1


def test_typing_into_a_line_submitted_meanwhile_loses_nothing(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    page = fields(client.get(DONGSHAN)) | {name(entry, "narrative"): "我写的", "do": "save"}
    submitted(world)
    answer = client.post(DONGSHAN, page)
    assert answer.status_code == 409
    assert fields(answer)[name(entry, "narrative")] == "我写的"
    again = client.post(DONGSHAN, fields(answer) | {"do": "save"})
    assert again.status_code == 422
    assert "我写的" in shown(again)
    assert world.entry("dongshan", "income").narrative == ""


def test_the_same_page_sent_twice_is_one_change(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    page = fields(client.get(DONGSHAN)) | {name(entry, "value"): "5", "do": "save"}
    assert [client.post(DONGSHAN, page).status_code for _ in range(2)] == [302, 302]
    assert entry.changes.count() == 1


def test_a_submission_sent_twice_is_one_submission(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    page = fields(client.get(DONGSHAN)) | {name(entry, "value"): "5", "do": "submit"}
    assert [client.post(DONGSHAN, page).status_code for _ in range(2)] == [302, 302]
    assert sorted(entry.changes.values_list("verb", flat=True)) == ["save", "submit"]


def test_saving_nothing_changes_nothing(world: World, client: Client) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), narrative="一\n二")
    answer = send(client, DONGSHAN, {}, do="save")
    assert told(client, answer) == ["Nothing was changed."]
    assert EntryChange.objects.count() == 1


def test_a_text_from_a_sheet_keeps_its_line_ends_beside_another_change(
    world: World, client: Client
) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "dongshan_reporter", entry, narrative="一\n二")
    assert send(client, DONGSHAN, {name(entry, "value"): "5"}, do="save").status_code == 302
    assert world.entry("dongshan", "income").narrative == "一\n二"


def test_submitting_saves_first_and_leaves_empty_lines(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    answer = send(client, DONGSHAN, {name(entry, "value"): "60"}, do="submit")
    assert world.entry("dongshan", "income").state == "submitted"
    assert world.entry("dongshan", "income").waiting_at == "township"
    assert world.entry("dongshan", "meeting").state == "blank"
    assert told(client, answer) == [
        "1 line saved.",
        "1 line submitted.",
        "1 line is still empty and was not submitted.",
    ]
    page = client.get(DONGSHAN)
    assert name(entry, "value") not in fields(page)
    assert "<b>60</b>" in shown(page)


def test_a_returned_line_says_why_and_opens_again(world: World, client: Client) -> None:
    entry = submitted(world)
    return_(world, "hejian_reviewer", entry, comment="数字与台账不符")
    page = client.get(DONGSHAN)
    assert "数字与台账不符" in shown(page)
    answer = send(client, DONGSHAN, {name(entry, "value"): "61"}, do="submit")
    assert answer.status_code == 302
    assert world.entry("dongshan", "income").state == "submitted"
    assert "数字与台账不符" not in shown(client.get(DONGSHAN))


def test_a_township_submits_everything_filled_in_one_step(world: World, signed_in: SignIn) -> None:
    for unit in ("dongshan", "xishan"):
        save(world, "hejian_reporter", world.entry(unit, "income"), value=5)
    save(world, "hejian_reporter", world.entry("hejian", "study"), narrative="集中学习")
    client = signed_in("hejian_reporter")
    page = client.get(HEJIAN)
    assert page.context["to_submit"] == 3
    answer = client.post(HEJIAN, {"do": "submit_all"})
    assert answer["Location"] == HEJIAN
    states = Entry.objects.filter(period__quarter=3).exclude(state="blank")
    assert set(states.values_list("state", "waiting_at")) == {("submitted", "county")}
    assert states.count() == 3
    assert client.get(HEJIAN).context["to_submit"] == 0


def test_a_township_sees_how_far_each_of_its_villages_is(world: World, signed_in: SignIn) -> None:
    submitted(world)
    units = signed_in("hejian_reporter").get(HEJIAN).context["units"]
    progress = {unit.division.code: (unit.counts.reported, unit.counts.owed) for unit in units}
    assert progress == {
        UNITS["hejian"]: (0, 2),
        UNITS["dongshan"]: (1, 2),
        UNITS["xishan"]: (0, 2),
        UNITS["nanping"]: (0, 2),
    }


@pytest.mark.parametrize(
    ("who", "unit", "status"),
    [
        ("dongshan_reporter", "xishan", 404),
        ("dongshan_reporter", "hejian", 404),
        ("linqi_reporter", "dongshan", 404),
        ("hejian_reporter", "dongshan", 200),
        ("city_viewer", "dongshan", 403),
        ("linzhou_viewer", "hejian", 403),
        ("linzhou_reviewer", "hejian", 403),
        ("city_manager", "city", 403),
    ],
)
def test_villages_and_townships_fill_their_own_pages_alone(
    signed_in: SignIn, who: str, unit: str, status: int
) -> None:
    client, address = signed_in(who), at("tasks:report", unit)
    assert client.get(address).status_code == status
    if status != 200:
        assert client.post(address, {"do": "submit_all"}).status_code == status


@pytest.mark.parametrize("address", ["2026Q5", "1999Q1", "2026q3"])
def test_a_quarter_that_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(f"/report/{UNITS['dongshan']}/{address}/").status_code == 404


def test_a_quarter_yet_to_open_shows_frozen_lines(world: World, client: Client) -> None:
    page = client.get(at("tasks:report", "dongshan", 4))
    assert page.context["open_lines"] == 0
    assert len(page.context["lines"]) == 3
    assert "Opens on" in shown(page)
    entry = world.entry("dongshan", "income", 4)
    typed = {name(entry, "version"): "1", name(entry, "value"): "5", "do": "save"}
    answer = client.post(at("tasks:report", "dongshan", 4), typed)
    assert answer.status_code == 422
    assert fields(answer)[name(entry, "value")] == "5"
    assert world.entry("dongshan", "income", 4).state == "blank"


def test_a_locked_quarter_shows_frozen_lines(world: World, client: Client) -> None:
    page = client.get(at("tasks:report", "dongshan", 1))
    assert page.context["open_lines"] == 0
    assert page.context["window"].locked


def test_a_page_open_over_the_lock_keeps_what_was_typed(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income", 3)
    page = fields(client.get(DONGSHAN)) | {name(entry, "value"): "5", "do": "submit"}
    with time_machine.travel(moment(1, 1, 0, 1, year=2027), tick=False):
        client.force_login(world.users["dongshan_reporter"])
        answer = client.post(DONGSHAN, page)
    assert answer.status_code == 422
    assert fields(answer)[name(entry, "value")] == "5"
    assert world.entry("dongshan", "income").state == "blank"


def test_a_submission_after_the_due_date_is_late(world: World, client: Client) -> None:
    address = at("tasks:report", "dongshan", 2)
    Period.objects.filter(quarter=2).update(locks="2026-12-31")
    entry = world.entry("dongshan", "income", 2)
    assert send(client, address, {name(entry, "value"): "60"}, do="submit").status_code == 302
    assert world.entry("dongshan", "income", 2).is_late


def test_last_quarters_value_stands_beside_the_cell(world: World, client: Client) -> None:
    before = Entry.objects.filter(pk=world.entry("dongshan", "income", 2).pk)
    before.update(value="41.5", state="draft")
    assert "41.5" not in shown(client.get(DONGSHAN))
    before.update(state="accepted", first_submitted_at=timezone.now())
    assert "41.5" in shown(client.get(DONGSHAN))


def test_a_unit_that_owes_nothing_is_told_so(signed_in: SignIn, world: World) -> None:
    client = signed_in("hejian_reporter")
    Entry.objects.filter(division=world.units["nanping"], period=world.periods[3]).delete()
    assert "card empty" in shown(client.get(at("tasks:report", "nanping")))


def test_reporting_leads_to_the_quarter_that_is_open(signed_in: SignIn) -> None:
    assert signed_in("dongshan_reporter").get("/report/")["Location"] == DONGSHAN
    assert signed_in("linzhou_reviewer").get("/report/").status_code == 404


def test_an_accepted_line_takes_no_change(world: World, client: Client) -> None:
    page = fields(client.get(DONGSHAN))
    accept(world, "hejian_reviewer", submitted(world))
    accept(world, "linzhou_reviewer", world.entry("dongshan", "income"))
    entry = world.entry("dongshan", "income")
    answer = client.post(DONGSHAN, page | {name(entry, "value"): "99", "do": "submit"})
    assert answer.status_code == 409
    assert world.entry("dongshan", "income") == entry
    assert world.entry("dongshan", "income").value == 60


def test_numbers_beyond_measure_in_hidden_fields_are_no_error_of_ours(
    world: World, client: Client
) -> None:
    entry = world.entry("dongshan", "income")
    typed = {name(entry, "version"): "9" * 40, name(entry, "value"): "5", "do": "save"}
    assert client.post(DONGSHAN, typed).status_code == 409
    typed[name(entry, "version")] = "x"
    assert client.post(DONGSHAN, typed).status_code == 422
    assert submit(world, "dongshan_reporter", world.entry("dongshan", "income")).refused


def test_a_returned_line_goes_back_only_after_it_was_changed(world: World, client: Client) -> None:
    entry = submitted(world)
    return_(world, "hejian_reviewer", entry)
    assert send(client, DONGSHAN, {}, do="submit").status_code == 302
    assert world.entry("dongshan", "income").state == "returned"
    send(client, DONGSHAN, {name(entry, "value"): "6"}, do="submit")
    assert world.entry("dongshan", "income").state == "submitted"


def test_what_somebody_saved_meanwhile_is_not_submitted_unseen(
    world: World, client: Client
) -> None:
    entry, page = world.entry("dongshan", "income"), fields(client.get(DONGSHAN))
    save(world, "hejian_reporter", entry, value=99)
    client.post(DONGSHAN, {**page, "do": "submit"})
    assert world.entry("dongshan", "income").state == "draft"


def _before(world: World, value: int = 41) -> None:
    Period.objects.filter(quarter=2).update(locks="2026-12-31")
    save(world, "dongshan_reporter", world.entry("dongshan", "income", 2), value=value)
    submit(world, "dongshan_reporter", world.entry("dongshan", "income", 2))


def test_one_button_confirms_last_quarters_value_and_saves_what_else_was_typed(
    world: World, client: Client
) -> None:
    _before(world)
    entry, meeting = world.entry("dongshan", "income"), world.entry("dongshan", "meeting")
    answer = send(client, DONGSHAN, {name(meeting, "value"): "1"}, confirm=str(entry.pk))
    assert answer["Location"] == f"{DONGSHAN}#e{entry.pk}"
    assert told(client, answer) == ["1 line saved.", "Confirmed unchanged."]
    stored = world.entry("dongshan", "income")
    assert stored.value == 41
    assert stored.carried_from == world.periods[2]
    assert world.entry("dongshan", "meeting").value == 1
    assert "unchanged since 2026 Q2 (1 quarter)" in shown(client.get(DONGSHAN))


def test_what_was_never_reported_is_not_confirmed(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    answer = send(client, DONGSHAN, {}, confirm=str(entry.pk))
    assert "Nothing was reported before" in told(client, answer)[0]
    assert world.entry("dongshan", "income").state == "blank"


def test_a_line_of_others_is_not_confirmed(world: World, client: Client) -> None:
    foreign = world.entry("xishan", "income")
    assert send(client, DONGSHAN, {}, confirm=str(foreign.pk)).status_code == 302
    assert not EntryChange.objects.exists()


def test_a_submitted_line_is_taken_back_until_somebody_has_looked(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    button = f'name="take_back" value="{entry.pk}:{entry.version}"'
    assert button in shown(client.get(DONGSHAN))
    answer = client.post(DONGSHAN, {"take_back": f"{entry.pk}:{entry.version}"})
    assert told(client, answer) == ["Taken back: the line may be changed again."]
    assert world.entry("dongshan", "income").state == "draft"
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"))
    entry = world.entry("dongshan", "income")
    world.users["hejian_reviewer"].looks.create(entry=entry, version=entry.version)
    assert "take_back" not in shown(client.get(DONGSHAN))
    answer = client.post(DONGSHAN, {"take_back": f"{entry.pk}:{entry.version}"})
    assert "looked at above" in told(client, answer)[0]
    assert world.entry("dongshan", "income").state == "submitted"


@pytest.mark.parametrize("given", ["x", "1", ":", "99999999999999999999:1", "-1:1"])
def test_a_line_that_is_not_there_is_not_taken_back(client: Client, given: str) -> None:
    assert client.post(DONGSHAN, {"take_back": given}).status_code == 404


def test_lines_of_others_are_not_taken_back(world: World, client: Client) -> None:
    entry = submitted(world, "xishan", "income", "xishan_reporter")
    answer = client.post(DONGSHAN, {"take_back": f"{entry.pk}:{entry.version}"})
    assert answer.status_code == 404
    assert world.entry("xishan", "income").state == "submitted"


def test_of_a_returned_line_only_the_marked_cell_is_open(world: World, client: Client) -> None:
    entry = submitted(world)
    reason = ReturnReason.objects.get(code="wrong_figure")
    mark = actions.Mark(entry.pk, "narrative", reason, "与账面不符")
    actions.return_(seen(entry), author(world, "hejian_reviewer"), "", [mark])
    page = client.get(DONGSHAN)
    assert "1 cell to fix" in shown(page)
    assert "<b>Progress</b> · Wrong figure · 与账面不符" in shown(page)
    typed = {name(entry, "value"): "99", name(entry, "narrative"): "已核实"}
    assert send(client, DONGSHAN, typed, do="save").status_code == 302
    stored = world.entry("dongshan", "income")
    assert stored.value == 60
    assert stored.narrative == "已核实"


def test_an_explanation_is_asked_where_a_rule_wants_one(world: World, client: Client) -> None:
    Rule.objects.create(task=world.tasks["income"], kind="at_most", bound=50)
    (line, _meeting) = client.get(DONGSHAN).context["lines"]
    assert not line.shows_explanation
    entry = world.entry("dongshan", "income")
    send(client, DONGSHAN, {name(entry, "value"): "60"}, do="save")
    page = client.get(DONGSHAN)
    assert "60 is more than 50, the most that can be." in shown(page)
    assert page.context["lines"][0].shows_explanation


def test_full_width_digits_are_digits(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    send(client, DONGSHAN, {name(entry, "value"): "１２．5"}, do="save")
    assert world.entry("dongshan", "income").value == Decimal("12.5")


UNTIL = datetime.date(2026, 10, 20)


@pytest.mark.parametrize("quarter", [2, 3])
def test_an_extended_unit_is_told_its_own_due_date(
    world: World, client: Client, quarter: int
) -> None:
    """In the second quarter, too, which is locked for everybody else."""
    by = author(world, "city_manager")
    deadlines.extend(world.units["dongshan"], world.periods[quarter], UNTIL, "搬迁", by)
    page = client.get(DONGSHAN.replace("2026Q3", f"2026Q{quarter}"))
    window = page.context["window"]
    assert (window.due, window.locked, window.is_extended) == (UNTIL, False, True)
    assert "18 days to the due date (October 20)" in shown(page)


def test_a_unit_of_which_one_line_is_extended_keeps_the_due_date_of_the_quarter(
    world: World, client: Client
) -> None:
    Entry.objects.filter(pk=world.entry("dongshan", "income").pk).update(extended_to=UNTIL)
    window = client.get(DONGSHAN).context["window"]
    assert (window.due, window.is_extended) == (world.periods[3].due, False)
    save(world, "dongshan_reporter", world.entry("dongshan", "meeting"), value=1)
    submit(world, "dongshan_reporter", world.entry("dongshan", "meeting"))
    assert client.get(DONGSHAN).context["window"].due == UNTIL


def test_a_line_that_wants_evidence_says_so_and_leads_there(
    world: World, signed_in: SignIn
) -> None:
    client = english(signed_in("dongshan_reporter"))
    entry = world.entry("dongshan", "income")
    page = f"/report/{UNITS['dongshan']}/2026Q3/"
    there = f'/entries/{entry.pk}/#evidence"'
    assert there not in shown(client.get(page))
    type(entry.task).objects.filter(pk=entry.task_id).update(evidence_wanted=True)
    opened = client.get(page)
    assert there in shown(opened)
    sent = fields(opened) | {f"e{entry.pk}-value": "5", "do": "submit"}
    refused = shown(client.post(page, sent, follow=True))
    assert f'<a href="{there}>Attach it here</a>' in refused
