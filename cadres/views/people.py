"""The persons of a unit: a list that is filtered and searched, without any number of theirs."""

import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.saved_filters import saved_filters
from accounts.where import Where
from cadres.models import Organization, Person, Posting
from cadres.months import age
from cadres.person_filters import PersonFilter

PAGE_SIZE = 100


@require_safe
@permission_required("cadres.view_person", raise_exception=True)
def people(request: Request, code: str) -> HttpResponse:
    """Whoever serves at a unit or below it."""
    where, today = Where.at(request.user, code), timezone.localdate()
    seen = Person.objects.visible_to(request.user).within(where.division).standing()
    senders = Organization.objects.visible_to(request.user)
    filtered = PersonFilter(request.GET, queryset=seen, organizations=senders, on=today)
    # Keys alone are put in order, and the whole rows of one page read then: sorting whole rows
    # of 20,000 persons takes many times as long.
    keys = Paginator(filtered.qs.values_list("pk", flat=True), PAGE_SIZE)
    page: Any = keys.get_page(request.GET.get("page"))
    page.object_list = list(_with_postings(seen.filter(pk__in=list(page.object_list)), today))
    for person in page:
        person.years = age(person.birth, today)
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


def _with_postings(persons: Any, on: datetime.date) -> Any:
    """With `current`: the postings of today, read for all persons of the page at once."""
    held = Posting.objects.on(on).select_related("kind", "division").order_by("-start", "-pk")
    listed = persons.without_secrets().select_related("division", "organization")
    return listed.prefetch_related(Prefetch("postings", held, to_attr="current"))
