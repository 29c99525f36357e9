"""A file that was filled while others changed the same lines here."""

from decimal import Decimal
from typing import Any

import pytest

from spreadsheets import actions, fingerprint
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch, BatchRow
from spreadsheets.sheet import Target, by_name
from tasks.models import EntryChange
from tasks.sheets import EntrySheet
from tests.spreadsheets import files
from tests.tasks import recount, verbs
from tests.tasks.forms import (
    ANSWER,
    DONGSHAN,
    INCOME,
    MEETING,
    NARRATIVE,
    NEXT,
    PROBLEMS,
    Q3,
    XISHAN,
    apply,
    check,
    counts,
    exported,
    filled,
    messages,
    place,
    put,
)
from tests.world import World

pytestmark = pytest.mark.usefixtures("in_english")
READY = Batch.State.CHECKED
MARK = "版本"


def saved_here(world: World, unit: str = "dongshan", task: str = "income", **content: Any) -> None:
    outcome = verbs.save(world, "hejian_reporter", world.entry(unit, task), **content)
    assert len(outcome.done) == 1


def decide(world: World, batch: Batch, **choice: str) -> Batch:
    """The one row that both changed, decided by column: value, narrative, …"""
    labels = {"value": ANSWER, "narrative": NARRATIVE, "problems": PROBLEMS}
    row = batch.rows.exclude(conflicts={}).get()
    choices = {row.pk: {labels[part]: said for part, said in choice.items()}}
    return actions.decide(batch.pk, world.users["hejian_reporter"], choices)


def conflicts(batch: Batch) -> dict[str, tuple[str, str]]:
    """What the file says beside what stands here, by row and column."""
    return {
        f"{row.sheet_row} {label}": (conflict["mine"], conflict["now"])
        for row in batch.rows.exclude(conflicts={})
        for label, conflict in row.conflicts.items()
    }


@pytest.fixture
def both(world: World) -> Batch:
    """The value 5 in the file and 7 here, since both began with 3; and a narrative beside."""
    saved_here(world, value=3)
    content = filled(
        exported(world), put(DONGSHAN, INCOME, 5), put(DONGSHAN, INCOME, "好", NARRATIVE)
    )
    saved_here(world, value=7)
    return check(world, content)


def test_a_cell_changed_here_alone_keeps_the_newer_value(world: World) -> None:
    saved_here(world, value=3, narrative="旧", problems="旧")
    content = exported(world)
    saved_here(world, value=7, narrative="新", problems="")
    batch = check(world, content)
    assert counts(batch) == (READY, 0, 0, 8)
    assert batch.conflicts == 0


def test_a_line_filled_here_since_is_not_blanked_by_an_old_file(world: World) -> None:
    content = exported(world)
    saved_here(world, value=7, narrative="新")
    assert counts(check(world, content)) == (READY, 0, 0, 8)


def test_a_cell_changed_in_the_file_is_taken_beside_one_changed_here(world: World) -> None:
    saved_here(world, value=3, narrative="旧")
    content = filled(exported(world), put(DONGSHAN, INCOME, 5))
    saved_here(world, narrative="新", next_steps="下一步")
    batch = check(world, content)
    assert (counts(batch), batch.conflicts) == ((READY, 0, 1, 7), 0)
    apply(world, batch)
    entry = world.entry("dongshan", "income")
    assert (entry.content["value"], entry.narrative) == ("5.00", "新")
    assert entry.next_steps == "下一步"
    history = EntryChange.objects.get(entry=entry, batch=batch.pk)
    assert history.before == {"value": "3.00", "state": "draft"}
    assert history.after == {"value": "5.00", "state": "draft"}


def test_a_cell_changed_to_the_same_by_both_is_no_change(world: World) -> None:
    saved_here(world, value=3)
    content = filled(exported(world), put(DONGSHAN, INCOME, "零报告"))
    saved_here(world, value=None, nothing="nil")
    assert counts(check(world, content)) == (READY, 0, 0, 8)


def test_a_cell_changed_by_both_shows_both_and_waits_for_a_choice(
    world: World, both: Batch
) -> None:
    assert (counts(both), both.conflicts) == ((READY, 0, 1, 7), 1)
    assert conflicts(both) == {f"6 {ANSWER}": ("5", "7")}
    with pytest.raises(Refused, match="First decide"):
        apply(world, both)
    assert world.entry("dongshan", "income").value == 7
    assert not EntryChange.objects.filter(batch=both.pk).exists()


@pytest.mark.parametrize(("choice", "value"), [("mine", "5.00"), ("now", "7.00")])
def test_a_choice_is_written_with_the_other_edits_of_its_row(
    world: World, both: Batch, choice: str, value: str
) -> None:
    decided = decide(world, both, value=choice)
    assert (decided.undecided(), decided.writes) == (0, 1)
    apply(world, both)
    entry = world.entry("dongshan", "income")
    assert (entry.content["value"], entry.narrative, entry.version) == (value, "好", 4)
    history = EntryChange.objects.get(batch=both.pk)
    expected = {"narrative": "好", "state": "draft"}
    assert history.after == ({"value": "5.00"} if choice == "mine" else {}) | expected
    assert recount.summarised() == recount.recounted()


def test_a_choice_may_be_changed_until_it_is_applied(world: World, both: Batch) -> None:
    for choice in ("mine", "now", "mine", "nonsense", ""):
        decide(world, both, value=choice)
    row = both.rows.exclude(conflicts={}).get()
    assert (row.after["value"], row.after["narrative"], row.is_decided) == ("5.00", "好", True)
    decide(world, both, value="now", narrative="mine")
    row.refresh_from_db()
    assert (row.after["value"], row.after["shown"]) == ("7.00", "7")


def test_an_unknown_row_or_column_decides_nothing(world: World, both: Batch) -> None:
    reporter = world.users["hejian_reporter"]
    other = both.rows.filter(conflicts={}).first()
    assert other is not None
    actions.decide(both.pk, reporter, {other.pk: {ANSWER: "mine"}, 10**17: {ANSWER: "mine"}})
    actions.decide(both.pk, reporter, {both.rows.exclude(conflicts={}).get().pk: {"x": "mine"}})
    assert both.undecided() == 1


def test_a_row_that_keeps_what_stands_here_is_not_written(world: World) -> None:
    saved_here(world, value=3)
    content = filled(exported(world), put(DONGSHAN, INCOME, 5))
    saved_here(world, value=7)
    batch = decide(world, check(world, content), value="now")
    assert counts(batch) == (READY, 0, 0, 8)
    apply(world, batch)
    assert world.entry("dongshan", "income").version == 3
    assert not EntryChange.objects.filter(batch=batch.pk).exists()


def test_a_line_cleared_here_and_filled_in_the_file_counts_as_decided(world: World) -> None:
    saved_here(world, value=3)
    content = filled(exported(world), put(DONGSHAN, INCOME, 5))
    saved_here(world, value=None)
    batch = check(world, content)
    assert (counts(batch), conflicts(batch)) == ((READY, 1, 0, 7), {f"6 {ANSWER}": ("5", "")})
    assert counts(decide(world, batch, value="now")) == (READY, 0, 0, 8)
    assert decide(world, batch, value="mine").writes == 1
    apply(world, batch)
    assert world.entry("dongshan", "income").value == 5


def test_each_cell_of_a_row_is_decided_by_itself(world: World) -> None:
    saved_here(world, value=3, narrative="一", problems="一")
    changes = [(5, ANSWER), ("我", NARRATIVE), ("我", PROBLEMS), ("我", NEXT)]
    content = filled(exported(world), *(put(DONGSHAN, INCOME, v, c) for v, c in changes))
    saved_here(world, value=7, narrative="今", problems="我")
    batch = check(world, content)
    both = {f"6 {ANSWER}": ("5", "7"), f"6 {NARRATIVE}": ("我", "今")}
    assert conflicts(batch) == both
    assert decide(world, batch, value="mine").undecided() == 1
    with pytest.raises(Refused, match="First decide"):
        apply(world, batch)
    decide(world, batch, narrative="now")
    apply(world, batch)
    entry = world.entry("dongshan", "income")
    assert (entry.content["value"], entry.narrative) == ("5.00", "今")
    assert entry.problems == "我"
    assert entry.next_steps == "我"


def test_a_conflict_whose_own_value_is_wrong_is_an_error_not_a_choice(world: World) -> None:
    saved_here(world, value=3)
    content = filled(exported(world), put(DONGSHAN, INCOME, -5))
    saved_here(world, value=7)
    batch = check(world, content)
    assert batch.state == Batch.State.WRONG
    assert "less than 0" in messages(batch)["I6"]


def test_a_line_changed_again_after_the_choice_stops_everything(world: World, both: Batch) -> None:
    decide(world, both, value="mine")
    saved_here(world, value=8)
    with pytest.raises(Stale, match=f"{ANSWER} 8"):
        apply(world, both)
    assert world.entry("dongshan", "income").value == 8


def test_nobody_else_decides_and_nothing_is_decided_after_applying(
    world: World, both: Batch
) -> None:
    row: BatchRow = both.rows.exclude(conflicts={}).get()
    for who in ("dongshan_reporter", "city_manager"):
        with pytest.raises(Batch.DoesNotExist):
            actions.decide(both.pk, world.users[who], {row.pk: {ANSWER: "mine"}})
    decide(world, both, value="mine")
    apply(world, both)
    with pytest.raises(Refused, match="cannot be changed"):
        decide(world, both, value="now")
    row.refresh_from_db()
    assert row.conflicts[ANSWER]["choice"] == "mine"


# Marks that are not of this row


def marked(content: bytes, mark: Any, unit: str = DONGSHAN) -> bytes:
    def change(page: Any) -> None:
        place(page, unit, INCOME, MARK).value = mark

    return filled(content, put(unit, INCOME, 5), change)


def mark_of(content: bytes, unit: str, task: str) -> str:
    found: list[str] = []
    files.edited(content, lambda page: found.append(place(page, unit, task, MARK).value))
    return found[0]


@pytest.mark.parametrize(
    "mark",
    ["nonsense", "2", "2-", "2-0123abcd", "9-" + "0" * 40, "2-" + "0" * 40, "²-" + "0" * 40],
    ids=["words", "bare", "empty", "short", "too new", "of other values", "odd digit"],
)
def test_a_mark_that_cannot_be_of_the_row_is_named_at_its_cell(mark: str, world: World) -> None:
    saved_here(world, value=3)
    batch = check(world, marked(exported(world), mark))
    assert batch.state == Batch.State.WRONG
    assert "hidden mark" in messages(batch)["P6"]


def test_the_mark_of_another_row_is_named_at_its_cell(world: World) -> None:
    saved_here(world, value=3)
    saved_here(world, "xishan", value=4)
    content = exported(world)
    moved = marked(content, mark_of(content, XISHAN, INCOME))
    assert "hidden mark" in messages(check(world, moved))["P6"]
    own = marked(content, mark_of(content, DONGSHAN, INCOME))
    assert counts(check(world, own)) == (READY, 0, 1, 7)


def test_a_row_without_a_mark_is_taken_as_it_is_written(world: World) -> None:
    saved_here(world, value=3)
    content = marked(exported(world), None)
    saved_here(world, value=7)
    batch = check(world, content)
    assert (counts(batch), batch.conflicts) == ((READY, 0, 1, 7), 0)


def test_a_mark_knows_every_cell_of_a_line(world: World) -> None:
    saved_here(world, value=Decimal("2.50"), narrative="一\r\n二 ", problems="三")
    read = fingerprint.Fingerprint.read(mark_of(exported(world), DONGSHAN, INCOME))
    assert read is not None
    texts = ("2.50|", "一\n二", "三", "", "")
    assert (read.version, read.digests) == (2, tuple(map(fingerprint.digest, texts)))


# Made for something else


def test_an_older_template_is_refused_naming_both_versions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EntrySheet, "version", 1)
    old = exported(world)
    monkeypatch.undo()
    with pytest.raises(Refused, match="version 1, but version 3"):
        check(world, old)


def test_the_form_of_another_sheet_is_refused_naming_both(world: World) -> None:
    other = exported(world, sheet=by_name("township_task_ledger"))
    with pytest.raises(Refused, match=r"Township task ledger.*Quarterly report"):
        check(world, other)


def test_another_quarter_and_another_unit_are_refused_naming_both(world: World) -> None:
    content = exported(world)
    with pytest.raises(Refused, match=r"2026Q3.*2026Q2"):
        check(world, content, target=Target(period="2026Q2"))
    with pytest.raises(Refused, match=r"合涧镇.*西山村"):
        check(world, content, target=Target("410581101202", Q3))
    with pytest.raises(Refused, match=r"合涧镇.*临淇镇"):
        check(world, content, "linqi_reporter")


def test_a_yes_becomes_a_conflict_in_words(world: World) -> None:
    saved_here(world, task="meeting", value=1)
    content = filled(exported(world), put(DONGSHAN, MEETING, "零报告"))
    saved_here(world, task="meeting", value=0)
    batch = check(world, content)
    assert conflicts(batch) == {f"7 {ANSWER}": ("零报告", "否")}
    decide(world, batch, value="mine")
    apply(world, batch)
    entry = world.entry("dongshan", "meeting")
    assert (entry.value, entry.nothing) == (None, "nil")
