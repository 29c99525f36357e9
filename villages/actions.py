"""Put a list of divisions into the tree."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from villages.models import Division, Kind, Level
from villages.pinyin import search_key

WRITE_BATCH = 1_000
FIELDS = ["name", "level", "kind", "parent", "valid_from", "valid_to", "pinyin"]


@dataclass(frozen=True)
class DivisionLine:
    """One line of a code list; `parent_code` is empty for the city only."""

    code: str
    name: str
    level: str
    parent_code: str
    kind: str = ""
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None

    @classmethod
    def of(cls, division: Division) -> "DivisionLine":
        parent_code = division.parent.code if division.parent else ""
        return cls(
            division.code,
            division.name,
            division.level,
            parent_code,
            division.kind,
            division.valid_from,
            division.valid_to,
        )


@transaction.atomic
def put_divisions(lines: Sequence[DivisionLine]) -> None:
    """Add and update divisions, from the city down, so that every parent stands before its
    children; what hangs below a division that moves, moves along.

    The lines must have been checked: known parents one level above, no double codes.
    """
    known = {
        division.code: division
        for division in Division.objects.select_related("parent").select_for_update(of=("self",))
    }
    for level in Level:
        of_level = [line for line in lines if line.level == level]
        added = []
        for line in of_level:
            division = known.get(line.code) or Division(code=line.code, path=line.code)
            _fill(division, line, known)
            if division._state.adding:
                added.append(division)
                known[line.code] = division
        Division.objects.bulk_create(added, batch_size=WRITE_BATCH)
        new = {division.code for division in added}
        _store([known[line.code] for line in of_level if line.code not in new], FIELDS)
    _mend_paths(list(known.values()))


def _fill(division: Division, line: DivisionLine, known: dict[str, Division]) -> None:
    division.name, division.level = line.name, line.level
    division.kind = line.kind or Kind.from_name(line.name, line.level)
    division.parent = known[line.parent_code] if line.parent_code else None
    division.valid_from, division.valid_to = line.valid_from, line.valid_to
    division.pinyin = search_key(division.short_name)


def _store(divisions: list[Division], fields: list[str]) -> None:
    """Update many locked rows at once: an upsert, because bulk_update sends a CASE per row."""
    Division.objects.bulk_create(
        divisions,
        batch_size=WRITE_BATCH,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=fields,
    )


def _mend_paths(divisions: list[Division]) -> None:
    """Set every path that no longer says where its division hangs, from the top down."""
    by_id = {division.pk: division for division in divisions}
    moved = []
    for level in Level:
        for division in divisions:
            if division.level != level:
                continue
            above = by_id[division.parent_id].path if division.parent_id else ""
            path = f"{above}{division.pk}/"
            if division.path != path:
                division.path = path
                moved.append(division)
    _store(moved, ["path"])
