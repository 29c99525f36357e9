"""Compares the rows of a roster with the roles and persons that stand here.

All rows of the file at once, because a row may make room for another one: whoever leaves a seat
in one row takes the next in another. A few questions of the database, however many rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cadres.matching_people import Facts, Match, Matcher, Reason
from cadres.models import Person, PoliticalStatus
from cadres.models.secret import digest as digest_of
from cadres.sheets import words
from cadres.sheets.person_rules import wrong_with_person
from cadres.sheets.role_row import Row
from cadres.sheets.told import EMPTY, Told
from rawsql.parts import in_parts
from spreadsheets.fields import half_width, text_of
from spreadsheets.fingerprint import Fingerprint, digest
from spreadsheets.form import Record
from spreadsheets.model_rules import is_foreign
from spreadsheets.model_rules import told as messages_of
from spreadsheets.sheet import Checked, Conflict, Outcome

if TYPE_CHECKING:
    from cadres.sheets.role_sheet import RoleSheet

NAME, BIRTH, SEX = "person__name", "person__birth", "person__sex"
STATUS, NUMBER = "political_status", "person__identity_number"
# A doubt that only says that there are two of one name.
ANOTHER = {Reason.OTHER_BIRTH}
# Doubts that say that a number is somebody else's.
TAKEN = {Reason.OTHER_NAME, Reason.ELSEWHERE}


class RoleCheck:
    """One look through a file."""

    def __init__(self, sheet: RoleSheet) -> None:
        self.sheet = sheet
        self.names = {column.label: column.attribute or column.label for column in sheet.columns}

    def rows(self, records: Iterable[Record]) -> Iterator[Checked]:
        rows = [self._read(record) for record in records]
        placed = [row for row in rows if row.unit]
        self.sheet.load({row.unit.pk: row.unit for row in placed if row.unit}.values())
        self._find(placed)
        for row in placed:
            self._compare(row)
            self._slim(row)
        self._doubles(placed)
        self.sheet.rules_among([row for row in placed if row.wanted])
        placed.clear()
        rows.reverse()
        while rows:  # what was told is let go of
            row = rows.pop()
            self._finish(row)
            yield row.checked

    # Reading

    def _read(self, record: Record) -> Row:
        sheet, checked = self.sheet, Checked(record, Outcome.WRONG)
        masked = frozenset(
            column.label
            for column in sheet.columns
            if column.sensitive and column.is_masked(record.cells.get(column.label))
        )
        record = checked.record = _without(record, masked)
        by_label, checked.errors = sheet.clean(record)
        values = {self.names[label]: value for label, value in by_label.items()}
        row = Row(record, checked, values, sheet.labels, masked=masked)
        checked.label = text_of(record.cells.get(sheet.labels[NAME])).strip()
        self._read_mark(row, values.get(sheet.row_version.label))
        try:
            row.unit = sheet.unit_of(values)
        except ValidationError as error:
            self._tell(row, error)
            return row
        sheet.read(row)
        checked.label = f"{row.unit.name} {values.get(NAME) or ''}".strip()
        if not values.get(NAME) and NAME in values:
            row.wrong(NAME, _("The name of the person is missing."))
        return row

    def _read_mark(self, row: Row, text: str | None) -> None:
        row.mark = Fingerprint.read(text) if text else None
        if text and (row.mark is None or len(row.mark.digests) != len(self.sheet.told)):
            message = _("The hidden mark of this row does not fit; download the sheet again.")
            row.wrong(self.sheet.row_version.label, message)
            row.mark = None

    def _tell(self, row: Row, error: ValidationError) -> None:
        if is_foreign(error):
            row.checked.reaches_out(self._place(row))
        for name, message in messages_of(error):
            row.wrong(name, message)

    def _place(self, row: Row) -> str:
        """The unit of a row as it is written there: county, township and village."""
        township, village, county = self.sheet.place
        return "".join(row.says(name) or "" for name in (county, township, village))

    # Finding

    def _find(self, rows: list[Row]) -> None:
        """The role and the person of every row: whoever stands at the unit under this name, else
        whom the registers know."""
        left = [row for row in rows if row.says(NAME) and not self._stands_here(row)]
        self._ask_numbers([row for row in rows if row.old is not None])
        facts = [facts_of_row(row) for row in left]
        matches = Matcher(self.sheet.viewer).match_all(facts) if facts else []
        known = _loaded([match.person.pk for match in matches if match.person])
        for row, match in zip(left, matches, strict=True):
            self._take(row, match, known)

    def _stands_here(self, row: Row) -> bool:
        seen = self.sheet.seen
        lines = [line for line in self._lines_for(row) if _is_named(seen(line).person, row)]
        if len(lines) > 1:
            lines = [one for one in lines if seen(one).person.birth == row.says(BIRTH)] or lines
        if len(lines) != 1:
            return False
        row.old, row.person = lines[0], lines[0].person
        return True

    def _ask_numbers(self, rows: list[Row]) -> None:
        """Of rows that say another identity number than is stored: whether it is free."""
        other = [row for row in rows if _says_other_number(row)]
        facts = [facts_of_row(row) for row in other]
        matches = Matcher(self.sheet.viewer).match_all(facts) if facts else []
        for row, match in zip(other, matches, strict=True):
            taken = [doubt for doubt in match.doubts if doubt.reason in TAKEN]
            if taken or (match.person and match.person != row.person):
                row.wrong(NUMBER, taken[0] if taken else Reason.OTHER_NAME.label)
            elif row.person and row.person.identity_digest:
                row.doubtful(NUMBER, _("Another number is stored; this one takes its place."))

    def _lines_for(self, row: Row) -> list[Any]:
        sheet = self.sheet
        return [line for line in sheet.lines_at(_unit(row)) if sheet.is_of(line, row)]

    def _take(self, row: Row, match: Match, known: dict[int, Person]) -> None:
        for doubt in match.doubts:
            who = "、".join(_shown(person) for person in doubt.persons[:3])
            text = f"{doubt}（{who}）" if who else str(doubt)
            is_clear = bool(row.says(BIRTH) and row.says(SEX))
            if doubt.reason in ANOTHER or (doubt.reason == Reason.MISSING_BIRTH and is_clear):
                row.doubtful(NAME, _("%(doubt)s This row adds another person.") % {"doubt": text})
            else:
                row.wrong(NAME, text)
        if match.person:
            row.person = known[match.person.pk]
            lines = self._lines_for(row)
            row.old = next((one for one in lines if one.person_id == row.person.pk), None)

    def _doubles(self, rows: list[Row]) -> None:
        """Two rows about one person, known or new."""
        first: dict[Any, Row] = {}
        for row in rows:
            if row.wanted is None:
                continue
            key = row.person.pk if row.person else facts_of_row(row).key
            other = first.setdefault(key, row)
            if other is row:
                continue
            numbers = {"first": other.number, "second": row.number}
            if row.person or row.says(NUMBER) or self._are_one(row, other):
                message = _("Rows %(first)d and %(second)d are about the same person; keep one.")
                row.wrong(NAME, message % numbers)
            else:
                message = _(
                    "Rows %(first)d and %(second)d have the same name, sex and month of birth; "
                    "they are taken for two persons."
                )
                row.doubtful(NAME, message % numbers)

    def _are_one(self, row: Row, other: Row) -> bool:
        return bool(_unit(row).pk == _unit(other).pk)

    # Comparing

    def _compare(self, row: Row) -> None:
        if not row.says(NAME):
            return
        sheet = self.sheet
        row.wanted = sheet.copy_of(row.old) if row.old else sheet.new_line(row)
        taken, both = self._changes(row)
        for told in (*taken, *both):
            try:
                sheet.put(row, told, row.values[told.name])
            except ValidationError as error:
                self._tell(row, error)
        sheet.keep_person_right(row)
        if row.old is None:
            self._look_at_new(row)
        elif not taken and not both:
            row.checked.outcome = Outcome.UNCHANGED
            row.checked.not_taken = [sheet.labels[name] for name in sheet.left_aside(row)]
            return
        else:
            row.checked.outcome = Outcome.CHANGED
        row.both = tuple(both)
        labels = [told.label for told in (*taken, *both)]
        row.checked.warnings += sheet.ditto_warnings(row.record, labels)
        self._ask_person(row, [told for told in (*taken, *both) if told.is_of_person])
        sheet.rules(row)
        self._confirm_membership(row, taken)

    def _ask_person(self, row: Row, told: list[Told]) -> None:
        """Of a record kept elsewhere the same is said whether a cell is right or wrong."""
        if row.old is not None and self.sheet.is_kept_elsewhere(row.old.person):
            message = _("Another unit keeps the record of this person; leave this cell empty.")
            for one in told:
                row.wrong(one.name, message)
        elif told or row.person is None:
            wrong = list(wrong_with_person(row.wanted.person))
            for name, message in wrong:
                row.wrong(f"person__{name}" if name else NAME, message)
            if "birth" in dict(wrong):  # nothing follows from it for the days of the role
                row.wanted.person.birth = ""

    def _slim(self, row: Row) -> None:
        """What is asked of a row from here on: tens of thousands of them are held at once."""
        asked = {NAME, BIRTH, SEX, NUMBER, *self.sheet.asides, *(told.name for told in row.both)}
        row.values = {name: value for name, value in row.values.items() if name in asked}
        record = row.record
        cells = {label: cell for label, cell in record.cells.items() if cell is not None}
        slim = Record(record.sheet, record.row, cells, record.letters)
        row.record = row.checked.record = slim

    def _changes(self, row: Row) -> tuple[list[Told], list[Told]]:
        """What the file changed; and what was changed both there and here since the download.

        An empty cell says something only in a sheet that was downloaded here.
        """
        taken, both = list[Told](), list[Told]()
        stands = row.old or (row.wanted if row.person else None)
        stands = stands and self.sheet.seen(stands)
        for place, told in enumerate(self.sheet.told):
            if told.name not in row.values:
                continue
            value = row.values[told.name]
            mine, now = told.said(value), told.cell(stands) if stands else ""
            if mine == now or (value in EMPTY and not (row.mark and row.old)):
                continue
            base = row.mark.digests[place] if row.mark and row.old else None
            if base is None or base == digest(self.sheet.mark(told, now)):
                taken.append(told)
            elif base != digest(self.sheet.mark(told, mine)):
                both.append(told)
        return taken, both

    def _look_at_new(self, row: Row) -> None:
        row.checked.outcome = Outcome.NEW
        if row.person is None:
            for label in row.masked:
                message = _("Stars stand here, but nothing is stored that they could stand for.")
                row.checked.errors.append(row.record.error(label, message))

    def _keep(self, row: Row) -> None:
        """What the preview keeps; of a row at a time, because it is most of what a row takes."""
        sheet, checked = self.sheet, row.checked
        if row.old is not None:
            checked.key = str(row.old.pk)
            checked.before = sheet.kept(row.old)
        elif row.person is not None:
            checked.before = sheet.kept_of_person(row.person)
        checked.after = sheet.kept(row.wanted)
        for told in row.both:
            checked.conflicts[told.label] = Conflict(
                mine=_masked(told, row.values[told.name]),
                now=_masked(told, told.value(sheet.seen(row.old))),
                content={told.name: checked.after[told.name]},
                choice="",
            )
            checked.after[told.name] = checked.before[told.name]
        checked.after |= {
            "@unit": row.unit and row.unit.pk,
            "@person": row.person and row.person.pk,
            "@does": row.does,
            "@says": {name: row.says(name) for name in sheet.asides},
        }

    def _confirm_membership(self, row: Row, taken: list[Told]) -> None:
        """党员 says no more than that it is one of two."""
        for told in taken:
            if told.field_name != STATUS or row.values[told.name] != PoliticalStatus.MEMBER:
                continue
            if half_width(row.record.cells.get(told.label)) == words.LOOSE_MEMBER:
                row.doubtful(told.name, _("“党员” is taken for 中共党员, a full member."))

    def _finish(self, row: Row) -> None:
        checked = row.checked
        if checked.errors:
            checked.outcome = Outcome.WRONG
        elif checked.outcome in (Outcome.NEW, Outcome.CHANGED):
            self._keep(row)


def _without(record: Record, labels: frozenset[str]) -> Record:
    """The row with no more than is asked of it later on."""
    cells = {label: cell for label, cell in record.cells.items() if label not in labels}
    return Record(record.sheet, record.row, cells, record.letters, above=record.above)


def _unit(row: Row) -> Any:
    return row.unit


def facts_of_row(row: Row) -> Facts:
    said = (row.says(name) or "" for name in (NAME, BIRTH, SEX, NUMBER))
    return Facts(*said)


def _is_named(person: Person, row: Row) -> bool:
    """Whether somebody who stands at the unit is meant: of the name, and nothing else against
    it; in a row that was handed out here the other facts may have been put right."""
    if person.name != row.says(NAME):
        return False
    if row.mark:
        return True
    birth, sex, number = row.says(BIRTH), row.says(SEX), row.says(NUMBER)
    if number and person.identity_digest and digest_of(number) != person.identity_digest:
        return False
    return (not birth or not person.birth or person.birth == birth) and (
        not sex or person.sex == sex
    )


def _says_other_number(row: Row) -> bool:
    number = row.says(NUMBER)
    return bool(number and row.person and digest_of(number) != row.person.identity_digest)


def _loaded(keys: list[int]) -> dict[int, Person]:
    persons = Person.objects.select_related("organization")
    return {person.pk: person for some in in_parts(keys) for person in persons.filter(pk__in=some)}


def _shown(person: Person) -> str:
    return f"{person.name} {person.birth.replace('-', '.')} {person.division}".strip()


def _masked(told: Told, value: Any) -> str:
    text = told.said(value)
    return told.column.mask(text) if told.is_sensitive else text
