"""Accepting a whole section without its keys in the page: what stood when the page was made."""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import Q

from tasks import actions
from tasks.models import EntryQuerySet

# Longer than any transaction takes. A change that was begun before the page was made, but was
# committed after it, bears a time before it: the lines of this last minute are therefore known
# by a digest of their versions, all older ones by their time alone.
LAST_MINUTE = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Standing:
    """The lines of a section as a page showed or counted them."""

    made: datetime.datetime
    count: int
    digest: str

    @classmethod
    def of(cls, lines: EntryQuerySet, count: int, at: datetime.datetime) -> Self:
        recent = lines.filter(updated_at__gt=at - LAST_MINUTE, updated_at__lte=at)
        return cls(at, count, _digest(recent.order_by().values_list("pk", "version")))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From a field of the page; None where it is none of ours."""
        made, _space, rest = text.partition(" ")
        count, _space, digest = rest.partition(" ")
        try:
            at = datetime.datetime.fromisoformat(made)
        except ValueError:
            return None
        if at.tzinfo is None or not count.isdecimal() or len(count) > 9:
            return None
        return cls(at, int(count), digest)

    def __str__(self) -> str:
        return f"{self.made.isoformat()} {self.count} {self.digest}"

    def unchanged(self, lines: EntryQuerySet) -> list[actions.Seen]:
        """Those of the lines now that stand as they stood when the page was made."""
        until = lines.filter(Q(updated_at=None) | Q(updated_at__lte=self.made)).order_by()
        rows = list(until.values_list("pk", "version", "updated_at"))
        begins = self.made - LAST_MINUTE
        recent = [(pk, version) for pk, version, at in rows if at and at > begins]
        if _digest(recent) != self.digest:
            rows = [row for row in rows if not row[2] or row[2] <= begins]
        return [actions.Seen(pk, version) for pk, version, _at in rows]


def _digest(lines: Iterable[tuple[int, int]]) -> str:
    return hashlib.sha256(repr(sorted(lines)).encode()).hexdigest()[:24]
