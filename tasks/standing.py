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
# by digests of their versions, all older ones by their time alone. By many digests, so that one
# line that changed leaves out itself and few others.
LAST_MINUTE = datetime.timedelta(minutes=1)
BUCKETS = 64
DIGITS = 8
NOTHING = "0" * DIGITS


@dataclass(frozen=True)
class Standing:
    """The lines of a section as a page showed or counted them."""

    made: datetime.datetime
    count: int
    digests: str

    @classmethod
    def of(cls, lines: EntryQuerySet, count: int, at: datetime.datetime) -> Self:
        recent = lines.filter(updated_at__gt=at - LAST_MINUTE, updated_at__lte=at)
        digests = _digests(recent.order_by().values_list("pk", "version"))
        return cls(at, count, "".join(digests) if set(digests) != {NOTHING} else "")

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From a field of the page; None where it is none of ours."""
        made, _space, rest = text.partition(" ")
        count, _space, digests = rest.partition(" ")
        try:
            at = datetime.datetime.fromisoformat(made)
        except ValueError:
            return None
        if at.tzinfo is None or not count.isdecimal() or len(count) > 9:
            return None
        return cls(at, int(count), digests)

    def __str__(self) -> str:
        return f"{self.made.isoformat()} {self.count} {self.digests}"

    def unchanged(self, lines: EntryQuerySet) -> list[actions.Seen]:
        """Those of the lines now that stand as they stood when the page was made."""
        until = lines.filter(Q(updated_at=None) | Q(updated_at__lte=self.made)).order_by()
        rows = list(until.values_list("pk", "version", "updated_at"))
        begins = self.made - LAST_MINUTE
        recent = {pk: version for pk, version, at in rows if at and at > begins}
        now = _digests(recent.items())
        same = [now[n] == self._digest(n) for n in range(BUCKETS)]
        return [
            actions.Seen(pk, version)
            for pk, version, _at in rows
            if pk not in recent or same[pk % BUCKETS]
        ]

    def _digest(self, bucket: int) -> str:
        return self.digests[bucket * DIGITS : (bucket + 1) * DIGITS] or NOTHING


def _digests(lines: Iterable[tuple[int, int]]) -> list[str]:
    """For each bucket of keys one digest of its lines with their versions."""
    buckets: list[list[tuple[int, int]]] = [[] for _bucket in range(BUCKETS)]
    for pk, version in lines:
        buckets[pk % BUCKETS].append((pk, version))
    return [_digest_of(bucket) if bucket else NOTHING for bucket in buckets]


def _digest_of(lines: list[tuple[int, int]]) -> str:
    return hashlib.sha256(repr(sorted(lines)).encode()).hexdigest()[:DIGITS]
