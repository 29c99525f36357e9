"""In which order a reviewer meets what waits: answers to returns first, then exceptions, then
the rest. One rule in SQL, for the page, its counts and the list of units."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from villages.models import Level

if TYPE_CHECKING:
    from accounts.models import User

# What changes the content of an entry; the other verbs move it along.
CONTENT_VERBS = ("save", "confirm", "exempt", "lift", "attach", "detach")
LEVELS = list(Level)


class Section(models.IntegerChoices):
    ANSWERS = 1, _("Answers to what was returned")
    EXCEPTIONS = 2, _("Exceptions")
    REST = 3, _("Without exceptions")


class Oddity(models.TextChoices):
    """Why a line is an exception, the most urgent first."""

    OBJECTION = "objection", _("Objection of the lead organisation")
    UNUSUAL = "unusual", _("Unusual value")
    CHANGED = "changed", _("Changed since your last look")
    LATE = "late", _("Reported late")


IS_ODD: dict[Oddity, Q] = {
    Oddity.OBJECTION: Q(is_objected=True),
    Oddity.UNUSUAL: Q(is_unusual=True),
    Oddity.CHANGED: Q(is_changed=True),
    Oddity.LATE: Q(is_late=True),
}


def contents_changed_after(version: str, entry: str = "pk") -> Exists:
    """Whether the content of an outer entry changed after the version an outer field names."""
    from tasks.models.history import EntryChange

    changes = EntryChange.objects.filter(entry=OuterRef(entry), version__gt=OuterRef(version))
    return Exists(changes.filter(verb__in=CONTENT_VERBS))


def seen_since(user: "User") -> Subquery:
    """The version against which the user is shown what changed; none where never looked at.

    While the version last seen still stands, that is the one seen before it.
    """
    looks = user.looks.filter(entry=OuterRef("pk"))
    since = Case(
        When(version=OuterRef("version"), then=F("previous_version")), default=F("version")
    )
    return Subquery(looks.values(since=since)[:1])


def returned_version(level: str) -> Subquery:
    """The version that was returned at this level or above and has not passed this level since."""
    from tasks.models.history import Review

    given = Review.objects.filter(undone_at=None)
    passed = given.filter(
        entry=OuterRef("entry"), verdict="accepted", level=level, version__gt=OuterRef("version")
    )
    above = LEVELS[: LEVELS.index(Level(level)) + 1]
    returned = given.filter(entry=OuterRef("pk"), verdict="returned", level__in=above)
    latest = returned.filter(~Exists(passed)).order_by("-version")
    return Subquery(latest.values("version")[:1])


def review_inputs(user: "User") -> list[dict[str, Any]]:
    """Annotations in the order in which each may name those before it."""
    from tasks.models.looking import Opinion

    objections = Opinion.objects.standing().filter(entry=OuterRef("pk"), verdict="objects")
    odd = Q()
    for which in IS_ODD.values():
        odd |= which
    section = Case(
        When(returned_version__isnull=False, then=Value(Section.ANSWERS)),
        When(odd, then=Value(Section.EXCEPTIONS)),
        default=Value(Section.REST),
        output_field=models.IntegerField(),
    )
    return [
        {
            "returned_version": returned_version(user.level or Level.CITY),
            "seen_since": seen_since(user),
            "is_objected": Exists(objections),
        },
        {"is_changed": contents_changed_after("seen_since")},
        {"section": section},
    ]


def urgency() -> Case:
    """The place of a line within its section."""
    steps = [When(which, then=Value(step)) for step, which in enumerate(IS_ODD.values())]
    return Case(*steps, default=Value(len(steps)), output_field=models.IntegerField())
