"""Appointing, ending and exchanging; and what the database refuses by itself."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from cadres.actions import postings
from cadres.models import CadreChange, Person, Posting, TeamMember, facts_of
from cadres.models.posting import decides_on, decides_somewhere, units_decided_on_by
from cadres.months import months_later
from tests.cadres.appointing import DAY, again, new, someone
from tests.cadres.teams import member, team
from tests.world import World
from villages.models import DivisionChange, VillageProfile

ONE = postings.ONE_DAY


def test_an_appointment_is_kept_with_its_term_and_moves_the_record(world: World) -> None:
    posting = postings.appoint(new(world, "free", "nanping"), world.users["linzhou_manager"])
    assert posting.planned_end == datetime.date(2028, 10, 1)
    assert posting.seat_number == 1
    assert Person.objects.get(pk=posting.person_id).division == world.units["nanping"]
    told = CadreChange.objects.of(posting).get()
    assert (told.verb, told.by, told.person) == (
        "added",
        world.users["linzhou_manager"],
        posting.person,
    )


def test_a_seat_that_is_held_is_refused_with_the_name_of_its_holder(world: World) -> None:
    with pytest.raises(ValidationError, match="示一山"):
        postings.appoint(new(world, "free", "dongshan"), None)
    assert Posting.objects.filter(division=world.units["dongshan"]).count() == 1


def test_where_a_posting_has_ended_the_first_day_after_it_is_named(world: World) -> None:
    held, last = world.postings["dongshan"], datetime.date(2026, 5, 31)
    postings.end(held, last, "rotated", None)
    first = datetime.date(2026, 6, 1)
    long_ago = datetime.date(1990, 1, 1)
    for person, unit in (("free", "dongshan"), ("first_dongshan", "nanping")):
        with pytest.raises(ValidationError) as refused:
            postings.appoint(new(world, person, unit, start=long_ago), None)
        (said,) = refused.value.message_dict["start"]
        assert date_format(first) in said
        assert date_format(last) not in said
        assert postings.appoint(new(world, person, unit, start=first), None).pk


def test_the_two_kinds_of_first_secretary_compete_for_one_seat(world: World) -> None:
    with pytest.raises(ValidationError, match="示一山"):
        postings.appoint(new(world, "left_lead", "dongshan", "retired_first_secretary"), None)


def test_nobody_holds_two_postings_that_exclude_each_other(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        postings.appoint(new(world, "first_dongshan", "nanping"), None)
    assert list(refused.value.message_dict) == ["person"]


def test_the_database_lets_one_follow_the_other(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, datetime.date(2026, 10, 1), "rotated", None)
    postings.appoint(new(world, "free", "dongshan", predecessor=held), None)
    assert Posting.objects.filter(division=world.units["dongshan"]).count() == 2


def test_two_holders_exchange_places_in_one_transaction(world: World) -> None:
    one, other = postings.exchange(
        world.postings["dongshan"], world.postings["xishan"], DAY, world.users["city_manager"]
    )
    assert (one.person, one.division) == (world.persons["first_dongshan"], world.units["xishan"])
    assert (other.person, other.division) == (
        world.persons["first_xishan"],
        world.units["dongshan"],
    )
    assert one.predecessor == world.postings["xishan"]
    assert Posting.objects.on(DAY).in_seat("first_secretary").count() == 3
    assert Person.objects.get(pk=one.person_id).division == world.units["xishan"]


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(world: World) -> None:
    stale = Posting.objects.get(pk=world.postings["dongshan"].pk)
    postings.extend(world.postings["dongshan"], datetime.date(2027, 6, 30), None, "续任")
    with pytest.raises(ValidationError) as refused:
        postings.end(stale, DAY, "rotated", None)
    assert refused.value.code == "conflict"
    assert Posting.objects.get(pk=stale.pk).end is None


# Predecessor and successor


def test_who_follows_knows_the_predecessor(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, DAY - postings.ONE_DAY, "rotated", None, hand_over="账目已移交")
    posting = postings.appoint(new(world, "free", "dongshan"), None)
    assert again(posting).predecessor == held
    assert again(held).hand_over == "账目已移交"


def test_what_is_entered_late_takes_its_place_between_two(world: World) -> None:
    first = world.postings["dongshan"]
    postings.end(first, datetime.date(2026, 3, 31), "rotated", None)
    third = postings.appoint(new(world, "free", "dongshan"), None)
    start, end = datetime.date(2026, 5, 1), datetime.date(2026, 8, 31)
    who = someone(world, "示九补")
    second = new(world, "free", "dongshan", start=start, end=end, end_reason="term")
    second.person = who
    postings.appoint(second, None)
    assert again(second).predecessor == first
    assert again(third).predecessor == second
    postings.take_back(again(third), None, "误录")
    postings.take_back(again(second), None, "误录")
    assert not Posting.objects.filter(predecessor=first).exists()


def test_each_of_several_seats_has_a_chain_of_its_own(world: World) -> None:
    made = []
    for name in ("甲", "乙"):
        posting = new(world, "free", "nanping", "work_team")
        posting.person = someone(world, f"示队{name}")
        made.append(postings.appoint(posting, None))
    assert [posting.seat_number for posting in made] == [1, 2]
    postings.end(again(made[1]), DAY, "rotated", None)
    later = postings.appoint(new(world, "free", "nanping", "work_team", start=DAY + ONE), None)
    assert (later.seat_number, later.predecessor) == (2, made[1])


def test_a_unit_has_no_more_seats_than_its_kind_says(world: World) -> None:
    for number in range(4):
        posting = new(world, "free", "nanping", "work_team")
        posting.person = someone(world, f"示队{number}")
        postings.appoint(posting, None)
    with pytest.raises(ValidationError, match="示队0"):
        postings.appoint(new(world, "free", "nanping", "work_team"), None)


# Ending, extending, exchanging


def test_an_end_may_be_yet_to_come_and_a_successor_may_be_ready(world: World) -> None:
    held, last = world.postings["dongshan"], datetime.date(2026, 12, 31)
    postings.end(held, last, "rotated", None)
    assert again(held).is_held(DAY)
    next_one = postings.appoint(new(world, "free", "dongshan", start=last + ONE), None)
    assert next_one.predecessor == held
    assert Person.objects.get(name="示八闲").division == world.units["linzhou"]
    assert postings.settle_begun(DAY) == 0
    assert postings.settle_begun(last + ONE) == 1
    with pytest.raises(ValidationError, match="示八闲"):
        postings.correct(again(held), {"end": last + ONE}, None, "改")


def test_what_has_ended_is_neither_ended_nor_extended(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, DAY - 2 * ONE, "rotated", None)
    for act in (
        lambda: postings.end(again(held), DAY, "term", None),
        lambda: postings.extend(again(held), datetime.date(2027, 5, 1), None, "续任"),
    ):
        with pytest.raises(ValidationError):
            act()
    assert again(held).end == DAY - 2 * ONE


def test_an_end_before_the_start_is_refused_at_its_field(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        postings.end(world.postings["dongshan"], datetime.date(2024, 1, 1), "term", None)
    assert list(refused.value.message_dict) == ["end"]


def test_an_exchange_keeps_term_sender_and_seat(world: World) -> None:
    one, other = postings.exchange(
        world.postings["dongshan"], world.postings["xishan"], DAY, None, "工作需要"
    )
    assert one.planned_end == datetime.date(2026, 12, 31)
    assert other.planned_end == datetime.date(2028, 10, 1)  # its term was over: it begins anew
    assert one.organization == world.organizations["agriculture"]
    ended = again(world.postings["dongshan"])
    assert (ended.end, ended.end_reason) == (DAY - ONE, "swapped")
    assert other.predecessor == ended


@pytest.mark.parametrize("case", ["kind", "unit", "ended", "day"])
def test_what_cannot_be_exchanged_is_refused_in_words(world: World, case: str) -> None:
    one, other, on = world.postings["dongshan"], world.postings["xishan"], DAY
    if case == "kind":
        other = world.postings["hejian_head"]
    elif case == "unit":
        other = one
    elif case == "ended":
        postings.end(other, datetime.date(2026, 12, 1), "term", None)
        other = again(other)
    else:
        on = one.start
    with pytest.raises(ValidationError):
        postings.exchange(one, other, on, None)
    assert Posting.objects.filter(end_reason="swapped").count() == 0


# Putting right, taking back


def test_a_correction_is_kept_with_what_stood_before(world: World) -> None:
    held = world.postings["dongshan"]
    says = {"start": datetime.date(2025, 2, 1), "note": "任命文件日期为准"}
    assert postings.correct(held, says, world.users["city_manager"], "录入有误")
    told = CadreChange.objects.of(held).get()
    assert (told.before["start"], told.after["start"]) == ("2025-01-01", "2025-02-01")
    assert (told.reason, again(held).version) == ("录入有误", 2)


def test_a_correction_that_changes_nothing_writes_nothing(world: World) -> None:
    held = world.postings["dongshan"]
    assert not postings.correct(held, {"start": held.start}, None, "x")
    assert (again(held).version, CadreChange.objects.of(held).count()) == (1, 0)


def test_a_correction_meets_the_same_rules(world: World) -> None:
    held = world.postings["dongshan"]
    with pytest.raises(ValidationError):
        postings.correct(held, {"organization": None}, None, "x")
    with pytest.raises(ValidationError):
        postings.correct(held, {"end": DAY}, None, "x")  # without saying why it ended
    postings.end(held, DAY - ONE, "rotated", None)
    postings.appoint(new(world, "free", "dongshan"), None)
    with pytest.raises(ValidationError, match="示八闲"):
        postings.correct(again(held), {"end": None, "end_reason": ""}, None, "x")


def test_a_wrong_end_is_put_right(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, DAY - ONE, "rotated", None)
    assert postings.correct(again(held), {"end": None, "end_reason": ""}, None, "误操作")
    assert again(held).is_held(DAY)


def test_an_end_is_put_right_to_a_day_a_year_ahead_at_most(world: World) -> None:
    held, last = world.postings["dongshan"], months_later(DAY, 12)
    far = {"end": last + ONE, "end_reason": "term", "planned_end": None}
    with pytest.raises(ValidationError) as refused:
        postings.correct(held, far, None, "误操作")
    assert list(refused.value.message_dict) == ["end"]
    assert postings.correct(held, far | {"end": last}, None, "误操作")
    # One that stands far off does not keep the rest from being put right.
    Posting.objects.filter(pk=held.pk).update(end=last + ONE)
    assert postings.correct(again(held), far | {"note": "见文件"}, None, "补录")


def test_a_wrong_appointment_is_taken_back_with_the_record(world: World) -> None:
    posting = postings.appoint(new(world, "free", "nanping"), None)
    postings.take_back(again(posting), world.users["city_manager"], "录错村")
    assert not Posting.objects.filter(pk=posting.pk).exists()
    assert Person.objects.get(name="示八闲").division == world.units["linzhou"]
    told = CadreChange.objects.filter(about="posting", verb="removed").get()
    assert (told.row, told.reason, told.before["start"]) == (posting.pk, "录错村", "2026-10-02")


def test_what_somebody_followed_is_not_taken_back(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, DAY - ONE, "rotated", None)
    postings.appoint(new(world, "free", "dongshan"), None)
    with pytest.raises(ValidationError):
        postings.take_back(again(held), None, "x")
    assert Posting.objects.filter(pk=held.pk).exists()


def test_a_start_before_birth_is_refused_however_it_is_entered(world: World) -> None:
    who = someone(world, "示十一生", birth="1985-03")
    early = new(world, "free", "nanping", start=datetime.date(1980, 9, 1))
    early.person = who
    with pytest.raises(ValidationError) as refused:
        postings.appoint(early, None)
    assert list(refused.value.message_dict) == ["start"]
    posting = new(world, "free", "nanping")
    posting.person = who
    held = postings.appoint(posting, None)
    with pytest.raises(ValidationError) as refused:
        postings.correct(again(held), {"start": datetime.date(1980, 9, 1)}, None, "改")
    assert list(refused.value.message_dict) == ["start"]
    assert again(held).start == DAY
    right = {"start": datetime.date(2025, 9, 1)}
    assert postings.correct(again(held), right, None, "改")


def old_posting(world: World) -> Posting:
    """Of somebody who has been out of every role for years."""
    start, end = datetime.date(2010, 1, 1), datetime.date(2012, 1, 1)
    posting = new(world, "free", "nanping", start=start, end=end, end_reason="term")
    posting.person = someone(world, "示旧", birth="1960-01")
    made = postings.appoint(posting, None)
    CadreChange.objects.all().update(at=timezone.now() - 20 * 365 * ONE)
    return made


def test_of_a_closed_record_nothing_is_put_right(world: World) -> None:
    held = old_posting(world)
    assert postings.correct(again(held), {"note": "任命文件遗失"}, None, "补录")
    Person.objects.filter(pk=held.person_id).update(anonymized_at=timezone.now(), pinyin="")
    says = {"end": None, "end_reason": "", "note": "王某曾任"}
    with pytest.raises(ValidationError, match="关闭"):
        postings.correct(again(held), says, None, "看错日期")
    held = again(held)
    assert (held.end, held.note) == (datetime.date(2012, 1, 1), "任命文件遗失")
    assert not Posting.objects.on(DAY).filter(person=held.person).exists()


@pytest.mark.parametrize(("start", "last"), [
    ("2025-09-01", "2027-08-31"),
    ("2024-02-28", "2026-02-27"),
    ("2024-02-29", "2026-02-28"),
])  # fmt: skip
def test_the_usual_term_has_all_its_days(world: World, start: str, last: str) -> None:
    day = datetime.date.fromisoformat(start)
    posting = postings.appoint(new(world, "free", "nanping", start=day), None)
    assert posting.planned_end == datetime.date.fromisoformat(last)


@pytest.mark.parametrize(("first", "then"), [("one", "other"), ("other", "one")])
def test_two_appointments_taken_back_leave_the_record_where_it_was(
    world: World, first: str, then: str
) -> None:
    who = world.persons["free"]
    one = postings.appoint(new(world, "free", "nanping"), None)
    other = postings.appoint(new(world, "free", "linqi", "township_head"), None)
    made = {"one": one, "other": other}
    for name in (first, then):
        postings.take_back(again(made[name]), None, "误录")
    assert Person.objects.get(pk=who.pk).division == world.units["linzhou"]


def test_a_record_that_came_with_a_posting_that_stands_goes_back_there(world: World) -> None:
    one = postings.appoint(new(world, "free", "nanping"), None)
    other = postings.appoint(new(world, "free", "linqi", "township_head"), None)
    postings.take_back(again(other), None, "误录")
    assert Person.objects.get(pk=one.person_id).division == world.units["nanping"]


# What is doubtful


def test_a_retired_cadre_outside_a_weak_village_wants_a_reason(world: World) -> None:
    with pytest.raises(postings.Doubtful):
        postings.appoint(new(world, "left_lead", "nanping", "retired_first_secretary"), None)
    assert not Posting.objects.filter(division=world.units["nanping"]).exists()
    posting = new(world, "left_lead", "nanping", "retired_first_secretary")
    postings.appoint(posting, None, "村情特殊")
    assert CadreChange.objects.of(posting).get().reason == "村情特殊"


def test_in_a_weak_village_nothing_is_doubtful(world: World) -> None:
    VillageProfile.objects.create(division=world.units["nanping"], village_type="weak")
    postings.appoint(new(world, "left_lead", "nanping", "retired_first_secretary"), None)


def test_home_and_a_full_sender_are_doubtful(world: World) -> None:
    world.organizations["linzhou_water"].capacity = 1
    world.organizations["linzhou_water"].save()
    who = someone(world, "示十里", home=world.units["hejian"])
    posting = new(world, "free", "nanping")
    posting.person, posting.organization = who, world.organizations["linzhou_water"]
    with pytest.raises(postings.Doubtful) as refused:
        postings.appoint(posting, None)
    assert len(refused.value.messages) == 2


def test_an_end_planned_beyond_twice_the_usual_term_is_doubtful(world: World) -> None:
    posting = new(world, "free", "nanping", planned_end=datetime.date(2099, 1, 1))
    with pytest.raises(postings.Doubtful, match="48"):
        postings.appoint(posting, None)
    posting.planned_end = months_later(posting.start, 48)
    held = postings.appoint(posting, None)
    later = posting.planned_end + ONE
    for verb in (
        lambda **says: postings.extend(again(held), later, None, "续任", **says),
        lambda **says: postings.correct(again(held), {"planned_end": later}, None, "x", **says),
    ):
        with pytest.raises(postings.Doubtful):
            verb()
        verb(confirmed=True)
        assert again(held).planned_end == later
        Posting.objects.filter(pk=held.pk).update(planned_end=posting.planned_end)
    # Of days that stand nothing is asked again.
    Posting.objects.filter(pk=held.pk).update(planned_end=later)
    assert postings.correct(again(held), {"note": "补录"}, None, "补录")


def test_a_start_more_than_a_year_ahead_is_doubtful(world: World) -> None:
    latest = months_later(DAY, 12)
    posting = new(world, "free", "nanping", start=latest + ONE)
    with pytest.raises(postings.Doubtful):
        postings.appoint(posting, None)
    posting.start, posting.planned_end = latest, None
    held = postings.appoint(posting, None)
    far = {"start": latest + ONE}
    with pytest.raises(postings.Doubtful):
        postings.correct(again(held), far, None, "看错")
    assert postings.correct(again(held), far, None, "看错", confirmed=True)
    # Of a start that stands nothing is asked again.
    postings.extend(again(held), months_later(latest, 30), None, "续任")


def test_a_start_to_come_of_who_serves_today_is_doubtful(world: World) -> None:
    held = world.postings["dongshan"]
    says = {"start": DAY + ONE, "planned_end": None}
    with pytest.raises(postings.Doubtful, match=held.person.name):
        postings.correct(held, says, None, "录入有误")
    assert postings.correct(held, says, None, "录入有误", confirmed=True)
    # Who has not begun may begin another day.
    assert postings.correct(again(held), {"start": DAY + ONE + ONE}, None, "录入有误")


def test_another_sender_or_start_is_as_doubtful_as_an_appointment(world: World) -> None:
    full, held = world.organizations["huaxian_trade"], world.postings["xishan"]
    full.capacity = Posting.objects.on(held.start).filter(organization=full).count()
    full.save()
    for says in ({"organization": full}, {"organization": full, "start": held.start + ONE}):
        with pytest.raises(postings.Doubtful, match=full.name):
            postings.correct(again(held), says, None, "看错单位")
    assert again(held).organization != full
    # What does not touch it is not asked again; and what is confirmed is done.
    assert postings.correct(again(held), {"note": "见文件"}, None, "补录")
    assert postings.correct(again(held), {"organization": full}, None, "看错", confirmed=True)
    assert again(held).organization == full
    assert postings.correct(again(held), {"note": "见文件二"}, None, "补录")


# Where the record is kept


def test_a_record_follows_a_posting_entered_ahead_of_time_on_its_day(world: World) -> None:
    last = DAY - ONE
    posting = new(world, "free", "nanping", start=last)
    posting.take_from_kind()
    posting.seat_number = 1
    posting.save()  # as it stands on the day that it begins
    assert postings.settle_begun(DAY) == 1
    assert Person.objects.get(name="示八闲").division == world.units["nanping"]
    assert postings.settle_begun(DAY) == 0


def test_a_record_goes_back_to_the_village_once_a_posting_ended_ahead_of_time(
    world: World,
) -> None:
    member(
        world, team(world, "nanping"), committee="member", person=world.persons["first_dongshan"]
    )
    postings.end(world.postings["dongshan"], DAY, "rotated", None)
    assert postings.settle_begun(DAY) == 0
    assert postings.settle_begun(DAY + ONE) == 1
    assert again(world.postings["dongshan"]).person.division == world.units["nanping"]
    assert postings.settle_begun(DAY + ONE) == 0


def test_what_is_taken_back_moves_no_record_that_it_had_not_moved(world: World) -> None:
    who = world.persons["free"]
    for unit in ("nanping", "linzhou", "nanping"):  # where the person served years ago
        before, who.division = facts_of(who), world.units[unit]
        who.save()
        at = timezone.now() - 400 * ONE
        CadreChange.note(who, world.units["linzhou"], None, at, before)
    posting = postings.appoint(new(world, "free", "nanping"), None)
    postings.take_back(again(posting), None, "误录")
    assert Person.objects.get(pk=who.pk).division == world.units["nanping"]


def test_who_decides_on_a_posting(world: World) -> None:
    def kept(who: str) -> set[str]:
        found = Posting.objects.kept_by(world.users[who])
        return {name for name, posting in world.postings.items() if posting in found}

    assert kept("city_manager") == set(world.postings)
    below = {"dongshan", "xishan", "hejian_secretary", "hejian_head"}
    assert kept("linzhou_manager") == below
    assert kept("hejian_reviewer") == set()


@pytest.mark.parametrize("who", ["baidaokou_reporter", "huaxian_reviewer", "hejian_reviewer"])
def test_who_does_not_decide_on_a_post_changes_it_by_no_verb(world: World, who: str) -> None:
    by, held, day = world.users[who], world.postings["dongshan"], datetime.date(2027, 6, 30)
    stands = facts_of(again(held))
    for act in (
        lambda: postings.appoint(new(world, "free", "nanping"), by, "工作需要"),
        lambda: postings.end(again(held), DAY, "term", by),
        lambda: postings.extend(again(held), day, by, "续任"),
        lambda: postings.correct(again(held), {"note": "改"}, by, "改"),
        lambda: postings.take_back(again(held), by, "误录"),
        lambda: postings.exchange(again(held), again(world.postings["xishan"]), DAY, by),
    ):
        with pytest.raises(ValidationError, match="上一级"):
            act()
    assert facts_of(again(held)) == stands
    assert not Posting.objects.filter(division=world.units["nanping"]).exists()


def test_who_decides_on_a_post_is_told_alike_by_unit_and_by_list(world: World) -> None:
    for name, viewer in world.users.items():
        decided = {unit for unit in world.units.values() if decides_on(viewer, unit)}
        assert decided == set(units_decided_on_by(viewer)), name
        assert decides_somewhere(viewer) == bool(decided), name
        kept = {p for p in world.postings.values() if p.division in decided}
        assert set(Posting.objects.kept_by(viewer)) == kept, name


def test_half_of_an_exchange_is_not_taken_back(world: World) -> None:
    one, other = postings.exchange(world.postings["dongshan"], world.postings["xishan"], DAY, None)
    with pytest.raises(ValidationError):
        postings.take_back(Posting.objects.get(pk=one.pk), None, "误录")
    assert Posting.objects.filter(pk=one.pk).exists()
    first, second = (Posting.objects.get(pk=made.pk) for made in (one, other))
    back = postings.exchange(first, second, DAY + 5 * ONE, None)
    assert {posting.division for posting in back} == {
        world.units["dongshan"],
        world.units["xishan"],
    }


def test_half_of_an_exchange_whose_day_was_put_right_is_not_taken_back(world: World) -> None:
    one, _other = postings.exchange(world.postings["dongshan"], world.postings["xishan"], DAY, None)
    postings.correct(again(one), {"start": DAY + ONE}, None, "以文件为准", confirmed=True)
    with pytest.raises(ValidationError):
        postings.take_back(again(one), None, "误录")
    assert Posting.objects.filter(pk=one.pk).exists()


def test_what_followed_an_exchange_is_taken_back(world: World) -> None:
    """Who came later to a seat that was exchanged did not come by the exchange."""
    one, _other = postings.exchange(world.postings["dongshan"], world.postings["xishan"], DAY, None)
    postings.end(again(one), DAY, "rotated", None)
    later = postings.appoint(new(world, "free", "xishan", start=DAY + ONE), None)
    postings.take_back(again(later), None, "误录")
    assert not Posting.objects.filter(pk=later.pk).exists()


def test_who_leaves_is_not_told_in_the_word_for_units_that_are_transferred() -> None:
    of_units = str(DivisionChange.ChangeKind.TRANSFER.label)
    for reasons in (Posting.EndReason, TeamMember.LeftReason):
        assert str(reasons.TRANSFERRED.label) != of_units
