"""The persons of a unit: a list that is filtered and searched, without any number of theirs."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.models import User
from accounts.saved_filters import saved_filters
from accounts.where import Where
from cadres.models import Organization, Person, Posting, PostingKind, TeamMember
from cadres.models.person import PersonQuerySet
from cadres.months import age
from cadres.person_filters import PersonFilter
from cadres.roles_held import members
from villages.models import Division

PAGE_SIZE = 100


@require_safe
@permission_required("cadres.view_person", raise_exception=True)
def people(request: Request, code: str) -> HttpResponse:
    """Whoever serves at a unit or below it."""
    where, today = Where.at(request.user, code), timezone.localdate()
    seen = _serving(request.user, where.division).standing()
    senders = Organization.objects.visible_to(request.user)
    given = request.GET or None  # nothing chosen is nothing to check
    filtered = PersonFilter(given, queryset=seen, organizations=senders, on=today)
    # Keys alone are put in order, and the rows of one page read by them: sorting whole rows of
    # 20,000 persons takes many times as long.
    keys = Paginator(filtered.qs.values_list("pk", flat=True), PAGE_SIZE)
    page: Any = keys.get_page(request.GET.get("page"))
    page.object_list = list(_listed(page.object_list, today, filtered.kinds))
    context = {
        "where": where,
        "view_name": "cadres:people",
        "filter": filtered,
        "saved": saved_filters(request),
        "page": page,
        "today": today,
        "may_add": request.user.has_perm("cadres.add_person"),
        "may_compare": request.user.has_perm("cadres.change_person"),
    }
    return render(request, "cadres/people.html", context)


def _serving(reader: User, division: Division) -> PersonQuerySet:
    """Whoever serves at a unit that the reader may open, or below it."""
    if division.parent_id is None and not Division.objects.other_trees(division).exists():
        return Person.objects.all()  # told sooner than by looking where everybody serves
    seen = Person.objects.visible_to(reader)
    return seen if division == reader.division else seen.within(division)


@dataclass(frozen=True)
class Listed:
    """What a line says of somebody: nothing else is read, no number least of all."""

    pk: int
    name: str
    sex: str
    birth: str
    political_status: str
    education: str
    organization: str | None
    unit: str
    years: int | None
    holds: list[str]


COLUMNS = (
    *("pk", "name", "sex", "birth", "political_status", "education"),
    *("organization__name", "division__name"),
)
POSITIONS = {
    "party_position": TeamMember.PartyPosition,
    "committee_position": TeamMember.CommitteePosition,
    "supervision_position": TeamMember.SupervisionPosition,
}


def _listed(keys: Any, on: datetime.date, kinds: Iterable[PostingKind]) -> Iterator[Listed]:
    """The lines of a page, with the postings and offices that are held on the day."""
    names = {kind.pk: str(kind) for kind in kinds}
    rows: list[Any] = list(Person.objects.filter(pk__in=keys).values_list(*COLUMNS))
    persons = [row[0] for row in rows]
    held, offices = _held(persons, on), _offices(persons, on)
    for row in rows:
        holds = [names[kind] for kind in held[row[0]]] + offices[row[0]]
        yield Listed(*(*row, age(row[3], on), holds))


def _held(persons: list[int], on: datetime.date) -> Mapping[int, list[int]]:
    """From a person to the kinds of what is held, what began last first."""
    found = defaultdict[int, list[int]](list)
    held = Posting.objects.on(on).filter(person__in=persons).order_by("-start", "-pk")
    for person, kind in held.values_list("person", "kind"):
        found[person].append(kind)
    return found


def _offices(persons: list[int], on: datetime.date) -> Mapping[int, list[str]]:
    """From a person to the positions in the team of a village, in a line for each team."""
    found = defaultdict[int, list[str]](list)
    words = [dict(choices.choices) for choices in POSITIONS.values()]
    serving = members(on, on).filter(person__in=persons).order_by("pk")
    for person, *positions in serving.values_list("person", *POSITIONS):
        told = [str(of[held]) for of, held in zip(words, positions, strict=True) if held]
        found[person].append("、".join(told))
    return found
