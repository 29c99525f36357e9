"""Searches for somebody that accounts keep as filters, once that somebody was made anonymous."""

from collections.abc import Iterator

from django.db.models import Q
from django.http import QueryDict

from accounts.models import SavedFilter
from cadres.models import Person
from cadres.names import plain_name
from villages.pinyin import search_key

# Lists on which `q` finds persons; elsewhere it finds units or lines of the ledger alone.
PAGES = ("people", "postings", "contact_points", "policy_talks")


def forget(names: set[str]) -> None:
    """Filters that look for one of the names, or are called by it, where nobody has it any more.

    Only what says the name, its pinyin or initials in full: 东山村 is a village, whoever 东山 was.
    """
    spelled = names | {word for name in names for word in search_key(name).split()}
    for kept in SavedFilter.objects.filter(page__in=[f"cadres:{page}" for page in PAGES]):
        if any(text in spelled and not _has_an_owner(text) for text in _texts(kept)):
            kept.delete()


def _texts(kept: SavedFilter) -> Iterator[str]:
    """As the lists search for them: without spaces, pinyin in small letters."""
    for text in (kept.name, *QueryDict(kept.query).getlist("q")):
        plain = plain_name(text)
        yield plain.lower().replace(" ", "") if plain.isascii() else plain


def _has_an_owner(text: str) -> bool:
    owners = Q(name=text) | Q(pinyin__endswith=f" {text}") | Q(pinyin__contains=f" {text} ")
    return Person.objects.filter(owners).exists()
