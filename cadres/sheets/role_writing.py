"""Writes the rows of a roster: persons, roles and their history, in the caller's transaction.

Units, persons and roles are held in this order, as by everybody who writes them; then each row
is compared once more with what stands, and every rule is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cadres.matching_people import Matcher
from cadres.models import CadreChange, Person, facts_of
from cadres.sheets import storing
from cadres.sheets.holding import held
from cadres.sheets.role_check import facts_of_row
from cadres.sheets.role_row import Row
from rawsql.parts import in_parts
from rawsql.tables import Table
from spreadsheets.errors import Refused, Stale
from spreadsheets.form import Record
from spreadsheets.sheet import Checked, Outcome
from villages.models import Division

if TYPE_CHECKING:
    from cadres.sheets.role_sheet import RoleSheet

WRITE_BATCH = 500
BOOKKEEPING = ("@unit", "@person", "@does", "@says")


def apply(sheet: RoleSheet, rows: list[Any], batch: Any) -> None:
    Writing(sheet, rows, batch).write()


class Writing:
    """One import on its way into the database."""

    def __init__(self, sheet: RoleSheet, written: list[Any], batch: Any) -> None:
        self.sheet, self.batch, self.written = sheet, batch, written
        self.at = timezone.now()
        self.reason = str(batch.comment)[:200]
        self.changes: list[CadreChange] = []
        self.about = [{name: row.after.get(name) for name in BOOKKEEPING} for row in written]

    def write(self) -> None:
        rows = self._again()
        self._raise(self._stale(rows))
        for row in rows:
            if row.person:
                self._before_person[row.person.pk] = facts_of(row.person)
        self._ask_rules(rows)
        # Thousands of rows are held only as what is written of them.
        self.written.clear()
        self.about.clear()
        for row in rows:
            row.values.clear()
        try:
            with transaction.atomic():
                self.sheet.write_beside(rows, self)
                self._write_persons(rows)
                self._write_roles(rows)
                self.sheet.write_after(rows, self)
                self._write_history()
        except DatabaseError as error:
            message = _("Something else that was written meanwhile stands in the way; look again.")
            raise Stale([message]) from error
        self._note_keys(rows)

    # Holding and comparing

    def _again(self) -> list[Row]:
        """The rows as the preview showed them, on what stands now."""
        self._before_person: dict[int, dict[str, Any]] = {}
        units = self._units()
        persons = held(Person, [about["@person"] for about in self.about if about["@person"]])
        roles = held(self.sheet.model, [int(row.key) for row in self.written if row.key])
        self.sheet.load(units.values())
        stored = {line.pk: line for unit in units.values() for line in self.sheet.lines_at(unit)}
        rows, gone = [], []
        for written, about in zip(self.written, self.about, strict=True):
            row = self._row(written, about, units)
            if written.key:
                row.old = stored.get(int(written.key)) if int(written.key) in roles else None
                row.person = row.old and row.old.person
            elif about["@person"]:
                person = persons.get(about["@person"])
                row.person = None if person and self.sheet.is_kept_elsewhere(person) else person
            if (written.key and row.old is None) or (about["@person"] and row.person is None):
                gone.append(_told(written, _("it is not there any more.")))
            rows.append(row)
        self._raise(gone)
        return rows

    def _units(self) -> dict[int, Division]:
        keys = sorted({about["@unit"] for about in self.about})
        seen = Division.objects.visible_to(self.sheet.viewer)
        units = dict[int, Division]()
        for some in in_parts(keys):
            held = seen.filter(pk__in=some).order_by("pk").select_for_update(no_key=True)
            list(held.values_list("pk", flat=True))
            near = seen.filter(pk__in=some).select_related("parent__parent", "profile")
            units |= {unit.pk: unit for unit in near}
        if missing := [a for a in self.about if a["@unit"] not in units]:
            message = _("%(count)d rows belong to units that are not yours.")
            raise Refused(message % {"count": len(missing)}, foreign=True)
        return units

    def _row(self, written: Any, about: dict[str, Any], units: dict[int, Division]) -> Row:
        record = Record("", written.sheet_row, {}, {})
        outcome = Outcome.CHANGED if written.key else Outcome.NEW
        checked = Checked(record, outcome, written.label)
        kept = self.sheet.clear(written.after)
        values = {told.name: told.restored(kept[told.name]) for told in self.sheet.told}
        return Row(record, checked, values | about["@says"], {}, units[about["@unit"]])

    def _stale(self, rows: list[Row]) -> Iterator[str]:
        sheet = self.sheet
        for row, written in zip(rows, self.written, strict=True):
            if row.old is not None:
                now = sheet.kept(row.old)
            else:
                now = sheet.kept_of_person(row.person) if row.person else {}
            before = sheet.clear(written.before)
            if now != before:
                shown, was = sheet.display(now), sheet.display(before)
                changed = [f"{k} {text or '—'}" for k, text in shown.items() if text != was.get(k)]
                message = _("changed meanwhile. Now: %(now)s.")
                yield _told(written, message % {"now": "、".join(changed) or "—"})
        if self._somebody_came():
            yield from self._known_by_now(rows)

    def _somebody_came(self) -> bool:
        came = CadreChange.objects.filter(about="person", at__gte=self.batch.created_at)
        return came.exists()

    def _known_by_now(self, rows: list[Row]) -> Iterator[str]:
        """New persons whom somebody else has entered since the preview."""
        new = [(row, w) for row, w in zip(rows, self.written, strict=True) if row.person is None]
        matches = Matcher(self.sheet.viewer).match_all([facts_of_row(row) for row, _w in new])
        for (_row, written), match in zip(new, matches, strict=True):
            if match.person:
                yield _told(written, _("this person was entered meanwhile."))

    def _ask_rules(self, rows: list[Row]) -> None:
        """What was asked in the preview is asked again, on what stands now."""
        sheet = self.sheet
        for row in rows:
            row.wanted = sheet.copy_of(row.old) if row.old else sheet.new_line(row)
            kept_now = sheet.kept(row.wanted)
            for told in sheet.told:
                value = row.values[told.name]
                if told.kept(value) == kept_now[told.name]:
                    continue
                try:
                    sheet.put(row, told, value)
                except ValidationError as error:
                    row.wrong("", error.messages[0])
            sheet.keep_person_right(row)
            row.wanted.person.prepare()
            sheet.rules(row)
        sheet.rules_among(rows)
        self._raise(self._different(rows))

    def _different(self, rows: list[Row]) -> Iterator[str]:
        for row, written, about in zip(rows, self.written, self.about, strict=True):
            for error in row.checked.errors[:1]:
                yield _told(written, error.message)
            if not row.checked.errors and row.does != about["@does"]:
                yield _told(written, _("what it would do beside itself is different by now."))

    @staticmethod
    def _raise(reasons: Iterable[str]) -> None:
        if found := list(reasons):
            raise Stale(found)

    # Writing

    def note(self, row: Any, division: Division, before: dict[str, Any] | None = None) -> None:
        """One line of history, written with all others in the end."""
        if len(self.changes) >= storing.AT_ONCE:
            self._write_history()
        self.changes.append(
            CadreChange.telling(
                row,
                division,
                self.sheet.user,
                self.at,
                before,
                batch=self.batch.pk,
                reason=self.reason,
            )
        )

    def _write_history(self) -> None:
        storing.insert(self.changes)
        self.changes = []

    def _write_persons(self, rows: list[Row]) -> None:
        new = [row.wanted.person for row in rows if row.person is None]
        storing.store(new)
        for person in new:
            self.note(person, person.division)
        changed = []
        for row in rows:
            if row.person is None or self.sheet.is_kept_elsewhere(row.person):
                continue
            person, stood = row.wanted.person, self._before_person[row.wanted.person.pk]
            self.sheet.settle(row)
            if facts_of(person) != stood:
                person.version += 1
                changed.append(person)
                self.note(person, row.person.division, stood)
        if changed:
            Person.objects.bulk_update(changed, _fields(Person), batch_size=WRITE_BATCH)

    def _write_roles(self, rows: list[Row]) -> None:
        model: Any = self.sheet.model
        changed = [row for row in rows if row.old is not None]
        for row in changed:
            before, now = facts_of(row.old), facts_of(row.wanted)
            row.wanted.version += before != now
            if before != now:
                self.note(row.wanted, row.unit, before)  # type: ignore[arg-type]
        stored = [row.wanted for row in changed if row.wanted.version != row.old.version]
        if stored:
            seats = self.sheet.seats
            pairs = ((row.old, row.wanted) for row in changed)
            moving = [
                old.pk
                for old, now in pairs
                if any(getattr(old, s) != getattr(now, s) for s in seats)
            ]
            self.sheet.make_way(moving)
            model.objects.bulk_update(stored, _fields(model), batch_size=WRITE_BATCH)
        new = [row.wanted for row in rows if row.old is None]
        for line in new:
            line.person = line.person  # its key is known by now
        storing.store(new)
        for row in rows:
            if row.old is None:
                self.note(row.wanted, row.unit)  # type: ignore[arg-type]

    def _note_keys(self, rows: list[Row]) -> None:
        """Remember which roles came by the batch."""
        keys = {row.number: str(row.wanted.pk) for row in rows if row.old is None}
        if not keys:
            return
        stored = self.batch.rows.filter(outcome=Outcome.NEW).values_list("pk", "sheet_row")
        with Table.of(self.batch.rows.model, ["id", "key"]).staged() as staged:
            staged.insert([(pk, keys[number]) for pk, number in stored])
            staged.update()


def _fields(model: Any) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if not field.primary_key]


def _told(written: Any, message: str) -> str:
    text = _("Row %(row)d, %(label)s: %(message)s")
    return text % {"row": written.sheet_row, "label": written.label, "message": message}
