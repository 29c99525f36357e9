"""The demo city: built whole, built alike each time, and true to the rules of an entry."""

import datetime
import json
from copy import copy
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F

from accounts.models import User
from anyang_ledger.demo import places, quarters
from anyang_ledger.demo.line import Desk, Line
from anyang_ledger.demo.people import PASSWORD
from anyang_ledger.demo.scale import FULL
from cadres.models import (
    CadreChange,
    ContactVisit,
    PairingRound,
    Person,
    PersonMerge,
    PolicyTalk,
    Posting,
    PostingKind,
    StandardAssessment,
    VillageNeed,
)
from tasks import actions
from tasks.actions import Author, Edit, Mark, Seen
from tasks.actions.writing import WRITTEN
from tasks.models import (
    Counts,
    Entry,
    EntryChange,
    EntrySummary,
    Ledger,
    Light,
    Period,
    ReturnMark,
    ReturnReason,
    Review,
    Rulebook,
)
from tasks.models.state import REPORTED
from tasks.models.summary import COUNTED
from tests import dictionaries, states
from villages.models import Division, Level, VillageProfile

SIZE = "counties=1 townships=3 villages=30 entries=1422"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
State = Entry.State


@pytest.fixture
def demo(db: None, capsys: pytest.CaptureFixture[str]) -> str:
    """The small city; its last line of output."""
    return states.kept("demo", lambda: build(capsys))


def build(capsys: pytest.CaptureFixture[str]) -> str:
    dictionaries.put()
    call_command("demo", small=True)
    return capsys.readouterr().out.splitlines()[-1]


def everything() -> list[list[tuple[Any, ...]]]:
    """All that was drawn by lot, told apart by codes and names instead of keys."""
    of_entry = ("division__code", "period__quarter", "task__number")
    entries = Entry.objects.order_by(*of_entry).values_list(
        *of_entry, *Entry.CONTENT, "state", "version", "waiting_at", "submitted_at"
    )
    changes = EntryChange.objects.order_by(*(f"entry__{name}" for name in of_entry), "version")
    profiles = VillageProfile.objects.order_by("division__code")
    of_posting = ("division__code", "kind__code", "person__name", "start", "end")
    return [
        list(Posting.objects.order_by(*of_posting).values_list(*of_posting)),
        list(Person.objects.order_by("pk").values_list("name", "birth", "sex", "position")),
        list(VillageNeed.objects.values_list("division__code", "tag__name")),
        list(Division.objects.order_by("code").values_list("code", "name")),
        list(User.objects.order_by("username").values_list("username", "name", "role")),
        list(profiles.values_list("development_mode", "residents", "village_type")),
        list(entries),
        list(changes.values_list("version", "at", "by__username", "verb", "before", "after")),
    ]


def test_two_builds_are_the_same(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    built = []
    for _ in range(2):
        with transaction.atomic():
            assert build(capsys) == SIZE
            built.append(everything())
            transaction.set_rollback(True)
    assert built[0] == built[1]


def test_a_second_run_changes_nothing(demo: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything()
    assert demo == build(capsys) == SIZE
    assert everything() == before


def test_an_interrupted_run_is_completed(
    db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    dictionaries.put()
    with monkeypatch.context() as patched:
        patched.setattr(quarters, "fill", power_cut)
        with pytest.raises(KeyboardInterrupt):
            call_command("demo", small=True)
    assert not EntryChange.objects.exists()
    assert build(capsys) == SIZE
    assert EntryChange.objects.exists()


def test_a_database_in_use_is_left_alone(db: None) -> None:
    Division(code="410100000000", name="郑州市", level=Level.CITY, kind="city").place()
    with pytest.raises(CommandError, match="already holds divisions"):
        call_command("demo", small=True)
    assert Division.objects.count() == 1
    assert not User.objects.exists()


def test_a_name_that_is_taken_is_named(db: None) -> None:
    User.objects.create_user("admin", name="someone")
    with pytest.raises(CommandError, match="“admin” exists already"):
        call_command("demo", small=True)
    assert not Division.objects.exists()


def test_the_accounts_can_sign_in(demo: str) -> None:
    for username in ("admin", "city", "county_410522", "town_410522101", "village_410522101201"):
        assert User.objects.get(username=username).check_password(PASSWORD)
    assert User.objects.get(username="admin").sees_everything
    staff = set(User.objects.filter(is_staff=True).values_list("username", flat=True))
    assert staff == {"admin", "auditor", "city", "manager_410522"}


def test_the_last_quarter_is_open_early(demo: str) -> None:
    assert Period.objects.get(quarter=4).opens == datetime.date(2026, 10, 8)
    assert Ledger.objects.get().state == Ledger.State.ISSUED


def test_every_state_and_most_lights_are_seen(demo: str) -> None:
    third = Entry.objects.filter(period__quarter=3)
    assert set(third.values_list("state", flat=True)) == {*State.values} - {State.WITHDRAWN}
    assert set(third.exclude(waiting_at="").values_list("waiting_at", flat=True)) == {
        Level.CITY,
        Level.COUNTY,
        Level.TOWNSHIP,
    }
    on = datetime.date(2026, 10, 12)
    lights = {getattr(entry, "light", None) for entry in Entry.objects.with_light(on)}
    assert lights == set(Light.values)
    fourth = Entry.objects.filter(period__quarter=4).values_list("state", flat=True)
    assert set(fourth) == {State.BLANK, State.DRAFT, State.SUBMITTED}


def test_every_step_has_its_history_and_every_verdict_its_review(demo: str) -> None:
    assert not Entry.objects.annotate(n=Count("changes")).exclude(version=F("n") + 1).exists()
    verdicts = EntryChange.objects.filter(verb__in=["accept", "return"])
    assert verdicts.count() == Review.objects.count() > 0
    assert not Review.objects.filter(reviewer=F("entry__submitted_by")).exists()
    assert not Review.objects.exclude(level=F("reviewer__division__level")).exists()


def test_every_entry_is_one_that_the_form_would_take(demo: str) -> None:
    touched = Entry.objects.exclude(state=State.BLANK).select_related("task", "period")
    for entry in touched:
        entry.clean()
        assert entry.answers_the_task
        if entry.first_submitted_at is not None:
            day = entry.first_submitted_at.astimezone(SHANGHAI).date()
            assert entry.is_late == (day > entry.period.due)
            assert entry.period.opens <= day <= entry.period.locks


def test_values_keep_the_rules_of_their_tasks_or_are_explained(demo: str) -> None:
    told = Entry.objects.exclude(state=State.BLANK).select_related("period")
    book = Rulebook.of(told.values_list("task_id", "township_id", "period_id"))
    assert book.rules
    broken = [(e, f) for e in told for f in book.findings(e, e.value)]
    assert not [finding.message for _entry, finding in broken if finding.blocks]
    assert {entry.pk for entry, _finding in broken} <= set(
        told.exclude(explanation="").values_list("pk", flat=True)
    )
    unusual = Entry.objects.filter(is_unusual=True)
    assert unusual.exists()
    assert not unusual.filter(explanation="").exists()
    assert unusual.exclude(state__in=REPORTED).filter(decided_at=None).count() == 0


def test_what_came_back_says_which_cell_and_why(demo: str) -> None:
    returned = Review.objects.filter(verdict="returned")
    assert returned.count() == ReturnMark.objects.count() > 0
    assert len(set(ReturnMark.objects.values_list("reason", flat=True))) > 2
    for entry in Entry.objects.filter(state=State.RETURNED):
        mark = ReturnMark.objects.filter(review__entry=entry).latest("pk")
        assert entry.reopened_parts == mark.part
        assert entry.may_change(mark.part or "value")


def test_the_summary_is_what_a_recount_gives(demo: str) -> None:
    kept = EntrySummary.objects.total()
    by_task = dict(EntrySummary.objects.counts_by("task", "township", "period"))
    EntrySummary.objects.rebuild(Ledger.objects.get())
    assert EntrySummary.objects.total() == kept != Counts()
    assert dict(EntrySummary.objects.counts_by("task", "township", "period")) == by_task
    assert kept.owed == sum(getattr(kept, state) for state in COUNTED if state in State.values)


def test_a_line_writes_what_the_verbs_write(demo: str) -> None:
    """The demo repeats the verbs in memory; this holds the copy to the original."""
    blank = Entry.objects.filter(period__quarter=4, state=State.BLANK, task__measure="text")
    of_village = blank.filter(task__reporting_level="village").select_related("task", "period")
    entry = of_village.order_by("division__code")[0]
    users = {user.username: user for user in User.objects.select_related("division")}
    village = users[f"village_{entry.division.code}"]
    town = users[f"town_{entry.township.code[:9]}_review"]
    county = users["county_410522"]
    content = {"narrative": "清理沟渠。", "problems": "", "next_steps": ""}
    start = datetime.datetime(2026, 10, 9, 9, 0, tzinfo=SHANGHAI)
    at = [start + datetime.timedelta(hours=hour) for hour in range(6)]

    desks = [Desk("township", town.pk), Desk("county", county.pk)]
    line = Line(copy(entry), entry.task, entry.period, desks)
    line.save(village.pk, at[0], content)
    line.submit(village.pk, at[1])
    line.return_(at[2], "请补充。", "narrative", "vague")
    line.submit(village.pk, at[3])
    line.accept(at[4])
    line.accept(at[5])

    page = EntryChange.Origin.PAGE
    actions.save([Edit(entry.pk, 1, content)], Author(village, page, at[0]))
    actions.submit([Seen(entry.pk, 2)], Author(village, page, at[1]))
    vague = ReturnReason.objects.get(code="vague")
    marks = [Mark(entry.pk, "narrative", vague, "请补充。")]
    actions.return_([Seen(entry.pk, 3)], Author(town, page, at[2]), "请补充。", marks)
    actions.submit([Seen(entry.pk, 4)], Author(village, page, at[3]))
    actions.accept([Seen(entry.pk, 5)], Author(town, page, at[4]))
    actions.accept([Seen(entry.pk, 6)], Author(county, page, at[5]))

    stored = Entry.objects.get(pk=entry.pk)
    written = [*WRITTEN, "pk"]
    assert [getattr(line.entry, name) for name in written] == [
        getattr(stored, name) for name in written
    ]
    changes = [
        row._replace(before=json.loads(row.before), after=json.loads(row.after))
        for row in line.changes
    ]
    assert changes == list(stored.changes.order_by("version").values_list(*changes[0]._fields))
    written_marks = ReturnMark.objects.filter(review__entry=entry)
    names = ("review__entry", "review__version", "part", "reason__code", "note")
    assert line.marks == list(written_marks.values_list(*names))
    reviews = stored.reviews.order_by("version")
    assert line.reviews == list(reviews.values_list(*line.reviews[0]._fields))


def test_the_full_city_has_the_numbers_of_the_real_one() -> None:
    lines = places.division_lines(FULL)
    names = [line.name for line in lines if line.level == Level.TOWNSHIP]
    assert len(names) == len(set(names)) == 89
    assert sum(name.endswith("镇") for name in names) == 66
    villages = [line for line in lines if line.level == Level.VILLAGE]
    assert len(villages) == len({line.code for line in villages}) == 2_980
    assert len({(line.parent_code, line.name) for line in villages}) == 2_980
    assert FULL.weak_villages == 149


def test_no_township_bears_a_real_name(shared_data: Any) -> None:
    real = (shared_data / "anyang_divisions_2021.csv").read_text(encoding="utf-8-sig")
    lines = places.division_lines(FULL)
    invented = {line.name for line in lines if line.level == Level.TOWNSHIP}
    assert not {name for name in invented if f",{name}," in real}


def test_the_full_city_has_the_figures_of_the_work() -> None:
    assert (FULL.first_secretaries, FULL.weak_villages) == (679, 149)
    assert (FULL.secondments, FULL.county_leaders, 2 * FULL.townships) == (30, 271, 178)


def test_postings_keep_every_rule_of_their_kind(demo: str) -> None:
    for posting in Posting.objects.select_related("person", "kind", "division"):
        posting.full_clean(exclude=["seat_number"])
        assert posting.seat_number or posting.kind.seats is None


def test_every_weak_village_has_one_who_left_a_leading_post(demo: str) -> None:
    today = datetime.date(2026, 10, 2)
    weak = Division.objects.filter(profile__village_type=VillageProfile.VillageType.WEAK)
    held = Posting.objects.on(today).filter(kind__code="retired_first_secretary")
    assert set(held.values_list("division", flat=True)) == set(weak.values_list("pk", flat=True))
    both = Posting.objects.on(today).in_seat("first_secretary").count()
    assert both == Division.objects.filter(level=Level.VILLAGE).count() * 679 // 2980


def test_each_township_has_both_its_heads(demo: str) -> None:
    for kind in PostingKind.objects.filter(code__in=["township_secretary", "township_head"]):
        held = Posting.objects.filter(kind=kind, end=None).values("division")
        assert held.distinct().count() == 3


def test_every_page_of_the_registers_has_something_to_show(demo: str) -> None:
    today = datetime.date(2026, 10, 2)
    assert PersonMerge.objects.waiting().exists()
    assert Posting.objects.over(today).exclude(hand_over="").exists()
    assert CadreChange.objects.filter(about="posting", before__has_key="planned_end").exists()
    assessed = StandardAssessment.objects.values_list("year", "standard").distinct()
    assert set(assessed) == {(y, s) for y in (2025, 2026) for s in ("secretary", "member")}
    assert StandardAssessment.objects.met().count() not in (0, StandardAssessment.objects.count())
    matching = PairingRound.objects.get()
    assert matching.places.exists()
    assert matching.candidates.exists()
    assert ContactVisit.objects.exists()
    assert PolicyTalk.objects.exists()
