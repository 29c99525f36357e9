"""Filters that an account keeps for a list.

A list page puts `saved_filters(request)` into its context as `saved` and includes
`cadres/partials/saved_filters.html` with it; that is all it has to do.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.http import Request
from accounts.models import SavedFilter, User
from accounts.numbers import has_numbers

MOST = 20


@dataclass(frozen=True)
class SavedFilters:
    """What the reader keeps for a list, and what is chosen on it at this moment."""

    kept: list[SavedFilter]
    query: str
    back: str

    @property
    def current(self) -> SavedFilter | None:
        """The kept one that is in use."""
        return next((one for one in self.kept if one.query == self.query), None)


def saved_filters(request: Request) -> SavedFilters:
    match = request.resolver_match
    mine = SavedFilter.objects.visible_to(request.user)
    kept = list(mine.of_page(match.view_name if match else ""))
    query = _without_numbers(request.GET)
    return SavedFilters(kept, query, f"{request.path}?{query}" if query else request.path)


def keep(user: User, name: str, back: str) -> SavedFilter:
    """Keep the choices in the address of a list under a name, in the place of one of that name.

    Raises ValidationError.
    """
    page, query = _read(back, name)
    mine = SavedFilter.objects.visible_to(user).of_page(page)
    kept = mine.filter(name=name.strip()).first()
    if kept is None and mine.count() >= MOST:
        raise ValidationError(
            _("You keep %d filters for this list; remove one first.") % MOST, "full"
        )
    kept = kept or SavedFilter(user=user, page=page, name=name.strip())
    kept.query = query
    kept.full_clean()
    kept.save()
    return kept


def _read(back: str, name: str) -> tuple[str, str]:
    """The url name and the choices of the address of a list."""
    address = urlsplit(back)
    try:
        page = "" if address.netloc else resolve(address.path).view_name
    except Resolver404:
        page = ""
    if not page:
        raise ValidationError(_("There is no such list."), "unknown")
    given = QueryDict(address.query)
    query = _without_numbers(given)
    if query != _chosen(given) or has_numbers(name):
        raise ValidationError(_("A filter with numbers of persons is not kept."), "numbers")
    if not query:
        raise ValidationError(_("Choose something in the filters first."), "empty")
    return page, query


def _chosen(given: QueryDict, *without: str) -> str:
    """The choices of a query, without the number of the page and what was left empty."""
    chosen = QueryDict(mutable=True)
    for name, values in given.lists():
        if name not in ("page", *without):
            chosen.setlist(name, [value for value in values if value])
    return chosen.urlencode()


def _without_numbers(given: QueryDict) -> str:
    wrong = [
        name
        for name, values in given.lists()
        if has_numbers(name) or any(has_numbers(value) for value in values)
    ]
    return _chosen(given, *wrong)
