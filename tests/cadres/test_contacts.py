"""Contact points, visits, talks and bindings: who may be set where, and what is refused."""

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cadres.actions import contacts, postings
from cadres.models import (
    CadreChange,
    ContactPoint,
    ContactVisit,
    OrganizationBinding,
    PolicyTalk,
    Posting,
    PostingKind,
)
from cadres.models.contact import with_contact_point
from tests.cadres.appointing import again, bind_all
from tests.world import World

DAY = datetime.date(2026, 10, 2)
SPRING = datetime.date(2026, 3, 1)


def point(world: World, unit: str = "dongshan", **says: Any) -> ContactPoint:
    given = {"leader": world.persons["leader_linzhou"], "since": SPRING, **says}
    return ContactPoint(village=world.units[unit], **given)


def visit(held: ContactPoint, **says: Any) -> ContactVisit:
    given = {"on": datetime.date(2026, 9, 1), "forms": "policy,funds", **says}
    return ContactVisit(contact_point=held, **given)


def talk(world: World, unit: str = "dongshan", **says: Any) -> PolicyTalk:
    given = {"on": datetime.date(2026, 9, 1), "topic": "一号文件", "audience": 60, **says}
    return PolicyTalk(speaker=world.persons["leader_linzhou"], village=world.units[unit], **given)


def test_a_contact_point_is_kept_with_who_set_it(world: World) -> None:
    held = contacts.set_point(point(world), world.users["linzhou_manager"])
    told = CadreChange.objects.of(held).get()
    assert (told.verb, told.person, told.division) == ("added", held.leader, held.village)
    assert Posting.objects.on(DAY).filter(with_contact_point(DAY)).get() == world.postings["leader"]


def test_a_leader_may_have_several_contact_points_but_each_once(world: World) -> None:
    contacts.set_point(point(world), None)
    contacts.set_point(point(world, "xishan"), None)
    with pytest.raises(ValidationError, match="示五县") as refused:
        contacts.set_point(point(world, since=DAY), None)
    assert list(refused.value.message_dict) == ["village"]


def test_one_contact_point_of_a_leader_follows_the_other(world: World) -> None:
    held = contacts.set_point(point(world), None)
    contacts.end_point(held, DAY, None, "调整")
    contacts.set_point(point(world, since=DAY + datetime.timedelta(days=1)), None)
    assert ContactPoint.objects.over(DAY + datetime.timedelta(days=1)).count() == 1


def test_a_contact_point_is_ended_next_year_at_the_latest(world: World) -> None:
    held = contacts.set_point(point(world), None)
    with pytest.raises(ValidationError) as refused:
        contacts.end_point(held, datetime.date(2028, 1, 1), None, "调整")
    assert list(refused.value.message_dict) == ["until"]
    contacts.end_point(held, datetime.date(2027, 12, 31), None, "调整")
    assert ContactPoint.objects.get().until == datetime.date(2027, 12, 31)


@pytest.mark.parametrize("until", [None, "2026-04-01", "2027-01-01"])
def test_the_database_itself_refuses_a_contact_point_twice(world: World, until: str | None) -> None:
    contacts.set_point(point(world, until=datetime.date(2026, 12, 31)), None)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactPoint.objects.bulk_create([point(world, since="2026-02-01", until=until)])


def test_only_leaders_of_the_county_of_the_village_are_set(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        contacts.set_point(point(world, "shiqiao"), None)
    assert list(refused.value.message_dict) == ["village"]
    with pytest.raises(ValidationError) as refused:
        contacts.set_point(point(world, leader=world.persons["head_hejian"]), None)
    assert list(refused.value.message_dict) == ["leader"]
    with pytest.raises(ValidationError):
        contacts.set_point(point(world, since=datetime.date(2020, 1, 1)), None)
    assert not ContactPoint.objects.exists()


def test_the_contact_points_of_a_leader_who_goes_end_with_the_posting(world: World) -> None:
    held = contacts.set_point(point(world), None)
    contacts.set_point(point(world, "xishan", since=datetime.date(2026, 11, 1)), None)
    postings.end(world.postings["leader"], DAY, "transferred", world.users["city_manager"])
    held.refresh_from_db()
    assert held.until == DAY
    assert CadreChange.objects.of(held)[0].by == world.users["city_manager"]
    # What was to begin later never did.
    assert ContactPoint.objects.get() == held
    assert CadreChange.objects.filter(about="contactpoint", verb="removed").count() == 1


def test_a_contact_point_holds_no_longer_than_the_posting_of_its_leader(world: World) -> None:
    last_day = datetime.date(2026, 12, 31)
    postings.end(world.postings["leader"], last_day, "transferred", None)
    assert contacts.set_point(point(world), None).until == last_day


def test_a_visit_is_noted_while_the_contact_point_holds(world: World) -> None:
    held = contacts.set_point(point(world), None)
    contacts.note_visit(visit(held, problems_raised=3, problems_solved=1), None)
    read: Any = ContactPoint.objects.with_visits().get()
    assert (read.last_visit, read.problems_open) == (datetime.date(2026, 9, 1), 2)
    for day in (datetime.date(2026, 2, 1), datetime.date(2026, 10, 3)):
        with pytest.raises(ValidationError) as refused:
            contacts.note_visit(visit(held, on=day), None)
        assert list(refused.value.message_dict) == ["on"]


def test_whoever_read_the_contact_point_before_it_ended_visits_it_no_more(world: World) -> None:
    held = contacts.set_point(point(world), None)
    noted = contacts.note_visit(visit(held, on=datetime.date(2026, 4, 1)), None)
    stale = ContactPoint.objects.get(pk=held.pk)
    noted = ContactVisit.objects.select_related("contact_point").get(pk=noted.pk)
    contacts.end_point(held, datetime.date(2026, 8, 1), None, "调整")
    noted.on = datetime.date(2026, 9, 1)
    for act in (
        lambda: contacts.note_visit(visit(stale), None),
        lambda: contacts.change_visit(noted, None),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert list(refused.value.message_dict) == ["on"]
    contacts.note_visit(visit(stale, on=datetime.date(2026, 8, 1)), None)
    assert ContactVisit.objects.count() == 2


def test_a_contact_point_that_is_gone_is_visited_by_nobody(world: World) -> None:
    gone = contacts.set_point(point(world), None)
    stale = ContactPoint.objects.get(pk=gone.pk)
    gone.delete()
    with pytest.raises(ValidationError):
        contacts.note_visit(visit(stale), None)


@pytest.mark.parametrize(
    "says",
    [
        {"forms": ""},
        {"forms": "policy;funds"},
        {"forms": "dinner"},
        {"problems_raised": 1, "problems_solved": 2},
    ],
)
def test_a_visit_says_how_it_helped_and_solved_no_more_than_was_raised(
    world: World, says: dict[str, Any]
) -> None:
    held = contacts.set_point(point(world), None)
    with pytest.raises(ValidationError):
        contacts.note_visit(visit(held, **says), None)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactVisit.objects.bulk_create([visit(held, **says)])


def test_a_visit_is_noted_once(world: World) -> None:
    held = contacts.set_point(point(world), None)
    contacts.note_visit(visit(held), None)
    with pytest.raises(ValidationError):
        contacts.note_visit(visit(held), None)
    assert ContactVisit.objects.count() == 1


def test_that_more_is_solved_is_noted_and_a_stale_page_is_refused(world: World) -> None:
    held = contacts.set_point(point(world), None)
    noted = contacts.note_visit(visit(held, problems_raised=2), None)
    stale = ContactVisit.objects.get(pk=noted.pk)
    noted.problems_solved = 2
    contacts.change_visit(noted, world.users["linzhou_manager"])
    assert CadreChange.objects.of(noted)[0].before == {"problems_solved": 0}
    stale.problems_solved = 1
    with pytest.raises(ValidationError) as refused:
        contacts.change_visit(stale, None)
    assert refused.value.code == "conflict"
    assert ContactVisit.objects.get().problems_solved == 2


def test_a_contact_point_does_not_end_before_its_last_visit(world: World) -> None:
    held = contacts.set_point(point(world), None)
    contacts.note_visit(visit(held), None)
    with pytest.raises(ValidationError) as refused:
        contacts.end_point(held, datetime.date(2026, 8, 1), None, "调整")
    assert list(refused.value.message_dict) == ["until"]


def test_a_visit_noted_by_mistake_goes_and_the_history_keeps_it(world: World) -> None:
    held = contacts.set_point(point(world), None)
    noted = contacts.note_visit(visit(held), None)
    key = noted.pk
    contacts.remove_visit(noted, world.users["linzhou_manager"], "重复")
    told = CadreChange.objects.get(about="contactvisit", row=key, verb="removed")
    assert (told.before["on"], told.reason) == ("2026-09-01", "重复")
    assert not ContactVisit.objects.exists()


def test_a_talk_is_given_by_a_leader_of_the_county_to_somebody(world: World) -> None:
    contacts.note_talk(talk(world), world.users["linzhou_manager"])
    for says in ({"audience": 0}, {"on": datetime.date(2026, 10, 3)}, {"unit": "shiqiao"}, {}):
        with pytest.raises(ValidationError):
            contacts.note_talk(talk(world, **says), None)
    assert PolicyTalk.objects.in_year(2026).count() == 1


def test_a_talk_that_was_elsewhere_leaves_its_history_where_it_was_noted(world: World) -> None:
    noted = contacts.note_talk(talk(world), None)
    moved = PolicyTalk.objects.get(pk=noted.pk)
    moved.village = world.units["xishan"]
    contacts.change_talk(moved, None)
    assert {told.division for told in CadreChange.objects.of(noted)} == {world.units["dongshan"]}


def appointed(world: World, person: str, unit: str, start: datetime.date) -> Posting:
    who = world.persons[person]
    kind = PostingKind.objects.get(code="first_secretary")
    new = Posting(
        person=who, kind=kind, division=world.units[unit], organization=who.organization,
        start=start,
    )  # fmt: skip
    return postings.appoint(new, None)


def test_an_organisation_is_bound_to_the_village_to_which_it_sends(world: World) -> None:
    sent = appointed(world, "free", "nanping", DAY)
    bound = OrganizationBinding.objects.get()
    assert (bound.organization, bound.village) == (sent.organization, sent.division)
    assert (bound.since, bound.until, bound.posting) == (DAY, None, sent)


def test_a_binding_outlasts_the_posting_and_passes_on_to_who_sends_the_next(world: World) -> None:
    assert bind_all(world) == 3
    postings.end(world.postings["dongshan"], DAY, "rotated", None)
    of_dongshan = OrganizationBinding.objects.filter(village=world.units["dongshan"])
    assert of_dongshan.get().until is None
    later = datetime.date(2026, 11, 1)
    appointed(world, "free", "dongshan", later)
    old, new = of_dongshan.order_by("since")
    assert old.until == datetime.date(2026, 10, 31)
    assert (new.organization, new.since) == (world.organizations["linzhou_water"], later)


def test_two_who_change_places_exchange_their_villages_organisations(world: World) -> None:
    bind_all(world)
    postings.exchange(world.postings["dongshan"], world.postings["xishan"], DAY, None)
    now = OrganizationBinding.objects.on(DAY).filter(village=world.units["dongshan"])
    assert now.get().organization == world.organizations["linzhou_water"]
    assert bind_all(world) == 0


def test_an_organisation_is_bound_to_a_village_once(world: World) -> None:
    bound = OrganizationBinding(
        organization=world.organizations["culture"], village=world.units["nanping"], since=SPRING
    )
    bound.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganizationBinding.objects.bulk_create(
            [OrganizationBinding(organization=bound.organization, village=bound.village, since=DAY)]
        )


def test_what_is_taken_back_binds_nobody_and_the_one_before_goes_on(world: World) -> None:
    assert bind_all(world) == 3
    of_dongshan = OrganizationBinding.objects.filter(village=world.units["dongshan"])
    before = of_dongshan.get()
    postings.end(world.postings["dongshan"], DAY, "rotated", None)
    sent = appointed(world, "free", "dongshan", datetime.date(2026, 11, 1))
    assert of_dongshan.count() == 2
    postings.take_back(sent, None, "误录")
    assert (of_dongshan.get().pk, of_dongshan.get().until) == (before.pk, None)
    removed = CadreChange.objects.filter(about="organizationbinding", verb="removed").get()
    assert removed.reason == "误录"


def test_a_sender_that_is_put_right_is_bound_instead_of_the_other(world: World) -> None:
    sent = appointed(world, "free", "nanping", DAY)
    right = {"organization": world.organizations["culture"]}
    postings.correct(Posting.objects.get(pk=sent.pk), right, None, "单位填错")
    assert OrganizationBinding.objects.get().organization == world.organizations["culture"]


def leader(world: World) -> Posting:
    return again(world.postings["leader"])


def test_what_a_leader_never_led_has_no_contact_points(world: World) -> None:
    held = contacts.set_point(point(world), None)
    noted = contacts.note_visit(visit(held), None)
    with pytest.raises(ValidationError, match="2026"):
        postings.take_back(leader(world), None, "误录")
    contacts.remove_visit(noted, None, "误录")
    postings.take_back(leader(world), None, "误录")
    assert not ContactPoint.objects.exists()
    told = CadreChange.objects.get(about="contactpoint", verb="removed")
    assert (told.reason, told.before["since"]) == ("误录", SPRING.isoformat())


@pytest.mark.parametrize(
    "verb",
    [
        lambda held: postings.take_back(held, None, "误录"),
        lambda held: postings.correct(held, {"start": DAY}, None, "文件日期"),
        lambda held: postings.end(held, SPRING, "transferred", None),
    ],
)
@pytest.mark.parametrize("what", ["visit", "talk"])
def test_no_visit_and_no_talk_is_left_of_days_on_which_nobody_led(
    world: World, verb: Any, what: str
) -> None:
    noted: Any
    remove: Any
    if what == "talk":
        noted, remove = contacts.note_talk(talk(world), None), contacts.remove_talk
    else:
        held = contacts.set_point(point(world), None)
        noted, remove = contacts.note_visit(visit(held), None), contacts.remove_visit
    with pytest.raises(ValidationError, match="2026"):
        verb(leader(world))
    assert leader(world).version == 1
    remove(noted, None, "误录")
    verb(leader(world))


def test_an_old_posting_put_right_takes_nothing_from_the_later_one(world: World) -> None:
    early = {"start": datetime.date(2016, 5, 1), "end": datetime.date(2020, 5, 1)}
    old = Posting(
        person=world.persons["leader_linzhou"], division=world.units["linzhou"],
        kind=PostingKind.objects.get(code="county_leader"), end_reason="rotated", **early,
    )  # fmt: skip
    old = postings.appoint(old, None)
    contacts.set_point(point(world), None)
    contacts.note_talk(talk(world), None)
    postings.correct(again(old), {"end": datetime.date(2020, 6, 1)}, None, "文件日期")
    assert ContactPoint.objects.get().until is None


def test_no_contact_point_begins_before_the_leader_does(world: World) -> None:
    contacts.set_point(point(world), None)
    over = point(world, "xishan", until=datetime.date(2026, 4, 1))
    contacts.set_point(over, None)
    contacts.set_point(point(world, "nanping", since=DAY), None)
    may = datetime.date(2026, 5, 1)
    postings.correct(leader(world), {"start": may}, None, "文件日期")
    stands = ContactPoint.objects.order_by("village__code").values_list("village", "since")
    places = {unit.pk: name for name, unit in world.units.items()}
    assert {places[unit]: day for unit, day in stands} == {"dongshan": may, "nanping": DAY}
    contacts.note_visit(visit(ContactPoint.objects.get(since=may)), None)
    with pytest.raises(ValidationError) as refused:
        postings.correct(leader(world), {"start": DAY}, None, "文件日期")
    assert list(refused.value.message_dict) == ["start"]


@pytest.mark.parametrize(
    ("says", "field"),
    [
        ({"since": datetime.date(2062, 3, 1)}, "since"),
        ({"until": datetime.date(2062, 3, 1)}, "until"),
        ({"until": datetime.date(2026, 2, 1)}, "__all__"),
    ],
)
def test_the_days_of_a_contact_point_are_no_slips(
    world: World, says: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        point(world, **says).full_clean()
    assert list(refused.value.message_dict) == [field]
    point(world, since=datetime.date(2027, 1, 1)).full_clean()


def test_a_usual_term_of_a_kind_has_months(world: World) -> None:
    kind = PostingKind.objects.get(code="first_secretary")
    kind.term_months = 0
    with pytest.raises(ValidationError) as refused:
        kind.full_clean()
    assert list(refused.value.message_dict) == ["__all__"]
    with pytest.raises(IntegrityError), transaction.atomic():
        kind.save()
