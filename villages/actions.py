"""What happens to the tree: a list put into it, units merged and split, changes taken back."""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from villages.models import Division, DivisionChange, Kind, Level
from villages.pinyin import search_key

WRITE_BATCH = 1_000
NAMED = 5
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
def put_divisions(
    lines: Sequence[DivisionLine],
    on: datetime.date | None = None,
    batch: uuid.UUID | None = None,
) -> None:
    """Add and update divisions, from the city down, so that every parent stands before its
    children; what hangs below a division that moves, moves along.

    New names and managing units of known divisions are recorded as of that day, today unless
    it is said. The lines must have been checked: known parents one level above, no double codes.
    """
    on = on or timezone.localdate()
    changes = []
    for division, name, parent in _put(lines):
        changes += DivisionChange.between(division, name, parent, on, batch)
    if changes:
        DivisionChange.objects.check_day([change.source for change in changes], on)
        DivisionChange.objects.bulk_create(changes, batch_size=WRITE_BATCH)


@transaction.atomic
def put_back(lines: Sequence[DivisionLine], batch: uuid.UUID) -> None:
    """Put the divisions of an import back as they were; its changes are as if never recorded.

    Raises ValidationError where a unit changed again since.
    """
    made = DivisionChange.objects.filter(batch=batch)
    latest = {change.source_id: change.pk for change in made.order_by("pk")}
    since = DivisionChange.objects.filter(source__in=latest).exclude(batch=batch)
    for later in since.select_related("source"):
        if later.pk > latest[later.source_id]:
            raise ValidationError(_("%(unit)s changed again since.") % {"unit": later.source})
    made.delete()
    _put(lines)


def _put(lines: Sequence[DivisionLine]) -> list[tuple[Division, str, Division | None]]:
    """Write the lines; return the known divisions with their old names and managing units."""
    known = {
        division.code: division
        for division in Division.objects.select_related("parent")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    }
    old = [(d, d.name, d.parent) for line in lines if (d := known.get(line.code))]
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
    return old


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


@transaction.atomic
def merge(
    sources: Iterable[Division], target: Division, on: datetime.date, note: str = ""
) -> list[DivisionChange]:
    """End units in favour of another that goes on; what they manage goes to it that day.

    Raises ValidationError.
    """
    ended, (goes_on,) = _locked_with_below(sources, [target])
    _check_together(ended, [goes_on], on)
    changes = [
        DivisionChange(kind="merge", on=on, source=unit, target=goes_on, note=note)
        for unit in ended
    ]
    changes = DivisionChange.objects.bulk_create(changes)
    for unit in ended:
        for child in _managed(unit, on):
            child.parent = goes_on
            child.place(on, note)
        _end(unit, on)
    return changes


@transaction.atomic
def split(
    source: Division,
    targets: Iterable[Division],
    on: datetime.date,
    note: str = "",
    *,
    goes_on: bool = False,
) -> list[DivisionChange]:
    """Split a unit into others, which must stand by that day; it ends unless it goes on.

    Raises ValidationError.
    """
    (unit,), parts = _locked_with_below([source], targets)
    _check_together([unit], parts, on)
    changes = [
        DivisionChange(kind="split", on=on, source=unit, target=part, note=note) for part in parts
    ]
    if not goes_on:
        if left := _managed(unit, on):
            names = "、".join(child.short_name for child in left[:NAMED])
            message = _("%(unit)s still manages %(names)s; give them a managing unit first.")
            raise ValidationError(message % {"unit": unit, "names": names})
        _end(unit, on)
    return DivisionChange.objects.bulk_create(changes)


def _locked_with_below(
    sources: Iterable[Division], targets: Iterable[Division]
) -> tuple[list[Division], list[Division]]:
    """The units as they are stored. All that may be written, down to what hangs below the
    sources, is locked at once and in one order: two who lock step by step wait for each other."""
    before, after = ({unit.pk for unit in units} for units in (sources, targets))
    named = Q(pk__in=before | after)
    for path in Division.objects.filter(pk__in=before).values_list("path", flat=True):
        named |= Q(path__startswith=path)
    locked = Division.objects.filter(named).lock()
    return (
        [unit for unit in locked if unit.pk in before],
        [unit for unit in locked if unit.pk in after],
    )


def _managed(unit: Division, on: datetime.date) -> list[Division]:
    """What hangs directly below and goes on."""
    managed = unit.children.exclude(valid_to__lte=on).lock()
    return sorted(managed, key=lambda child: child.code)


def _end(unit: Division, on: datetime.date) -> None:
    unit.valid_to = on
    unit.save(update_fields=["valid_to"])


def _check_together(sources: list[Division], targets: list[Division], on: datetime.date) -> None:
    """Units of one level, there on that day and not ended, each named once."""
    if not sources or not targets:
        raise ValidationError(_("Name the units before the change, and those after it."))
    if {unit.pk for unit in sources} & {unit.pk for unit in targets}:
        raise ValidationError(_("A merge or a split names two different divisions."))
    levels = {unit.level for unit in (*sources, *targets)}
    if len(levels) > 1 or Level.CITY in levels:
        raise ValidationError(_("Only units of the same level below the city are merged or split."))
    for unit in (*sources, *targets):
        if unit.valid_to:
            message = _("%(unit)s ends on %(day)s already.")
            raise ValidationError(message % {"unit": unit, "day": date_format(unit.valid_to)})
        if unit.valid_from and (
            unit.valid_from > on or (unit.valid_from == on and unit in sources)
        ):
            message = _("%(unit)s came only on %(day)s.")
            raise ValidationError(message % {"unit": unit, "day": date_format(unit.valid_from)})
    DivisionChange.objects.check_day(sources, on)


@transaction.atomic
def take_back(change: DivisionChange) -> None:
    """Bring back what stood before the last change of a unit, and forget the change.

    Of a merge, what went over to the other unit by it comes back too. Raises ValidationError
    where that would put a unit below one that has ended.
    """
    old = [change.old_parent] if change.old_parent else []
    held, _old = _locked_with_below([change.source, change.target], old)
    unit = next(one for one in held if one.pk == change.source_id)
    change = DivisionChange.objects.select_related("target", "old_parent").get(pk=change.pk)
    if not change.is_last:
        raise ValidationError(_("%(unit)s changed again since.") % {"unit": unit})
    went_along = _went_along(change) if change.kind == DivisionChange.ChangeKind.MERGE else []
    change.delete()
    if change.kind == DivisionChange.ChangeKind.RENAME:
        unit.name = change.old_value or unit.name
    elif change.kind == DivisionChange.ChangeKind.TRANSFER:
        unit.parent = change.old_parent or unit.parent
        _check_above(unit)
    elif unit.valid_to == change.on and not _is_still_split(unit, change.on):
        unit.valid_to = None
        _check_above(unit)
    unit.settle()
    for along in went_along:
        take_back(along)


def _went_along(merge: DivisionChange) -> list[DivisionChange]:
    """By which transfers a merge moved what its unit managed, all of which can come back."""
    target = merge.target
    if target.is_over:
        message = _("%(unit)s has ended since; take that back first.")
        raise ValidationError(message % {"unit": target})
    transfers = DivisionChange.objects.filter(
        kind=DivisionChange.ChangeKind.TRANSFER,
        old_parent=merge.source_id,
        on=merge.on,
        pk__gt=merge.pk,
    )
    went_along = list(transfers.select_related("source", "target", "old_parent"))
    for along in went_along:
        if along.source.parent_id != target.pk:
            message = _("%(unit)s went along and is no longer managed by %(target)s.")
            raise ValidationError(message % {"unit": along.source, "target": target})
    return went_along


def _check_above(unit: Division) -> None:
    if unit.parent and unit.parent.is_over:
        message = _("%(parent)s, which would manage %(unit)s again, has ended.")
        raise ValidationError(message % {"parent": unit.parent, "unit": unit})


def _is_still_split(unit: Division, on: datetime.date) -> bool:
    return unit.changes_from.filter(kind=DivisionChange.ChangeKind.SPLIT, on=on).exists()
