"""Accepting a whole section without its keys in the page: what stood when the page was made."""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from tasks import actions
from tasks.models import EntryQuerySet, Opinion

# How long a page may lie open before its buttons speak of another time.
LAST_DAYS = datetime.timedelta(days=7)
# Longer than any transaction takes. A change that was begun before the page was made, but was
# committed after it, bears a time before it: the lines of this last minute are therefore known
# by digests of their versions, all older ones by their time alone. By many digests, so that one
# line that changed leaves out itself and few others. An opinion changes no line, but may make it
# an exception or none, and is treated in the same way.
LAST_MINUTE = datetime.timedelta(minutes=1)
BUCKETS = 64
DIGITS = 8
NOTHING = "0" * DIGITS
Stood = tuple[int, int, int | None]  # a line, its version, the last opinion of it


@dataclass(frozen=True)
class Standing:
    """The lines of a section as a page showed or counted them."""

    made: datetime.datetime
    count: int
    digests: str

    @classmethod
    def of(cls, lines: EntryQuerySet, count: int, at: datetime.datetime) -> Self:
        said = Opinion.objects.filter(at__gt=at - LAST_MINUTE, at__lte=at)
        moved = Q(updated_at__gt=at - LAST_MINUTE, updated_at__lte=at)
        recent = lines.filter(moved | Q(pk__in=said.values("entry"))).order_by()
        last = said.filter(entry=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        digests = _digests(recent.values_list("pk", "version", Subquery(last)))
        return cls(at, count, "".join(digests) if set(digests) != {NOTHING} else "")

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From a field of a page of the last days; None where it is none of ours."""
        made, _space, rest = text.partition(" ")
        count, _space, digests = rest.partition(" ")
        try:
            at = datetime.datetime.fromisoformat(made)
        except ValueError:
            return None
        if at.tzinfo is None or not count.isdecimal() or len(count) > 9:
            return None
        if not -LAST_MINUTE <= timezone.now() - at <= LAST_DAYS:
            return None
        return cls(at, int(count), digests)

    def __str__(self) -> str:
        return f"{self.made.isoformat()} {self.count} {self.digests}"

    def unchanged(self, lines: EntryQuerySet) -> list[actions.Seen]:
        """Those of the lines now that stand as they stood when the page was made."""
        begins = self.made - LAST_MINUTE
        opinions = Opinion.objects.filter(at__gt=begins).order_by("pk")
        said = {entry: (pk, at) for entry, pk, at in opinions.values_list("entry", "pk", "at")}
        until = lines.filter(Q(updated_at=None) | Q(updated_at__lte=self.made)).order_by()
        rows = [
            (pk, version, at)
            for pk, version, at in until.values_list("pk", "version", "updated_at")
            if pk not in said or said[pk][1] <= self.made
        ]
        recent = {
            pk: (version, said[pk][0] if pk in said else None)
            for pk, version, at in rows
            if pk in said or (at and at > begins)
        }
        now = _digests((pk, *stood) for pk, stood in recent.items())
        same = [now[n] == self._digest(n) for n in range(BUCKETS)]
        return [
            actions.Seen(pk, version)
            for pk, version, _at in rows
            if pk not in recent or same[pk % BUCKETS]
        ]

    def _digest(self, bucket: int) -> str:
        return self.digests[bucket * DIGITS : (bucket + 1) * DIGITS] or NOTHING


def _digests(lines: Iterable[Stood]) -> list[str]:
    """For each bucket of keys one digest of its lines with their versions and last opinions."""
    buckets: list[list[Stood]] = [[] for _bucket in range(BUCKETS)]
    for line in lines:
        buckets[line[0] % BUCKETS].append(line)
    return [_digest_of(bucket) if bucket else NOTHING for bucket in buckets]


def _digest_of(lines: list[Stood]) -> str:
    return hashlib.sha256(repr(sorted(lines)).encode()).hexdigest()[:DIGITS]
