"""Last quarter's answer reported again by one key, with its source and age."""

from decimal import Decimal

import pytest

from tasks import actions
from tasks.models import Entry, EntryChange, Period, ReturnReason
from tests.tasks.verbs import (
    accept,
    author,
    everything,
    moment,
    refusal,
    return_,
    save,
    seen,
    submit,
)
from tests.world import World

ME = "dongshan_reporter"


def report(world: World, quarter: int, task: str = "income", **content: object) -> Entry:
    """Filled and submitted in the time of that quarter."""
    at = moment(quarter * 3 + 1, 2)
    entry = world.entry("dongshan", task, quarter)
    assert save(world, ME, entry, at, **content).done
    assert submit(world, ME, world.entry("dongshan", task, quarter), at=at).done
    return world.entry("dongshan", task, quarter)


def confirm(world: World, task: str = "income", who: str = ME) -> actions.Outcome:
    return actions.confirm(seen(world.entry("dongshan", task)), author(world, who))


def test_a_confirmed_value_says_since_when_it_stands(world: World) -> None:
    report(world, 2, value=40)
    assert confirm(world).done
    entry = world.entry("dongshan", "income")
    assert (entry.value, entry.state) == (Decimal(40), "draft")
    assert entry.carried_from == world.periods[2]
    assert entry.carried_quarters == 1
    change = EntryChange.objects.get(entry=entry)
    assert (change.verb, change.after["value"]) == ("confirm", "40.00")
    assert change.after["carried_from"] == "2026Q2"
    assert "2026年2季度" in [after for _name, _before, after in change.differences]


def test_the_source_of_a_value_confirmed_twice_is_where_it_was_typed(world: World) -> None:
    report(world, 1, value=40)
    second = world.entry("dongshan", "income", 2)
    at = moment(7, 2)
    assert actions.confirm(seen(second), author(world, ME, at)).done
    assert submit(world, ME, world.entry("dongshan", "income", 2), at=at).done
    assert confirm(world).done
    entry = world.entry("dongshan", "income")
    assert entry.carried_from == world.periods[1]
    assert entry.carried_quarters == 2


def test_a_nil_report_is_confirmed_too(world: World) -> None:
    report(world, 2, nothing="nil")
    assert confirm(world).done
    assert world.entry("dongshan", "income").nothing == "nil"


def test_confirming_again_changes_nothing(world: World) -> None:
    report(world, 2, value=40)
    assert confirm(world).done
    before = everything()
    assert len(confirm(world).unchanged) == 1
    assert everything() == before


def test_typing_another_value_forgets_the_source(world: World) -> None:
    report(world, 2, value=40)
    confirm(world)
    assert save(world, ME, world.entry("dongshan", "income"), value=41).done
    assert world.entry("dongshan", "income").carried_from is None


def test_words_beside_it_keep_the_source(world: World) -> None:
    report(world, 2, value=40)
    confirm(world)
    assert save(world, ME, world.entry("dongshan", "income"), problems="土地手续").done
    assert world.entry("dongshan", "income").carried_from == world.periods[2]


@pytest.mark.parametrize("state", ["nothing", "draft"])
def test_what_was_never_reported_cannot_be_confirmed(world: World, state: str) -> None:
    if state == "draft":
        save(world, ME, world.entry("dongshan", "income", 2), moment(7, 2), value=40)
    before = everything()
    assert refusal(confirm(world)) == "nothing_before"
    assert everything() == before


def test_an_accepted_line_is_not_confirmed_over(world: World) -> None:
    report(world, 2, value=40)
    report(world, 3, value=50)
    assert accept(world, "hejian_reviewer", world.entry("dongshan", "income")).done
    assert refusal(confirm(world)) == "frozen"


def test_who_may_not_fill_may_not_confirm(world: World) -> None:
    report(world, 2, value=40)
    outcome = confirm(world, who="xishan_reporter")
    assert outcome.missing == [world.entry("dongshan", "income").pk]


def test_a_returned_line_is_confirmed_only_where_its_value_reopened(world: World) -> None:
    report(world, 2, value=40)
    entry = report(world, 3, value=50)
    reason = ReturnReason.objects.get(code="wrong_figure")
    marks = [actions.Mark(entry.pk, "narrative", reason)]
    done = actions.return_(seen(entry), author(world, "hejian_reviewer"), "", marks).done
    assert done
    assert refusal(confirm(world)) == "value"
    again = submit(world, ME, world.entry("dongshan", "income"))
    assert again.done
    assert return_(world, "hejian_reviewer", world.entry("dongshan", "income")).done
    assert confirm(world).done


def test_a_source_that_was_put_right_meanwhile_is_forgotten_on_submission(world: World) -> None:
    source = report(world, 2, value=40)
    Period.objects.filter(quarter=2).update(locks="2026-12-31")
    confirm(world)
    return_(world, "hejian_reviewer", source, at=moment(10, 2))
    assert save(world, ME, world.entry("dongshan", "income", 2), value=55).done
    assert submit(world, ME, world.entry("dongshan", "income", 2)).done
    assert submit(world, ME, world.entry("dongshan", "income")).done
    entry = world.entry("dongshan", "income")
    assert (entry.value, entry.carried_from) == (Decimal(40), None)


def test_a_source_that_stands_is_kept_on_submission(world: World) -> None:
    report(world, 2, value=40)
    confirm(world)
    assert submit(world, ME, world.entry("dongshan", "income")).done
    assert world.entry("dongshan", "income").carried_from == world.periods[2]
