"""What happened to one posting, as people read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from cadres.models import CadreChange, Organization, Posting

# Told by the page itself, or by the chain of holders.
LEFT_OUT = ("person", "division", "kind", "predecessor", "seat_number")


@dataclass(frozen=True)
class Told:
    """One change with the fields that it touched: label, before, after."""

    change: CadreChange
    fields: list[tuple[Any, str, str]]


def history_of(posting: Posting, user: User) -> list[Told]:
    made = CadreChange.objects.visible_to(user).of(posting).select_related("by")
    changes = list(made.order_by("-at", "-pk"))
    senders = {
        value
        for change in changes
        for facts in (change.before, change.after)
        if (value := facts.get("organization"))
    }
    names = {one.pk: one.name for one in Organization.objects.filter(pk__in=senders)}
    told = [Told(change, list(_fields(change, names))) for change in changes]
    return [one for one in told if one.fields or one.change.verb != CadreChange.Verb.CHANGED]


def _fields(change: CadreChange, senders: dict[int, str]) -> Iterator[tuple[Any, str, str]]:
    if change.verb == CadreChange.Verb.ADDED:
        return
    for name in change.after:
        if name in LEFT_OUT:
            continue
        field = Posting._meta.get_field(name)
        old, new = (
            _words(name, facts.get(name), senders) for facts in (change.before, change.after)
        )
        if old != new:
            yield getattr(field, "verbose_name", name), old, new


def _words(name: str, value: Any, senders: dict[int, str]) -> str:
    if value in (None, "", "None"):
        return "–"
    if name == "organization":
        return senders.get(value, "–")
    if name == "end_reason":
        return str(dict(Posting.EndReason.choices).get(value, value))
    return str(value)
