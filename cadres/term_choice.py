"""Which term is meant, and which two are compared: those that an address names, else the last."""

from collections.abc import Mapping

from cadres.models import Term

YEAR = 4  # digits
# In place of a year: the teams that serve now, each of its own term.
SERVING = "serving"


def term_of(year: str) -> Term | None:
    """The term of a year as an address names it; raises Term.DoesNotExist."""
    if not (year.isascii() and year.isdigit() and len(year) == YEAR):
        raise Term.DoesNotExist
    return Term.objects.get(year=year)


def named(year: str) -> Term | None:
    """The same on a page, where what names no term counts as no choice at all."""
    try:
        return term_of(year)
    except Term.DoesNotExist:
        return None


def in_use() -> Term | None:
    """The last term with an elected team anywhere, or the newest before any election."""
    return Term.objects.elected().newest() or Term.objects.newest()


def two_terms(choices: Mapping[str, str]) -> tuple[Term | None, Term | None]:
    """The earlier and the later one: `from` and `to`, else the last that has anything to count
    and the one before."""
    after = named(choices.get("to", "")) or in_use()
    before = named(choices.get("from", "")) or (Term.objects.before(after) if after else None)
    return (after, before) if before and after and before.year > after.year else (before, after)
