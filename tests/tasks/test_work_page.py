"""My work: what is owed, what came back, what waits, what is late; read from state each time."""

import datetime
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tasks.actions import chasing, deadlines
from tasks.models import Entry, EntrySummary, Exemption, Ledger, ReturnReason
from tasks.work import Work
from tests.dashboard.growth import grow
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import (
    accept,
    author,
    moment,
    return_,
    save,
    seen,
    submit,
    submitted,
)
from tests.world import NOW, UNITS, World

SignIn = Callable[[str], Client]
TODAY = NOW.date()
CAST = ["city_manager", "linzhou_reviewer", "hejian_reviewer", "hejian_reporter"]
CAST += ["dongshan_reporter", "city_viewer", "city_auditor"]


def work(world: World, who: str, on: datetime.date = TODAY) -> Work:
    world.users[who].refresh_from_db()
    vars(world.users[who]).pop("_to_do", None)
    return Work.of(world.users[who], on)


def report_everything(world: World, quarter: int) -> None:
    lines = Entry.objects.filter(period=world.periods[quarter])
    lines.update(state="accepted", first_submitted_at=NOW, waiting_at="")
    EntrySummary.objects.rebuild(world.ledger)


# To report


def test_a_village_reads_what_it_owes_and_by_when(world: World) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5)
    (duty,) = work(world, "dongshan_reporter").duties
    assert duty.period == world.periods[3]
    assert (duty.owed, duty.unreported, duty.draft, duty.untouched, duty.returned) == (
        2,
        2,
        1,
        1,
        0,
    )
    assert (duty.due, duty.days_left, duty.overdue) == (datetime.date(2026, 10, 5), 3, 0)


def test_the_page_says_it_in_words_and_leads_to_the_cells(world: World, signed_in: SignIn) -> None:
    page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "3 days left" in page
    assert at("tasks:report", "dongshan") in page
    with time_machine.travel(moment(10, 5, 23, 59), tick=False):
        assert "due today" in shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    with time_machine.travel(moment(10, 17), tick=False):
        page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "overdue by 12 days" in page


def test_what_is_submitted_is_no_longer_owed(world: World) -> None:
    submitted(world)
    (duty,) = work(world, "dongshan_reporter").duties
    assert (duty.owed, duty.unreported) == (2, 1)
    report_everything(world, 3)
    assert work(world, "dongshan_reporter").duties == []


def test_a_township_reads_its_own_lines_and_those_of_its_villages(world: World) -> None:
    own, villages = work(world, "hejian_reporter").duties
    assert (own.is_own, own.unreported) == (True, 2)
    assert (villages.is_own, villages.unreported) == (False, 6)


def test_overdue_work_never_disappears(world: World) -> None:
    late = work(world, "dongshan_reporter", datetime.date(2026, 12, 31))
    assert [(d.period.quarter, d.overdue) for d in late.duties] == [(3, 2), (4, 0)]
    after = work(world, "dongshan_reporter", datetime.date(2027, 1, 1))
    assert [duty.period.quarter for duty in after.duties] == [4]
    assert [(d.period.quarter, d.unreported) for d in after.missed] == [(1, 2), (2, 3), (3, 2)]
    years = work(world, "dongshan_reporter", datetime.date(2029, 1, 1))
    assert [duty.period.quarter for duty in years.missed] == [1, 2, 3, 4]


def test_the_page_lists_what_was_missed(world: World, signed_in: SignIn) -> None:
    page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "locked, never reported" in page
    missed = f"{at('tasks:entries', 'dongshan', 2)}?state=unreported&amp;unit={UNITS['dongshan']}"
    assert missed in page


def test_a_closed_ledger_is_missed_and_not_to_be_reported(world: World) -> None:
    Ledger.objects.update(state="closed")
    mine = work(world, "dongshan_reporter")
    assert mine.duties == []
    assert [duty.period.quarter for duty in mine.missed] == [1, 2, 3]


def test_a_quarter_that_has_not_opened_asks_nothing(world: World) -> None:
    eve = work(world, "dongshan_reporter", datetime.date(2026, 12, 21))
    assert [duty.period.quarter for duty in eve.duties] == [3]
    opened = work(world, "dongshan_reporter", datetime.date(2026, 12, 22))
    assert [duty.period.quarter for duty in opened.duties] == [3, 4]


def test_an_extension_moves_the_days_left_and_is_listed(world: World, signed_in: SignIn) -> None:
    until = datetime.date(2026, 10, 20)
    by = author(world, "city_manager")
    deadlines.extend(world.units["hejian"], world.periods[3], until, "搬迁", by)
    mine = work(world, "dongshan_reporter")
    assert (mine.duties[0].days_left, mine.duties[0].is_extended) == (18, True)
    assert [extension.until for extension in mine.extensions] == [until]
    page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "18 days left" in page
    assert "until October 20" in page
    assert work(world, "dongshan_reporter", datetime.date(2026, 10, 21)).extensions == []
    assert work(world, "linqi_reporter").extensions == []


def test_a_duty_is_extended_only_where_all_its_open_lines_are(world: World) -> None:
    until = datetime.date(2026, 10, 20)
    by = author(world, "city_manager")
    deadlines.extend(world.units["dongshan"], world.periods[3], until, "搬迁", by)
    duties = work(world, "hejian_reporter").duties
    villages = next(duty for duty in duties if not duty.is_own and duty.period.quarter == 3)
    assert (villages.due, villages.is_extended) == (world.periods[3].due, False)


def test_an_extended_line_of_a_locked_quarter_is_still_to_be_reported(world: World) -> None:
    until = datetime.date(2026, 10, 20)
    by = author(world, "city_manager")
    deadlines.extend(world.units["dongshan"], world.periods[2], until, "搬迁", by)
    mine = work(world, "dongshan_reporter")
    assert [duty.period.quarter for duty in mine.duties] == [2, 3]
    assert [duty.period.quarter for duty in mine.missed] == [1]


# Came back


def returned(world: World, *marks: tuple[str, str]) -> Entry:
    entry = submitted(world)
    reason = ReturnReason.objects.get(code="wrong_figure")
    given = [actions.Mark(entry.pk, part, reason, note) for part, note in marks]
    outcome = actions.return_(seen(entry), author(world, "hejian_reviewer"), "请核实", given)
    assert outcome.done
    return world.entry("dongshan", "income")


def test_what_came_back_says_who_when_why_and_how_many_cells(
    world: World, signed_in: SignIn
) -> None:
    entry = returned(world, ("value", "与统计不符"), ("narrative", "请写具体"))
    (line,) = work(world, "dongshan_reporter").returned
    assert (line.entry, line.cells) == (entry, 2)
    page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "2 cells to put right" in page
    assert "returned by hejian reviewer (Township level) on October 2" in page
    assert "与统计不符" in page
    assert "Wrong figure" in page
    assert f"{at('tasks:report', 'dongshan')}#e{entry.pk}" in page


def test_a_whole_line_comes_back_with_its_comment(world: World, signed_in: SignIn) -> None:
    return_(world, "hejian_reviewer", submitted(world), comment="请附<凭证>")
    page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "to put right" not in page
    assert "请附&lt;凭证&gt;" in page


def test_of_a_line_that_came_back_twice_the_last_verdict_counts(world: World) -> None:
    return_(world, "hejian_reviewer", submitted(world), comment="第一次")
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=7)
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"))
    at_nine = moment(10, 3)
    entry = world.entry("dongshan", "income")
    return_(world, "hejian_reviewer", entry, comment="第二次", at=at_nine)
    (line,) = work(world, "dongshan_reporter").returned
    assert line.review.comment == "第二次"


def test_a_saved_correction_is_still_listed_until_it_is_submitted(world: World) -> None:
    returned(world, ("value", "x"))
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=9)
    assert len(work(world, "dongshan_reporter").returned) == 1
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"))
    assert work(world, "dongshan_reporter").returned == []


# Waits for a review


def test_what_waits_is_counted_by_quarter_with_its_exceptions(world: World) -> None:
    submitted(world)
    later = moment(10, 6)
    entry = world.entry("xishan", "income")
    save(world, "xishan_reporter", entry, later, value=5)
    submit(world, "xishan_reporter", world.entry("xishan", "income"), at=later)
    (waiting,) = work(world, "hejian_reviewer", datetime.date(2026, 10, 8)).waiting
    assert (waiting.lines, waiting.unusual, waiting.days) == (2, 1, 6)


def test_waiting_begins_anew_at_each_level(world: World) -> None:
    entry = submitted(world)
    accept(world, "hejian_reviewer", entry, at=moment(10, 7))
    on = datetime.date(2026, 10, 8)
    assert work(world, "hejian_reviewer", on).waiting == []
    (waiting,) = work(world, "linzhou_reviewer", on).waiting
    assert (waiting.lines, waiting.days) == (1, 1)


def test_an_exemption_asked_for_is_counted(world: World, signed_in: SignIn) -> None:
    Exemption.objects.create(
        entry=world.entry("dongshan", "income"), reason="整村搬迁", waiting_at="township",
        asked_by=world.users["dongshan_reporter"], asked_at=NOW,
    )  # fmt: skip
    assert work(world, "hejian_reviewer").to_do.exemptions == 1
    assert work(world, "dongshan_reporter").to_do.exemptions == 0
    page = shown(english(signed_in("hejian_reviewer")).get("/my-work/"))
    assert "Exemptions asked for" in page


def test_the_badge_counts_what_came_back_and_what_waits(world: World, signed_in: SignIn) -> None:
    def badge(who: str) -> object:
        menu = signed_in(who).get("/ledgers/").context["menu"]
        return next(int(link.count) for link in menu if "work" in link.view_names)

    assert badge("hejian_reviewer") == badge("dongshan_reporter") == 0
    entry = submitted(world)
    assert (badge("hejian_reviewer"), badge("linzhou_reviewer")) == (1, 0)
    return_(world, "hejian_reviewer", entry)
    assert (badge("hejian_reviewer"), badge("dongshan_reporter")) == (1, 1)
    assert badge("linqi_reporter") == 0


# Late below


def late(world: World, who: str, on: datetime.date) -> list[tuple[str, int, int]]:
    mine = work(world, who, on).late
    return [(unit.division.code, unit.lines, -unit.days_left) for unit in mine.shown]


def test_what_is_late_below_is_listed_worst_first(world: World) -> None:
    on = datetime.date(2026, 10, 8)
    assert late(world, "city_manager", on) == [(UNITS["linzhou"], 16, 3), (UNITS["huaxian"], 8, 3)]
    assert late(world, "linzhou_reviewer", on) == [
        (UNITS["hejian"], 8, 3),
        (UNITS["linqi"], 6, 3),
        (UNITS["guiyuan"], 2, 3),
    ]
    submitted(world)
    assert late(world, "hejian_reviewer", on) == [
        (UNITS["xishan"], 2, 3),
        (UNITS["nanping"], 2, 3),
        (UNITS["dongshan"], 1, 3),
    ]
    assert late(world, "dongshan_reporter", on) == []


def test_nothing_is_late_on_the_due_date_itself(world: World) -> None:
    assert late(world, "city_manager", datetime.date(2026, 10, 5)) == []


@pytest.mark.parametrize("who", ["city_manager", "linzhou_reviewer", "hejian_reviewer"])
def test_extended_lines_are_not_late(world: World, who: str) -> None:
    on, by = datetime.date(2026, 10, 8), author(world, "city_manager")
    before = sum(lines for _code, lines, _days in late(world, who, on))
    until = datetime.date(2026, 10, 9)
    deadlines.extend(world.units["dongshan"], world.periods[3], until, "搬迁", by)
    assert sum(lines for _code, lines, _days in late(world, who, on)) == before - 2
    after = until + datetime.timedelta(days=1)
    assert sum(lines for _code, lines, _days in late(world, who, after)) == before


def test_missed_quarters_of_units_below_stay_in_sight(world: World) -> None:
    mine = work(world, "linzhou_reviewer")
    assert [(period.quarter, lines) for period, lines in mine.late.missed] == [(1, 16), (2, 22)]


def test_late_units_lead_to_the_page_that_chases_them(world: World, signed_in: SignIn) -> None:
    with time_machine.travel(moment(10, 8), tick=False):
        page = shown(signed_in("linzhou_reviewer").get("/my-work/"))
    assert at("tasks:chase", "hejian") in page
    assert at("tasks:chase", "linzhou") in page
    assert UNITS["baidaokou"] not in page


# Reminders, empty states, queries


def test_a_reminder_shows_at_the_unit_reminded(world: World, signed_in: SignIn) -> None:
    by = world.users["linzhou_reviewer"]
    units = [world.units["dongshan"]]
    chasing.remind(units, world.periods[3], TODAY, by, "请今日报齐")
    page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "请今日报齐" in page
    assert "linzhou reviewer" in page
    assert work(world, "hejian_reporter").reminders == []
    assert work(world, "dongshan_reporter", TODAY + datetime.timedelta(days=20)).reminders == []


@pytest.mark.parametrize("who", ["city_viewer", "city_auditor"])
def test_who_has_no_duties_is_led_to_the_overview(signed_in: SignIn, who: str) -> None:
    page = english(signed_in(who)).get("/my-work/")
    assert "nothing for you to report or to review" in shown(page)
    assert "/overview/" in shown(page)
    assert not any("work" in link.view_names for link in page.context["menu"])


def test_when_all_is_done_the_page_says_what_comes_next(world: World, signed_in: SignIn) -> None:
    for quarter in (1, 2, 3):
        report_everything(world, quarter)
    page = shown(english(signed_in("dongshan_reporter")).get("/my-work/"))
    assert "Everything is done." in page
    assert "2026 Q4 opens on December 22" in page


def count(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/my-work/").status_code == 200
    return len(captured)


def busy(world: World) -> None:
    """Something in every section of everybody's page."""
    save(world, "dongshan_reporter", world.entry("dongshan", "meeting"), value=1)
    submit(world, "dongshan_reporter", world.entry("dongshan", "meeting"))
    return_(world, "hejian_reviewer", world.entry("dongshan", "meeting"))
    submitted(world, "xishan", who="xishan_reporter")
    by = author(world, "city_manager")
    until = datetime.date(2026, 12, 1)
    deadlines.extend(world.units["nanping"], world.periods[3], until, "搬迁", by)
    for unit in ("city", "linzhou", "hejian", "dongshan"):
        world.periods[3].reminders.create(division=world.units[unit], on=datetime.date(2026, 10, 9))


@pytest.mark.once  # the number is the same on any database
@pytest.mark.parametrize("who", CAST)
def test_the_page_costs_at_most_eleven_queries_however_many_rows(
    world: World, signed_in: SignIn, who: str
) -> None:
    busy(world)
    grow(world, 1, 3)
    with time_machine.travel(moment(10, 9), tick=False):
        client = signed_in(who)
        client.get("/ledgers/")
        before = count(client)
        grow(world, 11, 9)
        assert count(client) == before <= 11
