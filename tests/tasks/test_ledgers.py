import datetime
from collections import Counter
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from tasks.models import Cost, Entry, EntrySummary, Ledger, Task
from tests.refusals import refused_by
from tests.tasks.verbs import moment
from tests.world import NOW, World

TOWNSHIPS = {"hejian", "linqi", "baidaokou", "feidi"}
VILLAGES = {
    "dongshan",
    "xishan",
    "nanping",
    "dongshan_linqi",
    "beiping",
    "chengbian",
    "shiqiao",
    "feilai",
}


def issue(world: World) -> int:
    return world.ledger.issue(world.users["city_manager"], moment(1, 5))


def owing(world: World, task: str) -> set[str]:
    found = Entry.objects.filter(task=world.tasks[task]).values_list("division", flat=True)
    return {name for name, unit in world.units.items() if unit.pk in set(found)}


def test_the_cost_is_told_before_and_is_what_the_issue_makes(draft_world: World) -> None:
    assert draft_world.ledger.costs() == [
        Cost("township", units=4, tasks=2, cells=32, minutes=Decimal(96)),  # type: ignore[arg-type]
        Cost("village", units=8, tasks=3, cells=80, minutes=Decimal(128)),  # type: ignore[arg-type]
    ]
    assert Entry.objects.count() == 0
    assert issue(draft_world) == 112 == Entry.objects.count()


def test_towns_and_villages_owe_their_own_level_and_streets_and_communities_nothing(
    world: World,
) -> None:
    assert owing(world, "income") == VILLAGES
    assert owing(world, "reserve") == TOWNSHIPS


def test_streets_and_communities_that_the_ledger_names_owe_too(draft_world: World) -> None:
    extra = [draft_world.units[name] for name in ("guiyuan", "community")]
    draft_world.ledger.extra_units.set(extra)
    expected = sum(cost.cells for cost in draft_world.ledger.costs())
    assert issue(draft_world) == expected == 112 + 8 + 10
    assert owing(draft_world, "income") == VILLAGES | {"community"}
    assert owing(draft_world, "reserve") == TOWNSHIPS | {"guiyuan"}


def test_a_unit_named_though_it_owes_anyway_owes_once(draft_world: World) -> None:
    draft_world.ledger.extra_units.set([draft_world.units["dongshan"]])
    assert issue(draft_world) == 112


def test_a_countys_ledger_asks_its_own_units_only(draft_world: World) -> None:
    ledger = Ledger.objects.create(division=draft_world.units["huaxian"], year=2026, title="滑县")
    Task.objects.create(
        ledger=ledger, number=1, category="people", title="培训", reporting_level="village"
    )
    # A named unit of another county still owes this county nothing.
    ledger.extra_units.set([draft_world.units["community"]])
    assert ledger.issue(draft_world.users["city_manager"], moment(1, 5)) == 2 * 4
    units = set(Entry.objects.values_list("division__name", flat=True))
    assert units == {"石桥村民委员会", "飞来村民委员会"}


def test_units_owe_as_the_tree_stood_when_the_year_began(draft_world: World) -> None:
    units = draft_world.units
    units["nanping"].valid_to = datetime.date(2026, 1, 1)
    units["xishan"].valid_to = datetime.date(2026, 1, 2)
    units["beiping"].valid_from = datetime.date(2026, 1, 2)
    for name in ("nanping", "xishan", "beiping"):
        units[name].save()
    issue(draft_world)
    assert owing(draft_world, "income") == VILLAGES - {"nanping", "beiping"}


def test_a_task_is_owed_in_its_quarters_only(world: World) -> None:
    def quarters(task: str) -> Counter[int]:
        rows = Entry.objects.filter(task=world.tasks[task])
        return Counter(rows.values_list("period__quarter", flat=True))

    assert quarters("deeds") == {2: 8, 4: 8}
    assert quarters("income") == {1: 8, 2: 8, 3: 8, 4: 8}


def test_an_issued_entry_is_blank_and_knows_its_township(world: World) -> None:
    entry = world.entry("dongshan", "income")
    assert entry.township == world.units["hejian"]
    assert world.entry("hejian", "reserve").township == world.units["hejian"]
    assert (entry.state, entry.version, entry.value, entry.narrative) == ("blank", 1, None, "")
    assert (entry.waiting_at, entry.is_late, entry.first_submitted_at) == ("", False, None)
    entry.full_clean()


def test_the_summary_stands_from_the_first_moment(world: World) -> None:
    total = EntrySummary.objects.total()
    assert (total.owed, total.blank, total.reported) == (112, 112, 0)
    # Five townships have villages that owe; four owe something themselves.
    assert EntrySummary.objects.count() == 5 * (4 + 4 + 2) + 4 * (4 + 4)


def test_issuing_notes_who_and_when(world: World) -> None:
    stored = Ledger.objects.get(pk=world.ledger.pk)
    assert stored.state == Ledger.State.ISSUED
    assert stored.issued_by == world.users["city_manager"]
    assert stored.issued_at == moment(1, 5, 10)


def test_a_ledger_is_issued_once(world: World) -> None:
    stale = Ledger.objects.get(pk=world.ledger.pk)
    stale.state = Ledger.State.DRAFT  # as a page that was open before
    with pytest.raises(ValidationError) as said:
        stale.issue(world.users["city_manager"], NOW)
    assert said.value.code == "issued"
    assert Entry.objects.count() == 112


def test_a_ledger_without_tasks_is_not_issued(draft_world: World) -> None:
    empty = Ledger.objects.create(division=draft_world.units["city"], year=2027, title="空")
    with pytest.raises(ValidationError) as said:
        empty.issue(draft_world.users["city_manager"], NOW)
    assert said.value.code == "empty"
    assert Ledger.objects.get(pk=empty.pk).state == Ledger.State.DRAFT
    assert not Entry.objects.exists()


def test_a_ledger_whose_tasks_nobody_owes_is_not_issued(draft_world: World) -> None:
    street = draft_world.units["guiyuan"]
    ledger = Ledger.objects.create(division=street, year=2026, title="街道")
    Task.objects.create(
        ledger=ledger, number=1, category="people", title="x", reporting_level="township"
    )
    with pytest.raises(ValidationError) as said:
        ledger.issue(None, NOW)
    assert said.value.code == "empty"


def seers(world: World) -> set[str]:
    return {
        name
        for name, user in world.users.items()
        if Ledger.objects.visible_to(user).filter(pk=world.ledger.pk).exists()
    }


def test_a_draft_is_seen_where_it_is_written_only(draft_world: World) -> None:
    assert seers(draft_world) == {"city_manager", "city_viewer", "city_auditor"}
    visible = Task.objects.visible_to(draft_world.users["hejian_reporter"])
    assert not visible.exists()
    root = User.objects.create_superuser("root", name="root")
    assert Ledger.objects.visible_to(root).exists()


def test_an_issued_ledger_is_seen_by_everybody_below(world: World) -> None:
    assert seers(world) == set(world.users)
    assert Task.objects.visible_to(world.users["dongshan_reporter"]).count() == 5


def test_a_countys_ledger_is_seen_from_above_and_below_but_not_beside(world: World) -> None:
    other = Ledger.objects.create(division=world.units["huaxian"], year=2026, title="滑县")
    Ledger.objects.filter(pk=other.pk).update(state="issued", issued_at=NOW)
    who = {n for n, u in world.users.items() if other in Ledger.objects.visible_to(u)}
    assert who == {
        "city_manager",
        "city_viewer",
        "city_auditor",
        "huaxian_reviewer",
        "baidaokou_reporter",
    }


def test_without_a_division_no_ledger_is_seen(world: World) -> None:
    nobody = User.objects.create_user("nobody", name="x")
    assert not Ledger.objects.visible_to(nobody).exists()


def test_an_issued_ledger_keeps_its_year_unit_and_thresholds(world: World) -> None:
    ledger = Ledger.objects.get(pk=world.ledger.pk)
    ledger.title, ledger.remind_days = "改名", 5
    ledger.full_clean()
    changed = {"year": 2027, "division": world.units["linzhou"], "red_behind": 30}
    for name, value in changed.items():
        other = Ledger.objects.get(pk=world.ledger.pk)
        setattr(other, name, value)
        with pytest.raises(ValidationError):
            other.full_clean()


@pytest.mark.parametrize("name", ["remind_days", "escalate_days", "notice_days"])
def test_days_from_a_due_date_are_a_year_at_most(name: str, draft_world: World) -> None:
    ledger = draft_world.ledger
    setattr(ledger, name, 366)
    ledger.full_clean()
    setattr(ledger, name, 9999)
    with pytest.raises(ValidationError) as said:
        ledger.full_clean()
    assert set(said.value.error_dict) == {name}


def test_a_draft_may_change_its_year_but_stays_the_citys(draft_world: World) -> None:
    ledger = draft_world.ledger
    ledger.year = 2027
    ledger.full_clean()
    ledger.division = draft_world.units["linzhou"]
    with pytest.raises(ValidationError) as said:
        ledger.full_clean()
    assert set(said.value.error_dict) == {"division"}


def test_a_unit_has_one_ledger_a_year(world: World) -> None:
    twice = Ledger(division=world.units["city"], year=2026, title="x")
    refused_by("ledger_one_per_division_and_year", twice)


@pytest.mark.parametrize(("yellow", "red"), [(10, 10), (20, 10)])
def test_red_is_further_behind_than_yellow(world: World, yellow: int, red: int) -> None:
    ledger = Ledger(
        division=world.units["city"], year=2030, title="x", yellow_behind=yellow, red_behind=red
    )
    refused_by("ledger_red_is_further_behind_than_yellow", ledger)


def test_an_issued_ledger_says_when(world: World) -> None:
    ledger = Ledger(division=world.units["city"], year=2030, title="x", state="issued")
    refused_by("ledger_issued_has_a_time", ledger)
