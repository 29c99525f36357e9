"""Who is asked hears of it early enough, or reads why not and by whose order."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from tasks.models import MINUTES, Entry, Ledger, Period, SpecialDay, Task
from tests.tasks.pages import english, shown, told
from tests.tasks.verbs import code_of, moment
from tests.world import World

WHY = {"reason": "省委督查要求", "ordered_by": "李部长"}


def issue(world: World, at: datetime.datetime, **more: str) -> int:
    return world.ledger.issue(world.users["city_manager"], at, **more)


def test_working_days_are_those_without_weekends(draft_world: World) -> None:
    # Friday to Monday, the third quarter's due date.
    notice = draft_world.ledger.notice(datetime.date(2026, 10, 2))
    assert (notice.days, notice.least) == (1, 10)
    assert notice.is_short
    assert notice.first is not None
    assert notice.first.code == "2026Q3"
    assert [period.code for period in notice.past] == ["2026Q1", "2026Q2"]


def test_holidays_do_not_count_and_make_up_days_do(draft_world: World) -> None:
    between = (datetime.date(2026, 9, 20), datetime.date(2026, 10, 5))
    assert SpecialDay.objects.workdays_between(*between) == 11
    for day in range(1, 6):
        SpecialDay.objects.create(on=datetime.date(2026, 10, day), name="国庆节")
    SpecialDay.objects.create(on=datetime.date(2026, 9, 27), is_workday=True, name="国庆节调休")
    assert SpecialDay.objects.workdays_between(*between) == 11 - 3 + 1
    assert draft_world.ledger.notice(between[0]).days == 9


def test_only_quarters_that_are_asked_for_have_a_due_date(draft_world: World) -> None:
    Task.objects.exclude(title="为群众办实事").delete()
    notice = draft_world.ledger.notice(datetime.date(2026, 3, 30))
    assert notice.first is not None
    assert notice.first.code == "2026Q2"
    assert not notice.past


def test_looking_at_the_notice_makes_no_quarters(draft_world: World) -> None:
    assert draft_world.ledger.notice(datetime.date(2026, 1, 5)).days > 10
    assert not Period.objects.exists()


def test_with_enough_notice_nothing_is_asked_and_nothing_kept(draft_world: World) -> None:
    assert issue(draft_world, moment(1, 5), **WHY) == 112
    stored = Ledger.objects.get(pk=draft_world.ledger.pk)
    assert (stored.notice_reason, stored.notice_ordered_by) == ("", "")


@pytest.mark.parametrize(
    "given", [{}, {"reason": "急"}, {"ordered_by": "李部长"}, {"reason": " ", "ordered_by": " "}]
)
@pytest.mark.usefixtures("in_english")
def test_short_notice_wants_a_reason_and_a_name(draft_world: World, given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as error:
        issue(draft_world, moment(10, 2), **given)
    assert code_of(error.value) == "notice"
    assert "Working days to the first due date (October 5): 1;" in error.value.messages[0]
    assert not Entry.objects.exists()
    assert Ledger.objects.get(pk=draft_world.ledger.pk).state == "draft"


def test_short_notice_with_both_is_issued_and_keeps_them(draft_world: World) -> None:
    assert issue(draft_world, moment(10, 2), **WHY) == 112
    stored = Ledger.objects.get(pk=draft_world.ledger.pk)
    assert (stored.notice_reason, stored.notice_ordered_by) == tuple(WHY.values())


@pytest.mark.parametrize("given", [{"reason": "长" * 201}, {"ordered_by": "长" * 41}])
def test_what_does_not_fit_is_refused_and_not_cut(
    draft_world: World, given: dict[str, str]
) -> None:
    with pytest.raises(ValidationError):
        issue(draft_world, moment(10, 2), **(WHY | given))
    assert not Entry.objects.exists()


def test_a_year_whose_dates_are_all_past_wants_a_reason_too(draft_world: World) -> None:
    late = moment(3, 1, year=2027)
    with pytest.raises(ValidationError) as error:
        issue(draft_world, late)
    assert code_of(error.value) == "notice"
    assert issue(draft_world, late, **WHY) == 112


@pytest.mark.parametrize(("day", "short"), [(19, False), (20, True)])
def test_the_edge_is_the_number_of_days_itself(draft_world: World, day: int, short: bool) -> None:
    """Ten working days lie between 19 March and 5 April, which is a Sunday; nine after the 20th."""
    Ledger.objects.filter(pk=draft_world.ledger.pk).update(notice_days=11)
    ledger = Ledger.objects.get(pk=draft_world.ledger.pk)
    assert ledger.notice(datetime.date(2026, 3, day)).is_short is short


def browser(world: World) -> Client:
    client = english(Client())
    client.force_login(world.users["city_manager"])
    return client


def test_the_page_names_the_days_and_asks_for_both(draft_world: World) -> None:
    client, address = browser(draft_world), f"/ledgers/{draft_world.ledger.pk}/issue/"
    text = shown(client.get(address))
    assert "1 working day to the first due date (2026 Q3, October 5); there should be 10." in text
    assert "Overdue at once, because their due date is past: 2026 Q1, 2026 Q2" in text
    answer = client.post(address, {"reason": "省委督查要求"})
    assert answer.status_code == 422
    assert "省委督查要求" in shown(answer)
    assert "This field is required." in shown(answer)
    assert not Entry.objects.exists()
    answer = client.post(address, WHY)
    assert told(client, answer) == ["Issued: 112 entries are now owed."]
    text = shown(client.get(f"/ledgers/{draft_world.ledger.pk}/"))
    assert "Issued at short notice, by order of 李部长: 省委督查要求" in text


def test_with_enough_notice_the_page_asks_for_nothing(draft_world: World) -> None:
    Ledger.objects.filter(pk=draft_world.ledger.pk).update(year=2027)
    page = browser(draft_world).get(f"/ledgers/{draft_world.ledger.pk}/issue/")
    assert page.context["form"] is None
    assert 'name="ordered_by"' not in shown(page)


def test_the_cost_is_told_in_hours_and_by_task(draft_world: World) -> None:
    page = browser(draft_world).get(f"/ledgers/{draft_world.ledger.pk}/issue/")
    township, village = page.context["costs"]
    # 4 units: 4 numbers at 1 minute and 4 texts at 5 minutes each.
    assert township.minutes == 4 * (4 * MINUTES["number"] + 4 * MINUTES["text"])
    # 8 villages: 4 numbers, 4 yes or no, 2 texts.
    assert village.minutes == 8 * (4 + 4 * MINUTES["yes_no"] + 2 * MINUTES["text"])
    assert village.hours_per_unit * 60 == 16
    assert [cost.cells for cost in page.context["of_tasks"]] == [32, 32, 16, 16, 16]
    assert page.context["hours"] == round((township.minutes + village.minutes) / 60)
