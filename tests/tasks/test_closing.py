"""A year is closed when its quarters are locked and nothing waits; then nothing changes."""

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from tasks import actions
from tasks.actions import exempting, making
from tasks.models import Entry, Ledger, Period
from tests.tasks.amending import ledger, withdraw
from tests.tasks.pages import english, shown, told
from tests.tasks.verbs import (
    accept,
    accepted,
    author,
    everything,
    moment,
    refusal,
    return_,
    save,
    seen,
    submit,
    submitted,
)
from tests.world import World

AFTER = moment(4, 1, year=2027)
MANAGER = "city_manager"


def close(world: World, who: str = MANAGER, at: datetime.datetime = AFTER) -> None:
    actions.close(ledger(world), author(world, who, at))


def codes(error: pytest.ExceptionInfo[ValidationError]) -> set[str]:
    return {str(each.code) for each in error.value.error_list}


def test_a_year_is_closed_by_its_city_when_all_is_done(world: World) -> None:
    accepted(world)
    close(world)
    closed = ledger(world)
    assert closed.state == Ledger.State.CLOSED
    assert (closed.closed_at, closed.closed_by) == (AFTER, world.users[MANAGER])
    # What was never reported stays as it is: unreported.
    assert Entry.objects.filter(state="blank").count() == 111


@pytest.mark.usefixtures("in_english")
def test_a_year_with_an_open_quarter_is_not_closed(world: World) -> None:
    with pytest.raises(ValidationError) as error:
        close(world, at=moment(10, 2))
    assert codes(error) == {"open"}
    assert error.value.messages == ["Not locked yet: 2026 Q3, 2026 Q4."]
    Period.objects.filter(quarter__in=[3, 4]).update(locked_at=moment(10, 1))
    close(world, at=moment(10, 2))
    assert ledger(world).state == "closed"


@pytest.mark.usefixtures("in_english")
def test_a_year_in_which_lines_wait_is_not_closed(world: World) -> None:
    submitted(world)
    submitted(world, unit="xishan", who="xishan_reporter")
    accept(world, "hejian_reviewer", world.entry("xishan", "income"))
    with pytest.raises(ValidationError) as error:
        close(world)
    assert codes(error) == {"waiting"}
    assert error.value.messages == ["Lines that wait for review: 2 (County 1, Township level 1)."]
    assert ledger(world).state == "issued"


@pytest.mark.usefixtures("in_english")
def test_a_year_in_which_an_exemption_waits_is_not_closed(world: World) -> None:
    entry = world.entry("dongshan", "income")
    question = exempting.ask(entry.pk, 1, "整村搬迁", author(world, "dongshan_reporter"))
    with pytest.raises(ValidationError) as error:
        close(world)
    assert codes(error) == {"asked"}
    assert error.value.messages == ["Exemptions that await a decision: 1."]
    exempting.decide(question.pk, 1, False, "未报", author(world, "hejian_reviewer", AFTER))
    close(world)


def test_an_extension_that_runs_keeps_the_year_open(world: World) -> None:
    entries = Entry.objects.filter(division=world.units["dongshan"], period__quarter=4)
    entries.update(extended_to=AFTER.date())
    with pytest.raises(ValidationError) as error:
        close(world)
    assert codes(error) == {"extended"}
    close(world, at=AFTER + datetime.timedelta(days=1))


@pytest.mark.parametrize("who", ["city_viewer", "city_auditor", "linzhou_manager"])
def test_only_the_citys_manager_closes(world: World, who: str) -> None:
    with pytest.raises(PermissionDenied):
        close(world, who)


def test_a_year_is_closed_once_and_a_draft_never(world: World) -> None:
    close(world)
    with pytest.raises(ValidationError):
        close(world)
    Ledger.objects.filter(pk=world.ledger.pk).update(state="draft")
    with pytest.raises(ValidationError):
        close(world)


def test_nothing_of_a_closed_year_changes(world: World) -> None:
    """Not even by a quarter that was unlocked, an extension, or what still waited somehow."""
    waiting = submitted(world)
    drafted = world.entry("xishan", "income")
    save(world, "xishan_reporter", drafted, value=5)
    drafted.refresh_from_db()
    Ledger.objects.filter(pk=world.ledger.pk).update(state="closed", closed_at=AFTER)
    before = everything()
    attempts: list[Callable[[], actions.Outcome]] = [
        lambda: save(world, "xishan_reporter", drafted, value=6),
        lambda: submit(world, "xishan_reporter", drafted),
        lambda: accept(world, "hejian_reviewer", waiting),
        lambda: return_(world, "hejian_reviewer", waiting),
    ]
    for attempt in attempts:
        assert refusal(attempt()) == "closed"
    assert everything() == before
    with pytest.raises(ValidationError):
        withdraw(world, "income")
    assert everything() == before


def test_a_line_of_a_closed_year_is_not_taken_back(world: World) -> None:
    waiting = submitted(world)
    Ledger.objects.filter(pk=world.ledger.pk).update(state="closed", closed_at=AFTER)
    outcome = actions.take_back(seen(waiting), author(world, "dongshan_reporter"))
    assert refusal(outcome) == "closed"


def browser(world: World, who: str = MANAGER) -> Client:
    client = english(Client())
    client.force_login(world.users[who])
    return client


def test_the_page_says_what_is_still_open(world: World) -> None:
    submitted(world)
    client, address = browser(world), f"/ledgers/{world.ledger.pk}/"
    assert "data-confirm" in shown(client.get(address))
    answer = client.post(f"{address}close/")
    (said,) = told(client, answer)
    assert said.startswith("The year is not closed. Not locked yet: 2026 Q3, 2026 Q4.")
    assert said.endswith("Lines that wait for review: 1 (Township level 1).")


def test_the_page_closes_the_year(world: World) -> None:
    Period.objects.update(locked_at=moment(10, 1))
    client, address = browser(world), f"/ledgers/{world.ledger.pk}/"
    answer = client.post(f"{address}close/")
    assert told(client, answer) == ["The ledger of 2026 is closed."]
    text = shown(client.get(address))
    assert "closed by city manager on" in text
    assert "Close the year" not in text
    assert f"{address}amend/" not in text


@pytest.mark.parametrize("who", ["city_viewer", "linzhou_manager", "dongshan_reporter"])
def test_others_neither_see_the_button_nor_close(world: World, who: str) -> None:
    client, address = browser(world, who), f"/ledgers/{world.ledger.pk}/"
    assert "Close the year" not in shown(client.get(address))
    assert client.post(f"{address}close/").status_code == 403


def test_what_hinders_is_counted_for_this_ledger_alone(world: World) -> None:
    other = Ledger.objects.create(division=world.units["huaxian"], year=2026, title="滑县")
    submitted(world)
    Period.objects.update(locked_at=moment(10, 1))
    assert making.hindrances(other, author(world, MANAGER)) == {}
