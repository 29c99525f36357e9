"""Who sees, fills and reviews which lines: one matrix for the whole cast."""

import datetime

import pytest

from accounts.models import User
from accounts.roles import Role
from tasks.models import Entry, EntryChange, EntrySummary, Review
from tests.tasks.verbs import accept, save, submit, submitted
from tests.world import CAST, World

HEJIAN = {"hejian", "dongshan", "xishan", "nanping"}
LINQI = {"linqi", "dongshan_linqi", "beiping"}
LINZHOU = HEJIAN | LINQI | {"chengbian"}
BAIDAOKOU = {"baidaokou", "shiqiao"}
HUAXIAN = BAIDAOKOU | {"feidi", "feilai"}
CITY = LINZHOU | HUAXIAN
PREVIOUS = "previous_value"

SEES = {
    "city_manager": CITY,
    "city_viewer": CITY,
    "city_auditor": CITY,
    "linzhou_reviewer": LINZHOU,
    "linzhou_viewer": LINZHOU,
    "linzhou_manager": LINZHOU,
    "huaxian_reviewer": HUAXIAN,
    "hejian_reporter": HEJIAN,
    "hejian_reviewer": HEJIAN,
    "linqi_reporter": LINQI,
    "baidaokou_reporter": BAIDAOKOU,
    "dongshan_reporter": {"dongshan"},
    "xishan_reporter": {"xishan"},
}
FILLS: dict[str, set[str]] = {
    "hejian_reporter": HEJIAN,
    "hejian_reviewer": HEJIAN,
    "linqi_reporter": LINQI,
    "baidaokou_reporter": BAIDAOKOU,
    "dongshan_reporter": {"dongshan"},
    "xishan_reporter": {"xishan"},
}


def units(world: World, entries: object) -> set[str]:
    owners = {entry.division_id for entry in entries}  # type: ignore[attr-defined]
    return {name for name, unit in world.units.items() if unit.pk in owners}


@pytest.mark.parametrize("who", CAST)
def test_everybody_sees_the_lines_of_their_own_division_only(world: World, who: str) -> None:
    visible = Entry.objects.visible_to(world.users[who])
    assert units(world, visible) == SEES[who]
    whole = Entry.objects.filter(division__in=[world.units[name] for name in SEES[who]])
    assert visible.count() == whole.count()


@pytest.mark.parametrize("who", CAST)
def test_villages_and_townships_fill_and_nobody_above_them(world: World, who: str) -> None:
    assert units(world, Entry.objects.fillable_by(world.users[who])) == FILLS.get(who, set())


def test_a_village_fills_its_own_lines_only(world: World) -> None:
    entry = world.entry("xishan", "income")
    outcome = save(world, "dongshan_reporter", entry, value=1)
    assert outcome.missing == [entry.pk]
    assert save(world, "xishan_reporter", entry, value=1).done


def test_villages_of_one_name_are_not_mixed_up(world: World) -> None:
    twin = world.entry("dongshan_linqi", "income")
    assert save(world, "dongshan_reporter", twin, value=1).missing == [twin.pk]
    assert save(world, "linqi_reporter", twin, value=1).done


@pytest.mark.parametrize("unit", ["dongshan", "hejian", "linzhou", "city"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_who_only_looks_fills_and_reviews_nothing(world: World, unit: str, role: Role) -> None:
    user = User.objects.create_user("looker", name="x", division=world.units[unit], role=role)
    submitted(world)
    assert Entry.objects.visible_to(user).exists()
    assert not Entry.objects.fillable_by(user).exists()
    assert not Entry.objects.waiting_for(user).exists()


def waiting(world: World) -> set[str]:
    entry = world.entry("dongshan", "income")
    return {n for n, u in world.users.items() if entry in Entry.objects.waiting_for(u)}


def test_a_villages_line_waits_at_its_township_then_at_its_county(world: World) -> None:
    assert waiting(world) == set()
    submitted(world)
    assert waiting(world) == {"hejian_reviewer"}
    accept(world, "hejian_reviewer", world.entry("dongshan", "income"))
    assert waiting(world) == {"linzhou_reviewer", "linzhou_manager"}
    accept(world, "linzhou_reviewer", world.entry("dongshan", "income"))
    assert waiting(world) == set()


def test_what_one_submitted_oneself_does_not_wait_for_oneself(world: World) -> None:
    reviewer = User.objects.create_user(
        "mover", name="x", division=world.units["hejian"], role=Role.REVIEWER
    )
    world.users["mover"] = reviewer
    submitted(world, who="mover")
    reviewer.division = world.units["linzhou"]
    reviewer.save()
    assert waiting(world) == {"linzhou_reviewer", "linzhou_manager"}


def test_without_a_division_nothing_is_filled_or_reviewed(world: World) -> None:
    submitted(world)
    root = User.objects.create_superuser("root", name="root")
    nobody = User.objects.create_user("nobody", name="x", role=Role.MANAGER)
    for user in (root, nobody):
        assert not Entry.objects.fillable_by(user).exists()
        assert not Entry.objects.waiting_for(user).exists()
    assert Entry.objects.visible_to(root).count() == Entry.objects.count()
    assert not Entry.objects.visible_to(nobody).exists()


@pytest.mark.parametrize("who", CAST)
def test_history_reviews_and_sums_are_seen_like_the_lines(world: World, who: str) -> None:
    user = world.users[who]
    accept(world, "hejian_reviewer", submitted(world))
    sees = "dongshan" in SEES[who]
    for model in (Review, EntryChange):
        assert model.objects.visible_to(user).exists() is sees
    if world.users[who].level == "village":
        # A sum over several villages is not one village's to see.
        assert not EntrySummary.objects.visible_to(user).exists()
    else:
        owed = EntrySummary.objects.visible_to(user).total().owed
        assert owed == Entry.objects.visible_to(user).count()


def test_the_administrator_sees_all_history_and_sums(world: World) -> None:
    accept(world, "hejian_reviewer", submitted(world))
    root = User.objects.create_superuser("root", name="root")
    assert EntryChange.objects.visible_to(root).count() == 3
    assert Review.objects.visible_to(root).count() == 1
    assert EntrySummary.objects.visible_to(root).total().owed == Entry.objects.count()
    nobody = User.objects.create_user("nobody", name="x")
    assert not EntrySummary.objects.visible_to(nobody).exists()
    assert not EntryChange.objects.visible_to(nobody).exists()


def test_list_and_sum_stay_the_same_lines_when_a_village_is_transferred(world: World) -> None:
    dongshan = world.units["dongshan"]
    dongshan.parent = world.units["baidaokou"]
    dongshan.place()
    for name in ("linzhou", "huaxian", "hejian", "baidaokou", "city"):
        unit = world.units[name]
        listed = Entry.objects.within(unit).count()
        assert listed == EntrySummary.objects.within(unit).total().owed


def test_overdue_is_what_is_not_reported_after_the_due_date(world: World) -> None:
    entry = submitted(world)
    third = Entry.objects.filter(period=world.periods[3])
    assert not third.overdue(datetime.date(2026, 10, 5)).exists()
    overdue = third.overdue(datetime.date(2026, 10, 6))
    assert overdue.count() == third.count() - 1
    assert entry not in overdue
    assert list(third.reported()) == [entry]
    assert third.unreported().count() + third.reported().count() == third.count()


def test_editable_are_the_lines_that_do_not_wait_and_are_not_accepted(world: World) -> None:
    all_lines = Entry.objects.count()
    entry = submitted(world)
    assert Entry.objects.filter(state__in=Entry.EDITABLE).count() == all_lines - 1
    assert not entry.is_editable
    assert world.entry("xishan", "income").is_editable


def test_last_quarters_value_stands_beside_the_line(world: World) -> None:
    before = Entry.objects.filter(pk=world.entry("dongshan", "income", 2).pk)
    before.update(value=40, state="accepted", first_submitted_at=world.ledger.issued_at)
    lines = Entry.objects.filter(period=world.periods[3], task=world.tasks["income"])
    previous = {line.division_id: getattr(line, PREVIOUS) for line in lines.with_previous()}
    assert previous.pop(world.units["dongshan"].pk) == 40
    assert set(previous.values()) == {None}


def test_the_form_lists_the_township_first_then_village_by_village(world: World) -> None:
    lines = Entry.objects.within(world.units["hejian"]).filter(period=world.periods[3])
    order = [(e.division.code, e.task.number) for e in lines.in_form_order()]
    assert order == sorted(order)
    assert [number for _code, number in order[:4]] == [4, 5, 1, 2]


def test_submitting_for_a_village_is_the_townships_right_too(world: World) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "hejian_reporter", entry, value=1)
    assert submit(world, "hejian_reporter", world.entry("dongshan", "income")).done
    assert waiting(world) == {"linzhou_reviewer", "linzhou_manager"}
