"""Adding persons and putting their records right, one by one; sheets do so by the list."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from cadres.actions.refusing import in_words
from cadres.matching_people import Facts, Match, Matcher, Reason
from cadres.models import CadreChange, Person, Tag, facts_of
from cadres.phones import plain_phone


class Stale(ValidationError):
    """Somebody was quicker; `stored` is the person as it stands now."""

    def __init__(self, stored: Person) -> None:
        super().__init__(_("Somebody changed this record meanwhile."), "conflict")
        self.stored = stored


@sensitive_variables("person")
def add(
    person: Person,
    by: User | None,
    strengths: Iterable[Tag] = (),
    reason: str = "",
    *,
    confirmed: bool = False,
) -> Person:
    """Store a new person, after every rule has been asked. Raises ValidationError.

    `confirmed` says that it is somebody else than whom the registers know of that name.
    """
    with _refused(), transaction.atomic():
        _check(person)
        ask_whether_known(person, by, confirmed=confirmed)
        person.save(force_insert=True)
        change = CadreChange.note(person, person.division, by, timezone.now(), reason=reason)
        _keep_strengths(person, strengths, change)
    return person


@sensitive_variables("values")
def change(
    pk: int, version: int, values: dict[str, Any], by: User | None, reason: str = ""
) -> Person:
    """Write values by the names of fields, `strengths` among them; nothing where all is the same.

    Raises Stale where the record is not the version that was shown, and ValidationError by field.
    Where a person serves is no value of this: appointments and elections say it.
    """
    with _refused(), transaction.atomic():
        (person,) = Person.objects.filter(pk=pk).lock()
        if person.version != version:
            raise Stale(person)
        if not person.is_standing:
            raise ValidationError(_("This record of a person is closed."), "closed")
        before, strengths, stood = facts_of(person), values.get("strengths"), copy(person)
        for name, value in values.items():
            if name not in ("strengths", "division"):
                setattr(person, name, value)
        person.follow_words(stood)
        _check(person)
        if facts_of(person) == before and not _differ(person, strengths):
            return person
        person.version += 1
        person.save()
        change = CadreChange.note(
            person, person.division, by, timezone.now(), before, reason=reason
        )
        if strengths is not None:
            _keep_strengths(person, strengths, change)
    return person


def match_of(person: Person, by: User) -> Match:
    facts = Facts(person.name, person.birth, person.sex, person.identity_number)
    return Matcher(by).match_all([facts])[0]


def may_be_new(match: Match, person: Person, *, confirmed: bool) -> bool:
    """A namesake may be somebody else, if the user says so; who has the same number cannot."""
    known = {Reason.ELSEWHERE, Reason.OTHER_NAME} & {doubt.reason for doubt in match.doubts}
    numbers = {person.identity_digest, match.person and match.person.identity_digest}
    same_number = match.person is not None and len(numbers - {None}) == 1 and None not in numbers
    return not known and not same_number and (match.is_new or confirmed)


def ask_whether_known(person: Person, by: User | None, *, confirmed: bool) -> None:
    """Raises ValidationError where the registers may know the person. A namesake of another
    birth is none of a doubt here; nor does a program, which is nobody, have any."""
    if by is None:
        return
    match = match_of(person, by)
    if all(doubt.reason == Reason.OTHER_BIRTH for doubt in match.doubts) and not match.person:
        return
    if not may_be_new(match, person, confirmed=confirmed):
        same = _("This person is in the registers already, or somebody of the same facts.")
        raise ValidationError(" ".join(map(str, match.doubts)) or same, "known")


def _refused() -> AbstractContextManager[None]:
    """Of two who enter one number at one moment the second is told so."""
    return in_words({"identity_digest": _("There is a person with this identity number already.")})


def _check(person: Person) -> None:
    person.phone = plain_phone(person.phone)
    person.full_clean()


def _differ(person: Person, strengths: Iterable[Tag] | None) -> bool:
    return strengths is not None and set(person.strengths.all()) != set(strengths)


def _keep_strengths(person: Person, strengths: Iterable[Tag], change: CadreChange) -> None:
    """History tells fields of work by their names, as it has no column for them."""
    wanted, stood = set(strengths), set(person.strengths.all())
    if wanted == stood:
        return
    person.strengths.set(wanted)
    for side, tags in ((change.before, stood), (change.after, wanted)):
        side["strengths"] = "、".join(sorted(tag.name for tag in tags))
    change.save(update_fields=["before", "after"])
