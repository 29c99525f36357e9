"""What was submitted is taken back as long as nobody above has looked at it."""

from tasks import actions
from tasks.actions import exempting
from tasks.models import Entry, EntryChange, Look
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import (
    accept,
    author,
    everything,
    moment,
    place,
    refusal,
    return_,
    save,
    seen,
    submit,
    submitted,
)
from tests.world import World

ME = "dongshan_reporter"


def take_back(world: World, entry: Entry, who: str = ME) -> actions.Outcome:
    return actions.take_back(seen(entry), author(world, who))


def test_it_is_a_draft_again_that_was_never_submitted(world: World) -> None:
    assert take_back(world, submitted(world)).done
    entry = world.entry("dongshan", "income")
    assert place(entry) == ("draft", "")
    assert entry.value == 60
    assert (entry.first_submitted_at, entry.submitted_by) == (None, None)
    assert EntryChange.objects.latest("version").verb == "take_back"
    assert summarised() == recounted()


def test_submitted_again_too_late_it_is_late(world: World) -> None:
    take_back(world, submitted(world))
    late = moment(10, 9)
    assert submit(world, ME, world.entry("dongshan", "income"), at=late).done
    assert world.entry("dongshan", "income").is_late


def test_what_had_been_returned_is_returned_again_with_its_first_time(world: World) -> None:
    first = submitted(world)
    return_(world, "hejian_reviewer", first)
    save(world, ME, world.entry("dongshan", "income"), value=61)
    submit(world, ME, world.entry("dongshan", "income"))
    assert take_back(world, world.entry("dongshan", "income")).done
    entry = world.entry("dongshan", "income")
    assert entry.state == Entry.State.RETURNED
    assert entry.first_submitted_at == first.first_submitted_at


def test_a_line_that_was_on_time_before_it_was_exempt_stays_on_time(world: World) -> None:
    first = submitted(world)
    return_(world, "hejian_reviewer", first)
    shown = world.entry("dongshan", "income")
    exemption = exempting.ask(shown.pk, shown.version, "整村搬迁", author(world, ME))
    above = author(world, "hejian_reviewer")
    exempting.decide(exemption.pk, shown.version, True, "", above)
    exempt = world.entry("dongshan", "income")
    exempting.lift(exempt.pk, exempt.version, "恢复", above)
    check_stays_on_time(world, first)


def test_a_line_that_was_on_time_before_it_was_withdrawn_stays_on_time(world: World) -> None:
    first = submitted(world)
    unit, by = world.units["dongshan"], author(world, "city_manager", moment(10, 3))
    actions.withdraw_unit(world.ledger, unit, 3, "x", by)
    actions.add_unit(world.ledger, unit, 3, "y", author(world, "city_manager", moment(10, 4)))
    assert world.entry("dongshan", "income").state == Entry.State.DRAFT
    check_stays_on_time(world, first)


def check_stays_on_time(world: World, first: Entry) -> None:
    """Handed in after the day, taken back, handed in again: its first time still counts."""
    late = moment(10, 9)
    save(world, ME, world.entry("dongshan", "income"), late, value=61)
    for _time in range(2):
        assert submit(world, ME, world.entry("dongshan", "income"), at=late).done
        entry = world.entry("dongshan", "income")
        assert (entry.first_submitted_at, entry.is_late) == (first.first_submitted_at, False)
        assert actions.take_back(seen(entry), author(world, ME, late)).done
    taken = world.entry("dongshan", "income")
    assert (taken.first_submitted_at, taken.submitted_at) == (first.first_submitted_at, None)
    assert summarised() == recounted()


def test_once_somebody_above_has_looked_it_stays(world: World) -> None:
    entry = submitted(world)
    Look.objects.note(world.users["hejian_reviewer"], {entry.pk: entry.version})
    before = everything()
    assert refusal(take_back(world, entry)) == "looked_at"
    assert everything() == before


def test_an_older_look_and_one_of_the_own_unit_do_not_count(world: World) -> None:
    entry = submitted(world)
    Look.objects.note(world.users["hejian_reviewer"], {entry.pk: entry.version - 1})
    Look.objects.note(world.users[ME], {entry.pk: entry.version})
    assert take_back(world, entry).done


def test_another_unit_does_not_take_it_back(world: World) -> None:
    entry = submitted(world)
    assert refusal(take_back(world, entry, "hejian_reporter")) == "not_yours"
    outcome = take_back(world, entry, "xishan_reporter")
    assert outcome.missing == [entry.pk]


def test_what_was_decided_is_not_taken_back(world: World) -> None:
    entry = submitted(world)
    accept(world, "hejian_reviewer", entry)
    assert refusal(take_back(world, world.entry("dongshan", "income"))) == "not_yours"


def test_not_after_the_lock(world: World) -> None:
    entry = submitted(world)
    late = moment(1, 3, year=2027)
    outcome = actions.take_back(seen(entry), author(world, ME, late))
    assert refusal(outcome) == "locked"
