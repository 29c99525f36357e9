"""An exemption is asked for with a reason, decided by the level above, and may be lifted."""

import datetime
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AccessLog
from accounts.roles import Role
from tasks import actions
from tasks.actions import exempting
from tasks.actions.exempting import ask, lift, withdraw
from tasks.models import Entry, EntryChange, EntrySummary, Exemption, ReturnReason
from tests.refusals import refused_by
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import (
    author,
    code_of,
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
from tests.world import NOW, World

REASON = "整村搬迁，项目已移交"


def asked(
    world: World, who: str = "dongshan_reporter", at: Any = None, unit: str = "dongshan"
) -> Exemption:
    entry = world.entry(unit, "income")
    return ask(entry.pk, entry.version, REASON, author(world, who, at))


def decide(pk: int, grant: bool, comment: str, who: actions.Author) -> Exemption:
    """By somebody who sees the line as it is now."""
    version = Exemption.objects.get(pk=pk).entry.version
    return exempting.decide(pk, version, grant, comment, who)


def granted(world: World, at: Any = None) -> Entry:
    decide(asked(world).pk, True, "同意", author(world, "hejian_reviewer", at))
    return world.entry("dongshan", "income")


def code(verb: Any, *arguments: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        verb(*arguments)
    return code_of(refused.value)


# Asking


def test_asking_leaves_the_line_as_it_is(world: World) -> None:
    before = everything()
    exemption = asked(world)
    assert everything() == before
    assert (exemption.reason, exemption.waiting_at, exemption.verdict) == (REASON, "township", "")
    assert (exemption.asked_by, exemption.asked_at) == (world.users["dongshan_reporter"], NOW)


def test_a_township_asks_the_county(world: World) -> None:
    assert asked(world, "hejian_reporter").waiting_at == "county"


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_asking_wants_a_reason_of_some_length(world: World, reason: str) -> None:
    entry = world.entry("dongshan", "income")
    with pytest.raises(ValidationError):
        ask(entry.pk, entry.version, reason, author(world, "dongshan_reporter"))
    assert not Exemption.objects.exists()


def test_a_line_is_asked_for_once_at_a_time(world: World) -> None:
    first = asked(world)
    assert asked(world) == first, "the button was pressed twice"
    assert code(asked, world, "hejian_reporter") == "asked"
    twin = Exemption.objects.get()
    twin.pk = None
    refused_by("exemption_one_question_at_a_time", twin)


def test_only_who_fills_the_line_asks(world: World) -> None:
    for who in ("xishan_reporter", "linzhou_reviewer", "city_auditor"):
        with pytest.raises(Entry.DoesNotExist):
            asked(world, who)


def test_asking_needs_an_open_line_of_the_version_that_was_seen(world: World) -> None:
    entry = world.entry("dongshan", "income")
    late = author(world, "dongshan_reporter", moment(1, 5, year=2027))
    assert code(ask, entry.pk, 1, REASON, late) == "locked"
    submitted(world)
    assert code(asked, world) == "frozen"
    return_(world, "hejian_reviewer", world.entry("dongshan", "income"))
    who = author(world, "dongshan_reporter")
    assert code(ask, entry.pk, entry.version, REASON, who) == "conflict"
    assert asked(world)


def test_where_another_cell_was_returned_the_value_stands(world: World) -> None:
    reason = ReturnReason.objects.get(code="other")
    entry = submitted(world)
    mark = actions.Mark(entry.pk, "problems", reason)
    actions.return_(seen(entry), author(world, "hejian_reviewer"), "", [mark])
    assert code(asked, world) == "not_reopened"


# Deciding


def test_granting_writes_the_line_with_its_history(world: World) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5, problems="土地")
    entry = granted(world)
    assert (place(entry), entry.value, entry.nothing) == (("accepted", ""), None, "exempt")
    assert (entry.nothing_reason, entry.problems) == (REASON, "土地")
    assert entry.nothing_granted_by == world.users["hejian_reviewer"]
    assert (entry.first_submitted_at, entry.decided_at, entry.is_late) == (NOW, NOW, False)
    change = EntryChange.objects.get(version=entry.version)
    assert (change.verb, change.by) == ("exempt", world.users["hejian_reviewer"])
    assert change.before == {"value": "5.00", "nothing": "", "state": "draft"}
    assert change.after["nothing"] == "exempt"
    assert (change.after["reason"], change.after["comment"]) == (REASON, "同意")
    assert Exemption.objects.get().verdict == "granted"


def test_an_exempt_line_counts_as_reported_of_those_owed(world: World) -> None:
    key = {"task": world.tasks["income"], "period": world.periods[3]}
    before = EntrySummary.objects.get(township=world.units["hejian"], **key)
    granted(world)
    after = EntrySummary.objects.get(township=world.units["hejian"], **key)
    assert (after.owed, after.accepted) == (before.owed, before.accepted + 1)
    assert summarised() == recounted()


@pytest.mark.parametrize(("day", "late"), [(5, False), (6, True)])
def test_it_is_late_by_the_day_of_asking(world: World, day: int, late: bool) -> None:
    exemption = asked(world, at=moment(10, day, 23, 59))
    decide(exemption.pk, True, "", author(world, "hejian_reviewer", moment(10, 9)))
    entry = world.entry("dongshan", "income")
    assert (entry.is_late, entry.first_submitted_at) == (late, exemption.asked_at)


def test_an_extension_moves_the_day_from_which_asking_is_late(world: World) -> None:
    entries = Entry.objects.filter(pk=world.entry("dongshan", "income").pk)
    entries.update(extended_to=datetime.date(2026, 10, 8))
    exemption = asked(world, at=moment(10, 8))
    decide(exemption.pk, True, "", author(world, "hejian_reviewer", moment(10, 9)))
    assert not world.entry("dongshan", "income").is_late


def test_refusing_says_why_and_leaves_the_line(world: World) -> None:
    exemption, before = asked(world), everything()
    who = author(world, "hejian_reviewer")
    assert code(decide, exemption.pk, False, " ", who) == "comment"
    assert decide(exemption.pk, False, "项目仍在", who).verdict == "refused"
    assert everything() == before
    assert asked(world).pk != exemption.pk, "it may be asked again"


def test_nobody_decides_on_their_own_question_and_the_attempt_is_kept(world: World) -> None:
    exemption = asked(world, "hejian_reviewer")
    Exemption.objects.update(waiting_at="township")
    assert code(decide, exemption.pk, True, "", author(world, "hejian_reviewer")) == "own"
    assert AccessLog.objects.get(action="refused").user == world.users["hejian_reviewer"]


def test_only_the_level_above_decides(world: World) -> None:
    exemption = asked(world)
    for who, error in [
        ("hejian_reporter", PermissionDenied),
        ("city_auditor", PermissionDenied),
        ("huaxian_reviewer", Exemption.DoesNotExist),
    ]:
        with pytest.raises(error):
            decide(exemption.pk, True, "", author(world, who))
    for who in ("linzhou_reviewer", "city_manager"):
        assert code(decide, exemption.pk, True, "", author(world, who)) == "not_waiting"
    assert world.entry("dongshan", "income").state == "blank"


def test_what_was_reported_meanwhile_is_not_exempted(world: World) -> None:
    exemption = asked(world)
    entry = submitted(world)
    Exemption.objects.update(verdict="")  # as in a database of an earlier version
    who = author(world, "hejian_reviewer")
    assert code(decide, exemption.pk, True, "", who) == "frozen"
    assert world.entry("dongshan", "income").version == entry.version
    assert Exemption.objects.get().verdict == ""
    assert decide(exemption.pk, False, "已报告", who).verdict == "refused"


def test_what_was_filled_in_after_the_page_was_opened_is_not_taken_away(world: World) -> None:
    exemption, shown = asked(world), world.entry("dongshan", "income").version
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=60)
    who, before = author(world, "hejian_reviewer"), everything()
    assert code(exempting.decide, exemption.pk, shown, True, "", who) == "conflict"
    assert everything() == before
    assert Exemption.objects.get().verdict == ""
    assert exempting.decide(exemption.pk, shown, False, "项目仍在", who).verdict == "refused"


def test_a_value_that_was_not_returned_is_not_taken_away(world: World) -> None:
    shown, reason = submitted(world), ReturnReason.objects.get(code="other")
    mark = actions.Mark(shown.pk, "narrative", reason)
    actions.return_(seen(shown), author(world, "hejian_reviewer"), "", [mark])
    # A question from before, as in a database of an earlier version.
    exemption = Exemption.objects.create(
        entry=shown, reason=REASON, waiting_at="township", asked_at=NOW,
        asked_by=world.users["dongshan_reporter"],
    )  # fmt: skip
    who = author(world, "hejian_reviewer")
    assert code(decide, exemption.pk, True, "", who) == "not_reopened"
    assert world.entry("dongshan", "income").value == 60


def test_handing_the_line_in_closes_the_question(world: World) -> None:
    exemption = asked(world)
    submitted(world)
    exemption.refresh_from_db()
    me = world.users["dongshan_reporter"]
    assert (exemption.verdict, exemption.decided_by, exemption.decided_at) == (
        "withdrawn", me, NOW
    )  # fmt: skip
    assert not Exemption.objects.waiting_for(world.users["hejian_reviewer"]).exists()


def test_handing_in_what_is_refused_leaves_the_question(world: World) -> None:
    exemption = asked(world)
    assert refusal(submit(world, "dongshan_reporter", exemption.entry)) == "empty"
    exemption.refresh_from_db()
    assert exemption.verdict == ""


def test_a_question_about_a_line_that_is_frozen_again_waits_for_nobody(world: World) -> None:
    act, shown = UUID(int=1), submitted(world)
    who = author(world, "hejian_reviewer")
    actions.return_(seen(shown), who, "数据有误", act=act)
    asked(world)
    waiting = Exemption.objects.waiting_for(who.user)
    assert waiting.count() == 1
    assert actions.undo(act, who).done
    assert waiting.all().count() == 0


def test_a_locked_quarter_is_not_exempted(world: World) -> None:
    exemption = asked(world)
    late = author(world, "hejian_reviewer", moment(1, 5, year=2027))
    assert code(decide, exemption.pk, True, "", late) == "locked"


def test_a_decision_stands_and_said_twice_is_one(world: World) -> None:
    entry = granted(world)
    exemption = Exemption.objects.get()
    who = author(world, "hejian_reviewer")
    assert decide(exemption.pk, True, "同意", who) == exemption
    assert code(decide, exemption.pk, False, "不同意", who) == "decided"
    assert world.entry("dongshan", "income").version == entry.version
    assert EntryChange.objects.filter(verb="exempt").count() == 1


def test_an_exempt_line_is_frozen_and_not_confirmed_later(world: World) -> None:
    entry = granted(world)
    assert refusal(save(world, "dongshan_reporter", entry, value=5)) == "frozen"
    later = actions.confirm(
        [actions.Seen(world.entry("dongshan", "income", 4).pk, 1)],
        author(world, "dongshan_reporter", moment(12, 25)),
    )
    assert refusal(later) == "nothing_before"


# Withdrawing and lifting


def test_the_asker_withdraws_before_the_decision(world: World) -> None:
    exemption = asked(world)
    for who in ("hejian_reporter", "hejian_reviewer"):
        assert code(withdraw, exemption.pk, author(world, who)) == "not_yours"
    for _press in range(2):
        withdraw(exemption.pk, author(world, "dongshan_reporter"))
    exemption.refresh_from_db()
    assert exemption.is_withdrawn
    assert exemption.verdict == Exemption.Verdict.WITHDRAWN
    decider = author(world, "hejian_reviewer")
    assert code(decide, exemption.pk, True, "", decider) == "decided"
    assert asked(world).pk != exemption.pk


def test_what_was_decided_is_not_withdrawn(world: World) -> None:
    granted(world)
    pk = Exemption.objects.get().pk
    assert code(withdraw, pk, author(world, "dongshan_reporter")) == "decided"


@pytest.mark.parametrize(
    ("content", "state"),
    [({}, "blank"), ({"problems": "土地"}, "draft"), ({"value": 60}, "draft"),
     ({"nothing": "nil"}, "draft")],
)  # fmt: skip
def test_lifting_asks_for_the_line_again(world: World, content: Any, state: str) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), **content)
    before = world.entry("dongshan", "income").content
    entry = granted(world)
    who = author(world, "hejian_reviewer")
    for _press in range(2):
        assert not lift(entry.pk, entry.version, "项目已恢复", who).refused
    entry = world.entry("dongshan", "income")
    assert (entry.state, entry.content, entry.nothing_reason) == (state, before, "")
    assert entry.first_submitted_at is None
    assert entry.nothing_granted_by is None
    assert not entry.is_late
    assert Exemption.objects.get().verdict == "lifted"
    change = EntryChange.objects.get(version=entry.version)
    assert (change.verb, change.after["comment"]) == ("lift", "项目已恢复")
    assert summarised() == recounted()
    assert save(world, "dongshan_reporter", entry, value=5, nothing="").done


def test_a_line_that_was_reported_before_keeps_its_first_time(world: World) -> None:
    first = submitted(world).first_submitted_at
    return_(world, "hejian_reviewer", world.entry("dongshan", "income"))
    exemption = asked(world, at=moment(10, 20))
    decide(exemption.pk, True, "", author(world, "hejian_reviewer", moment(10, 20)))
    entry = world.entry("dongshan", "income")
    assert (entry.first_submitted_at, entry.is_late) == (first, False)
    lift(entry.pk, entry.version, "恢复", author(world, "hejian_reviewer", moment(10, 21)))
    entry = world.entry("dongshan", "income")
    assert (entry.first_submitted_at, entry.state) == (first, "returned")


def test_a_returned_line_is_returned_again_with_its_value_and_its_cells(world: World) -> None:
    reason = ReturnReason.objects.get(code="other")
    shown = submitted(world)
    marks = [actions.Mark(shown.pk, part, reason) for part in ("value", "problems")]
    actions.return_(seen(shown), author(world, "hejian_reviewer"), "", marks)
    returned = world.entry("dongshan", "income")
    exempt = granted(world, moment(10, 3))
    assert (exempt.value, exempt.reopened_parts) == (None, "")
    lift(exempt.pk, exempt.version, "恢复", author(world, "hejian_reviewer", moment(10, 4)))
    again = world.entry("dongshan", "income")
    for name in ("state", "content", "reopened_parts", "decided_at", "first_submitted_at"):
        assert getattr(again, name) == getattr(returned, name), name
    assert refusal(save(world, "dongshan_reporter", again, narrative="x")) == "narrative"


def test_lifted_twice_it_holds_what_it_held_before_the_last_exemption(world: World) -> None:
    for value in (60, 70):
        save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=value)
        exempt = granted(world)
        lift(exempt.pk, exempt.version, "恢复", author(world, "hejian_reviewer"))
        assert world.entry("dongshan", "income").value == value


def test_only_who_could_grant_it_lifts_it_while_the_quarter_is_open(world: World) -> None:
    entry = granted(world)
    pk, version = entry.pk, entry.version

    def lifted_by(who: str, comment: str = "恢复", at: Any = None) -> actions.Outcome:
        return lift(pk, version, comment, author(world, who, at))

    with pytest.raises(PermissionDenied):
        lifted_by("dongshan_reporter")
    assert refusal(lifted_by("linzhou_reviewer")) == "not_waiting"
    assert lifted_by("huaxian_reviewer").missing == [pk]
    assert code(lifted_by, "hejian_reviewer", " ") == "comment"
    late = lifted_by("hejian_reviewer", at=moment(1, 5, year=2027))
    assert refusal(late) == "locked"
    assert world.entry("dongshan", "income").version == version
    assert lifted_by("hejian_reviewer").done


def test_a_line_that_is_not_exempt_is_not_lifted(world: World) -> None:
    entry = world.entry("dongshan", "income")
    who = author(world, "hejian_reviewer")
    assert refusal(lift(entry.pk, entry.version, "恢复", who)) == "not_exempt"


def test_the_loop_goes_on_after_lifting(world: World) -> None:
    entry = granted(world)
    lift(entry.pk, entry.version, "恢复", author(world, "hejian_reviewer"))
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5)
    assert submit(world, "dongshan_reporter", world.entry("dongshan", "income")).done


def test_those_who_see_the_line_see_what_was_asked(world: World) -> None:
    exemption = asked(world)
    for who, user in world.users.items():
        sees = Entry.objects.visible_to(user).filter(pk=exemption.entry_id).exists()
        assert (exemption in Exemption.objects.visible_to(user)) is sees, who
        waits = exemption in Exemption.objects.waiting_for(user)
        assert waits is (who == "hejian_reviewer") is exemption.waits_for(user), who
        assert not waits or user.role in (Role.REVIEWER, Role.MANAGER)
