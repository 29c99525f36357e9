"""The roster of postings (花名册)."""

import datetime
from collections.abc import Iterable

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.models import User
from accounts.saved_filters import saved_filters
from accounts.where import Where
from cadres.models import Posting
from cadres.models.posting import decides_somewhere
from cadres.posting_filters import PostingFilter
from villages.models import Division, Level

PAGE_SIZE = 1000  # the first secretaries of a city on one screen


@require_safe
@permission_required("cadres.view_posting", raise_exception=True)
def postings(request: Request, code: str) -> HttpResponse:
    """The roster of a unit and everything below it, as it stands on a day."""
    where, today = Where.at(request.user, code), timezone.localdate()
    below = list(Division.objects.filter(parent=where.division).at(today).order_by("code"))
    seen = Posting.objects.visible_to(request.user).within(where.division).for_list()
    seen = seen.select_related(None).select_related("person", "organization", "division")
    ordered = seen.order_by("division__path", "kind__order", "-start", "pk")
    filtered = PostingFilter(request.GET, queryset=ordered, below=below, today=today)
    page = Paginator(filtered.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    kinds = {kind.pk: str(kind) for kind in filtered.kinds}
    _place(page.object_list)
    context = {
        "where": where,
        "view_name": "cadres:postings",
        "filter": filtered,
        "page": page,
        "rows": [Row(posting, filtered.day, kinds) for posting in page],
        "day": filtered.day,
        "kind": next((k.code for k in filtered.kinds if k.code == request.GET.get("kind")), ""),
        "may_appoint": may_appoint(request.user),
        "saved": saved_filters(request),
    }
    return render(request, "cadres/postings.html", context)


def _place(postings: Iterable[Posting]) -> None:
    """Give hundreds of villages the few units above them, each read once."""
    above = Division.objects.exclude(level=Level.VILLAGE).select_related("parent").in_bulk()
    for posting in postings:
        posting.division.parent = above.get(posting.division.parent_id or 0)


def may_appoint(user: User) -> bool:
    return decides_somewhere(user) and user.has_perm("cadres.add_posting")


def shown(day: datetime.date | None) -> str:
    """2026.10.02, as rosters write days."""
    return f"{day:%Y.%m.%d}" if day else ""


def _left(posting: Posting, day: datetime.date) -> str:
    """How long the term still lasts, where the posting is held without an end."""
    days = posting.days_left(day) if posting.end is None and posting.is_held(day) else None
    if days is None:
        return ""
    said = _("%d days beyond the term") if days < 0 else _("%d days left")
    return said % abs(days)


class Row:
    """A posting with how it stands on a day."""

    def __init__(self, posting: Posting, day: datetime.date, kinds: dict[int, str]) -> None:
        self.posting = posting
        self.county, self.township, self.village = posting.places
        self.sender = posting.organization.name if posting.organization else ""
        # Hundreds of rows: what every one shows is put into words here, not by the template.
        self.name, self.kind = posting.person.name, kinds[posting.kind_id]
        self.since, self.planned = shown(posting.start), shown(posting.planned_end)
        self.until = shown(posting.end)
        self.state = Posting.State(posting.state_on(day))
        self.left = _left(posting, day)
