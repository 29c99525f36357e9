from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tasks import actions
from tasks.models import Entry, EntryChange, Ledger
from tests.tasks.verbs import (
    accepted,
    author,
    code_of,
    everything,
    moment,
    place,
    refusal,
    return_,
    save,
    submitted,
)
from tests.world import NOW, World

ME = "dongshan_reporter"


def edit(entry: Entry, **content: Any) -> actions.Edit:
    return actions.Edit(entry.pk, entry.version, content)


def test_what_is_saved_is_a_draft(world: World) -> None:
    entry = world.entry("dongshan", "income")
    outcome = save(world, ME, entry, value=Decimal("12.5"), narrative="种植", problems="缺水")
    assert [done.pk for done in outcome.done] == [entry.pk]
    stored = world.entry("dongshan", "income")
    assert place(stored) == ("draft", "")
    assert (stored.value, stored.narrative, stored.problems) == (Decimal("12.50"), "种植", "缺水")
    assert (stored.version, stored.updated_at) == (2, NOW)
    assert stored.first_submitted_at is None


def test_what_is_not_in_the_edit_stays(world: World) -> None:
    save(world, ME, world.entry("dongshan", "income"), value=5, narrative="旧")
    save(world, ME, world.entry("dongshan", "income"), narrative="新")
    stored = world.entry("dongshan", "income")
    assert (stored.value, stored.narrative) == (Decimal(5), "新")


def test_saving_writes_the_content_and_nothing_that_is_not_the_reporters(world: World) -> None:
    entry = world.entry("dongshan", "income")
    outcome = save(world, ME, entry, value=5, state="accepted", version=9, is_late=True)
    assert outcome.done
    stored = world.entry("dongshan", "income")
    assert (stored.state, stored.version, stored.is_late) == ("draft", 2, False)


@pytest.mark.parametrize("again", [Decimal("12.5"), Decimal("12.50"), "12.5", Decimal("12.500")])
def test_saving_the_same_again_is_no_change_whatever_the_version(
    world: World, again: object
) -> None:
    entry = world.entry("dongshan", "income")
    save(world, ME, entry, value=Decimal("12.5"), narrative="种植")
    before = everything()
    outcome = save(world, ME, entry, value=again, narrative="种植")
    assert [same.pk for same in outcome.unchanged] == [entry.pk]
    assert (outcome.done, outcome.refused) == ([], [])
    assert everything() == before


def test_a_stale_version_is_refused_with_what_is_stored_and_the_typed_text_stays(
    world: World,
) -> None:
    shown = world.entry("dongshan", "income")
    save(world, "hejian_reporter", shown, value=8, narrative="乡镇写的")
    before = everything()
    mine = edit(shown, value=9, narrative="村里写的")
    outcome = actions.save([mine], author(world, ME))
    assert refusal(outcome) == "conflict"
    (refused,) = outcome.refused
    assert refused.is_conflict
    assert (refused.entry.version, refused.entry.value) == (2, Decimal(8))
    assert refused.entry.narrative == "乡镇写的"
    assert mine.content == {"value": 9, "narrative": "村里写的"}
    assert everything() == before


def test_a_version_from_the_future_is_a_conflict_too(world: World) -> None:
    entry = world.entry("dongshan", "income")
    ahead = actions.Edit(entry.pk, entry.version + 1, {"value": 9})
    assert refusal(actions.save([ahead], author(world, ME))) == "conflict"


@pytest.mark.parametrize("who", [ME, "hejian_reporter"])
def test_a_submitted_line_is_frozen_for_village_and_township(world: World, who: str) -> None:
    entry = submitted(world)
    before = everything()
    outcome = save(world, who, entry, value=61)
    assert refusal(outcome) == "frozen"
    assert not outcome.refused[0].is_conflict
    assert everything() == before


@pytest.mark.parametrize("who", [ME, "hejian_reporter"])
def test_an_accepted_line_is_frozen_for_good(world: World, who: str) -> None:
    entry = accepted(world)
    before = everything()
    assert refusal(save(world, who, entry, value=61)) == "frozen"
    assert everything() == before


def test_a_returned_line_is_open_again_and_stays_returned_until_submitted(
    world: World,
) -> None:
    return_(world, "hejian_reviewer", submitted(world))
    assert save(world, ME, world.entry("dongshan", "income"), value=61).done
    assert place(world.entry("dongshan", "income")) == ("returned", "")


@pytest.mark.parametrize(("quarter", "code"), [(1, "locked"), (2, "locked"), (4, "early")])
def test_a_quarter_that_is_locked_or_not_yet_open_takes_nothing(
    world: World, quarter: int, code: str
) -> None:
    before = everything()
    outcome = save(world, ME, world.entry("dongshan", "income", quarter), value=5)
    assert refusal(outcome) == code
    assert everything() == before


def test_a_closed_ledger_takes_nothing(world: World) -> None:
    Ledger.objects.filter(pk=world.ledger.pk).update(state=Ledger.State.CLOSED)
    before = everything()
    assert refusal(save(world, ME, world.entry("dongshan", "income"), value=5)) == "closed"
    assert everything() == before


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"value": Decimal(-1)}, "value"),
        ({"value": Decimal("1.005")}, "value"),
        ({"value": Decimal("1e12")}, "value"),
        ({"value": 3, "nothing": "nil"}, "value"),
        ({"nothing": "lazy"}, "nothing"),
        # Not the village's to grant; it must be refused in words, not by the database.
        ({"nothing": "exempt"}, "nothing"),
        ({"narrative": "字" * 10_001}, "narrative"),
        ({"narrative": "字" * 10_001, "problems": "字" * 10_001}, "narrative,problems"),
    ],
)
def test_wrong_content_is_refused_naming_the_field(
    world: World, content: dict[str, Any], field: str
) -> None:
    before = everything()
    outcome = save(world, ME, world.entry("dongshan", "income"), **content)
    assert refusal(outcome) == field
    assert outcome.refused[0].entry.content == world.entry("dongshan", "income").content
    assert everything() == before


def test_rubbish_instead_of_a_number_is_refused(world: World) -> None:
    before = everything()
    outcome = save(world, ME, world.entry("dongshan", "income"), value="很多")
    assert refusal(outcome) == "invalid"
    assert everything() == before


def test_foreign_and_unknown_lines_are_missing_as_if_they_did_not_exist(world: World) -> None:
    foreign = world.entry("shiqiao", "income")
    unknown = Entry.objects.order_by("-pk")[0].pk + 1
    before = everything()
    outcome = actions.save(
        [edit(foreign, value=1), actions.Edit(unknown, 1, {"value": 1})], author(world, ME)
    )
    assert outcome.missing == sorted([foreign.pk, unknown])
    assert (outcome.done, outcome.refused) == ([], [])
    assert everything() == before


@pytest.mark.parametrize("who", ["city_manager", "linzhou_manager", "linzhou_reviewer"])
def test_levels_above_do_not_write_other_units_figures(world: World, who: str) -> None:
    entry = world.entry("dongshan", "income")
    assert save(world, who, entry, value=1).missing == [entry.pk]


def test_good_lines_are_saved_beside_refused_ones(world: World) -> None:
    good, wrong = world.entry("dongshan", "income"), world.entry("dongshan", "meeting")
    outcome = actions.save([edit(wrong, value=7), edit(good, value=7)], author(world, ME))
    assert [done.pk for done in outcome.done] == [good.pk]
    assert [code_of(refused.error) for refused in outcome.refused] == ["value"]
    assert world.entry("dongshan", "income").value == 7
    assert world.entry("dongshan", "meeting").value is None


@pytest.mark.parametrize("bad", ["refused", "missing"])
def test_a_whole_write_with_one_bad_line_writes_nothing(world: World, bad: str) -> None:
    good = world.entry("dongshan", "income")
    other = world.entry(
        *{"refused": ("dongshan", "meeting"), "missing": ("shiqiao", "income")}[bad]
    )
    before = everything()
    with pytest.raises(actions.NothingWritten) as said:
        actions.save([edit(good, value=7), edit(other, value=7)], author(world, ME), whole=True)
    outcome = said.value.outcome
    assert len(outcome.refused) + len(outcome.missing) == 1
    assert everything() == before


def test_a_whole_write_without_a_bad_line_is_written(world: World) -> None:
    edits = [
        edit(world.entry("dongshan", "income"), value=7),
        edit(world.entry("dongshan", "meeting"), value=1),
    ]
    assert len(actions.save(edits, author(world, ME), whole=True).done) == 2
    # Again: nothing changed, and nothing to complain about.
    assert len(actions.save(edits, author(world, ME), whole=True).unchanged) == 2


def test_history_says_exactly_what_changed_by_whom_and_by_which_way(world: World) -> None:
    batch = uuid4()
    by_sheet = actions.Author(world.users[ME], EntryChange.Origin.SHEET, moment(10, 2, 10), batch)
    first = edit(world.entry("dongshan", "income"), value=Decimal("12.5"), narrative="种植")
    actions.save([first], by_sheet)
    save(world, "hejian_reporter", world.entry("dongshan", "income"), moment(10, 3), value=13)

    old, new = EntryChange.objects.order_by("version")
    assert (old.version, old.verb, old.origin, old.batch) == (2, "save", "sheet", batch)
    assert (old.by, old.at) == (world.users[ME], moment(10, 2, 10))
    assert old.before == {"value": None, "narrative": "", "state": "blank"}
    assert old.after == {"value": "12.50", "narrative": "种植", "state": "draft"}
    assert (new.version, new.origin, new.batch) == (3, "page", None)
    assert (new.by, new.at) == (world.users["hejian_reporter"], moment(10, 3))
    assert new.before == {"value": "12.50", "state": "draft"}
    assert new.after == {"value": "13.00", "state": "draft"}


def test_many_lines_are_saved_in_a_handful_of_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    lines = Entry.objects.fillable_by(world.users["hejian_reporter"])
    lines = lines.filter(period=world.periods[3]).select_related("task")
    edits = [edit(entry, narrative="办了") for entry in lines]
    with django_assert_max_num_queries(12):
        outcome = actions.save(edits, author(world, "hejian_reporter"))
    assert len(outcome.done) == len(edits) == 8
