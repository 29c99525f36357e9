"""Duty lists: lines of the ledger that only villages owe to which somebody is sent."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from cadres.actions import postings
from cadres.models import Posting, PostingKind
from tasks import actions
from tasks.actions import amending
from tasks.actions.making import copy_ledger
from tasks.amended import named
from tasks.models import Amendment, Entry, EntrySummary, Ledger, Task
from tasks.models.duty import Duty
from tests.cadres.appointing import bind_all, new
from tests.tasks.pages import english, fields, shown
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import author
from tests.world import NOW, World

DAY = NOW.date()
SENT_TO = {"东山村民委员会", "西山村委会", "石桥村民委员会"}
PROJECTS: dict[str, Any] = {
    "number": 11,
    "category": "material",
    "title": "引进资金项目",
    "reporting_level": "village",
    "measure": "number",
    "unit": "万元",
    "is_cumulative": True,
    "target": Decimal(50),
    "evidence_wanted": True,
    "duty": Duty.FIRST_SECRETARY,
}


def add_duties(ledger: Ledger) -> tuple[Task, Task]:
    """An item of the first secretary's list, and one of the organisation that supports it."""
    helped = Task(ledger=ledger, **PROJECTS)
    helped.full_clean()
    helped.save()
    given = {"number": 12, "title": "落实帮扶资金", "duty": Duty.ORGANIZATION, "supports": helped}
    helping = Task(ledger=ledger, **(PROJECTS | given))
    helping.full_clean()
    helping.save()
    return helped, helping


def was_sent(world: World, unit: str) -> None:
    """Somebody is sent to a village and leaves again; the organisation stays bound to it."""
    day = DAY - datetime.timedelta(days=90)
    sent = postings.appoint(new(world, "free", unit, start=day), None)
    postings.end(sent, day + datetime.timedelta(days=30), "rotated", None)


@pytest.fixture
def issued(draft_world: World) -> World:
    """The small city with both lists in its ledger, issued today."""
    world = draft_world
    world.tasks["projects"], world.tasks["funds"] = add_duties(world.ledger)
    world.ledger.issue(
        world.users["city_manager"], NOW, reason="新增责任清单", ordered_by="示例部长"
    )
    return world


def owing(task: Task, quarter: int = 4) -> set[str]:
    lines = Entry.objects.filter(task=task, period__quarter=quarter).owed()
    return set(lines.values_list("division__name", flat=True))


def update(world: World, quarter: int = 4) -> Amendment:
    ledger = Ledger.objects.get(pk=world.ledger.pk)
    return amending.update_duties(ledger, quarter, "人员调整", author(world, "city_manager"))


def send(world: World, unit: str, start: datetime.date = DAY) -> Posting:
    who = world.persons["free"]
    kind = PostingKind.objects.get(code="first_secretary")
    new = Posting(
        person=who, kind=kind, division=world.units[unit], organization=who.organization,
        start=start,
    )  # fmt: skip
    return postings.appoint(new, None)


def test_only_villages_with_a_first_secretary_owe_the_lists(issued: World) -> None:
    for name in ("projects", "funds"):
        assert owing(issued.tasks[name]) == SENT_TO
    assert owing(issued.tasks["meeting"]) > SENT_TO
    assert summarised() == recounted()


def test_what_issuing_costs_counts_only_those_who_owe(draft_world: World) -> None:
    helped, _helping = add_duties(draft_world.ledger)
    cost = next(c for c in draft_world.ledger.task_costs() if c.task == helped)
    assert (cost.units, cost.cells) == (3, 12)


def test_a_ledger_of_duties_alone_asks_only_where_somebody_is_sent(draft_world: World) -> None:
    ledger = draft_world.ledger
    add_duties(ledger)
    ledger.tasks.filter(duty="", reporting_level="village").delete()
    _townships, villages = ledger.costs()
    assert (villages.units, villages.cells) == (3, 24)
    was_sent(draft_world, "nanping")
    assert ledger.costs()[1].units == 4


def test_what_an_issued_ledger_costs_is_what_it_made_whoever_is_sent_later(issued: World) -> None:
    postings.end(issued.postings["dongshan"], DAY - datetime.timedelta(days=1), "rotated", None)
    projects = issued.tasks["projects"]
    cost = next(c for c in issued.ledger.task_costs() if c.task == projects)
    assert (cost.units, cost.cells) == (3, 12)
    Entry.objects.filter(task=projects, division=issued.units["dongshan"]).update(state="withdrawn")
    cost = next(c for c in issued.ledger.task_costs() if c.task == projects)
    assert (cost.units, cost.cells) == (2, 8)


def test_an_organisation_bound_without_a_first_secretary_owes_its_list(draft_world: World) -> None:
    helped, helping = add_duties(draft_world.ledger)
    was_sent(draft_world, "nanping")
    draft_world.ledger.issue(None, NOW, reason="新增", ordered_by="示例部长")
    assert owing(helping) == SENT_TO | {"南平村民委员会"}
    assert owing(helped) == SENT_TO


@pytest.mark.parametrize(
    ("says", "field"),
    [
        ({"reporting_level": "township"}, "duty"),
        ({"duty": ""}, "supports"),
        ({"duty": Duty.FIRST_SECRETARY}, "supports"),
    ],
)
def test_a_list_is_the_villages_and_only_the_organisation_supports(
    draft_world: World, says: dict[str, Any], field: str
) -> None:
    _helped, helping = add_duties(draft_world.ledger)
    for name, value in says.items():
        setattr(helping, name, value)
    with pytest.raises(ValidationError) as refused:
        helping.full_clean()
    assert field in refused.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(pk=helping.pk).update(**says)


def test_an_item_supports_only_a_task_of_the_first_secretary(draft_world: World) -> None:
    _helped, helping = add_duties(draft_world.ledger)
    helping.supports = draft_world.tasks["income"]
    with pytest.raises(ValidationError):
        helping.full_clean()


def test_who_came_owes_the_lists_and_who_left_does_not(issued: World) -> None:
    send(issued, "nanping")
    postings.end(issued.postings["xishan"], DAY - datetime.timedelta(days=1), "rotated", None)
    amendment = update(issued)
    assert owing(issued.tasks["projects"]) == SENT_TO - {"西山村委会"} | {"南平村民委员会"}
    # The organisation stays bound to its village while the seat waits, if it was bound at all.
    assert owing(issued.tasks["projects"], 2) == SENT_TO
    came, left = issued.units["nanping"].pk, issued.units["xishan"].pk
    counts = {"asked": 2, "withdrawn": 2}
    assert (amendment.entries, amendment.after) == (
        4,
        {**counts, "asked_of": [came], "withdrawn_of": [left]},
    )
    assert summarised() == recounted()
    summed = EntrySummary.objects.filter(task=issued.tasks["projects"], period__quarter=4)
    assert sum(row.owed for row in summed) == 3


def test_the_villages_that_come_and_go_are_named_to_whoever_may_see_them(issued: World) -> None:
    send(issued, "nanping")
    postings.end(issued.postings["xishan"], DAY - datetime.timedelta(days=1), "rotated", None)
    client = english(Client())
    client.force_login(issued.users["city_manager"])
    address = f"/ledgers/{issued.ledger.pk}/amend/?kind=duties"
    typed = {"from_quarter": "4", "reason": "人员调整", "do": "preview"}
    foreseen = client.post(address, fields(client.get(address)) | typed)
    told = ("Asked from now on: 合涧镇南平村", "Asked no longer: 合涧镇西山村")
    assert all(words in shown(foreseen) for words in told)
    client.post(address, fields(foreseen) | {"do": "confirm"})
    ledger = f"/ledgers/{issued.ledger.pk}/"
    assert all(words in shown(client.get(ledger)) for words in told)
    client.force_login(issued.users["dongshan_reporter"])
    record = shown(client.get(ledger))
    assert "人员调整" in record
    assert "南平村" not in record


def test_twenty_villages_are_named_and_the_others_counted() -> None:
    villages = {key: f"村{key}" for key in range(1, 24)}
    with translation.override("en"):
        assert named([3, 1], villages) == "村1, 村3"
        assert named(villages, villages).endswith("村20 and 3 more")


def test_lists_that_stand_as_they_should_are_not_amended(issued: World) -> None:
    with pytest.raises(ValidationError) as refused:
        update(issued)
    assert refused.value.code == "nothing"
    assert not Amendment.objects.exists()


def test_a_binding_keeps_the_list_of_the_organisation_while_the_seat_waits(issued: World) -> None:
    bind_all(issued)
    postings.end(issued.postings["xishan"], DAY - datetime.timedelta(days=1), "rotated", None)
    update(issued)
    assert owing(issued.tasks["projects"]) == SENT_TO - {"西山村委会"}
    assert owing(issued.tasks["funds"]) == SENT_TO


def test_a_village_that_gets_its_secretary_back_finds_what_it_had_written(issued: World) -> None:
    line = Entry.objects.get(
        task=issued.tasks["projects"], division=issued.units["xishan"], period__quarter=4
    )
    Entry.objects.filter(pk=line.pk).update(state="draft", narrative="正在对接")
    postings.end(issued.postings["xishan"], DAY - datetime.timedelta(days=1), "rotated", None)
    update(issued)
    send(issued, "xishan")
    update(issued)
    line.refresh_from_db()
    assert (line.state, line.narrative) == ("draft", "正在对接")


def test_a_posting_taken_back_leaves_no_list_behind_and_nothing_written_is_lost(
    issued: World,
) -> None:
    wrong = send(issued, "nanping")
    update(issued)
    of_nanping = Entry.objects.filter(division=issued.units["nanping"], period__quarter=4)
    lines = of_nanping.exclude(task__duty="")
    lines.update(state="draft", narrative="正在对接")
    postings.take_back(wrong, None, "误录")
    update(issued)
    for name in ("projects", "funds"):
        assert owing(issued.tasks[name]) == SENT_TO
    assert set(lines.values_list("narrative", flat=True)) == {"正在对接"}


def test_a_unit_that_is_added_owes_no_list_without_a_first_secretary(issued: World) -> None:
    ledger = Ledger.objects.get(pk=issued.ledger.pk)
    community = issued.units["community"]
    actions.add_unit(ledger, community, 4, "新增", author(issued, "city_manager"))
    assert community.name not in owing(issued.tasks["projects"])
    assert community.name in owing(issued.tasks["meeting"])


def test_a_duty_added_by_an_amendment_is_owed_where_somebody_is_sent(issued: World) -> None:
    ledger = Ledger.objects.get(pk=issued.ledger.pk)
    given = {n: v for n, v in PROJECTS.items() if n != "number"}
    given |= {"title": "人居环境整治", "quarters": "1234", "weight": 1, "final_level": "county"}
    added = actions.add_task(ledger, given, 4, "新增", author(issued, "city_manager"))
    assert added.entries == 3
    wrong = given | {"title": "乱", "reporting_level": "township"}
    with pytest.raises(ValidationError):
        actions.add_task(ledger, wrong, 4, "新增", author(issued, "city_manager"))


def test_a_copy_of_the_ledger_binds_its_own_items_together(issued: World) -> None:
    copy = copy_ledger(issued.ledger, 2027, author(issued, "city_manager"))
    helping = copy.tasks.get(duty=Duty.ORGANIZATION)
    assert helping.supports
    assert helping.supports.ledger == copy
    assert helping.supports.title == "引进资金项目"


def test_the_day_that_counts_is_that_of_the_issue(draft_world: World) -> None:
    helped, _helping = add_duties(draft_world.ledger)
    early = datetime.datetime(2025, 12, 20, 9, tzinfo=NOW.tzinfo)
    draft_world.ledger.issue(None, early)
    # The one at 石桥 began on 1 January.
    assert owing(helped) == SENT_TO - {"石桥村民委员会"}
