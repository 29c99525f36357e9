"""Which divisions: those that a viewer sees, that stood on a day, that are searched or locked."""

import datetime
from typing import TYPE_CHECKING, Protocol, Self

from django.db import models
from django.db.models import Q

from villages.models.levels import OWING_KINDS, Level

if TYPE_CHECKING:
    from villages.models.division import Division


class Viewer(Protocol):
    """Whoever looks: an account with a place in the tree."""

    @property
    def division(self) -> "Division | None": ...
    @property
    def sees_everything(self) -> bool: ...


class DivisionQuerySet(models.QuerySet["Division"]):
    def within(self, division: "Division") -> Self:
        """The division itself and everything it manages, however deep."""
        return self.filter(path__startswith=division.path)

    def at(self, on: datetime.date) -> Self:
        """Those that existed on that day; `valid_to` is the first day without it."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gt=on)
        )

    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self.all()
        return self.within(viewer.division) if viewer.division else self.none()

    def in_line(self, division: "Division") -> Self:
        """The division, everything it manages, and what manages it."""
        return self.filter(Q(path__startswith=division.path) | Q(pk__in=division.ancestor_ids))

    def in_line_of(self, viewer: Viewer) -> Self:
        """What a viewer sees, and the units above: what they decide holds for the viewer too, and
        whom they send comes here."""
        if viewer.sees_everything:
            return self.all()
        return self.in_line(viewer.division) if viewer.division else self.none()

    def other_trees(self, top: "Division") -> Self:
        """What is managed by nobody, beside the top of a tree: other cities."""
        return self.filter(parent=None).exclude(pk=top.pk)

    def owing(self, level: str) -> Self:
        """Units that owe the tasks of a level by their kind: towns and townships, villages."""
        return self.filter(level=level, kind__in=OWING_KINDS[Level(level)])

    def search(self, text: str) -> Self:
        """By part of the name, by code from its start, or by pinyin from its start."""
        text = text.replace("\0", "").strip()  # PostgreSQL refuses NUL in a text
        if not text:
            return self
        found = Q(name__icontains=text) | Q(code__startswith=text)
        if text.isascii():
            found |= Q(pinyin__contains=f" {text.lower().replace(' ', '')}")
        return self.filter(found)

    def lock(self) -> "list[Division]":
        """These rows as they are stored, held until the transaction ends.

        All who lock divisions do so in this order, and what only refers to them (a line, an
        extension, a change) need not wait, so that nobody waits in a ring.
        """
        return list(self.order_by("pk").select_for_update(no_key=True))
