"""Two who set, visit and end one contact point at one moment, on connections of their own."""

import datetime
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from cadres.actions import contacts, postings
from cadres.models import ContactPoint, ContactVisit, Person, PolicyTalk
from cadres.models.person import PersonQuerySet
from tests.cadres.test_contacts import DAY, point, talk, visit
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once
from tests.world import World

pytestmark = REAL_CONNECTIONS


@pytest.mark.parametrize("held", [True, False], ids=["leader held", "control"])
def test_a_leader_is_given_a_contact_point_once(
    world: World, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    """Where nobody waits for the other, the database itself refuses, in the same words."""
    if not held:
        monkeypatch.setattr(PersonQuerySet, "lock", _unheld)
        monkeypatch.setattr(contacts, "check_overlaps", Meeting(2).after(contacts.check_overlaps))
    outcomes = at_once(
        lambda: _set(point(world)),
        lambda: _set(point(world, since=datetime.date(2026, 5, 1))),
    )
    assert ContactPoint.objects.count() == 1
    assert sorted(outcomes) == ["refused", "set"]


def _unheld(people: PersonQuerySet) -> list[Person]:
    return list(people)


def _set(new: ContactPoint) -> str:
    try:
        contacts.set_point(new, None)
    except ValidationError:
        return "refused"
    return "set"


@pytest.mark.parametrize("held", [True, False], ids=["contact point held", "control"])
def test_a_contact_point_does_not_end_before_a_visit_that_is_being_noted(
    world: World, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    point_of = contacts.set_point(point(world), None)
    noted, tried = threading.Event(), threading.Event()
    if not held:
        monkeypatch.setattr(contacts, "_held_point", lambda pk: ContactPoint.objects.get(pk=pk))

    def note() -> None:
        with transaction.atomic():
            contacts.note_visit(visit(ContactPoint.objects.get(pk=point_of.pk), on=DAY), None)
            noted.set()
            tried.wait(1)

    def end() -> str:
        noted.wait(10)
        try:
            contacts.end_point(point_of, datetime.date(2026, 9, 1), None, "调整")
        except ValidationError:
            return "refused"
        finally:
            tried.set()
        return "ended"

    _noted, ended = at_once(note, end)
    assert ContactVisit.objects.count() == 1
    assert ended == ("refused" if held else "ended")


@pytest.mark.parametrize("held", [True, False], ids=["speaker held", "control"])
def test_no_talk_is_noted_of_a_leader_whose_posting_is_just_ending(
    world: World, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    ended, tried = threading.Event(), threading.Event()
    if not held:
        monkeypatch.setattr(contacts, "_hold_speaker", lambda talk: None)

    def end() -> None:
        with transaction.atomic():
            last_day = datetime.date(2026, 8, 1)
            postings.end(world.postings["leader"], last_day, "transferred", None)
            ended.set()
            tried.wait(1)

    def note() -> str:
        ended.wait(10)
        try:
            contacts.note_talk(talk(world), None)
        except ValidationError:
            return "refused"
        finally:
            tried.set()
        return "noted"

    _ended, noted = at_once(end, note)
    assert PolicyTalk.objects.count() == (0 if held else 1)
    assert noted == ("refused" if held else "noted")


@pytest.mark.parametrize("held", [True, False], ids=["contact point held", "control"])
def test_no_visit_is_noted_while_the_posting_of_the_leader_is_ending(
    world: World, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    point_of = contacts.set_point(point(world), None)
    ended, tried = threading.Event(), threading.Event()
    if not held:
        monkeypatch.setattr(contacts, "_held_point", lambda pk: ContactPoint.objects.get(pk=pk))

    def end() -> None:
        with transaction.atomic():
            last_day = datetime.date(2026, 8, 1)
            postings.end(world.postings["leader"], last_day, "transferred", None)
            ended.set()
            tried.wait(1)

    def note() -> str:
        ended.wait(10)
        try:
            contacts.note_visit(visit(ContactPoint.objects.get(pk=point_of.pk)), None)
        except ValidationError:
            return "refused"
        finally:
            tried.set()
        return "noted"

    _ended, noted = at_once(end, note)
    assert noted == ("refused" if held else "noted")
