"""What the sheets of the ledger share: whose file it is, comparing a line, writing, undoing."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from spreadsheets.errors import CellError, Refused, Stale
from spreadsheets.fingerprint import Fingerprint, digest
from spreadsheets.form import Form, Record
from spreadsheets.sheet import Checked, Conflict, Outcome, Target
from tasks import actions, bulk, words
from tasks.models import Entry, EntryChange, Finding, Period, Rulebook
from tasks.models.content import (
    CONTENT,
    EXEMPT,
    PART_OF,
    PARTS,
    TEXTS,
    check_content,
    holds_anything,
)
from tasks.sheets.handed_out import misfit, part_texts
from tasks.sheets.heading import check_heading, period_by, quarter_in, quarter_when_filled
from tasks.sheets.owed import Line
from tasks.sheets.quarter_sheet import QuarterSheet
from villages.models import Division, Level

# Where an error of the hidden mark belongs, beside the cells of an entry.
MARK = "mark"


@dataclass(slots=True)
class Said:
    """What a row says about one line: content by part, and where an error of it belongs."""

    content: dict[str, Any]
    place: Callable[[str, str], CellError]
    fingerprint: Fingerprint | None = None
    written: dict[str, str] = field(default_factory=dict)


class ReportSheet(QuarterSheet):
    """Base of the sheets by which townships and villages report."""

    import_permission = "tasks.change_entry"
    export_permission = "tasks.view_entry"
    version = 3

    rules: Rulebook
    today: datetime.date

    @classmethod
    def is_filled_by(cls, user: Any) -> bool:
        """Levels above return what is wrong; they do not write other units' figures."""
        return super().is_filled_by(user) and user.level in (Level.TOWNSHIP, Level.VILLAGE)

    # Whose file it is

    def open(self, form: Form) -> None:
        own = self.user.division
        if own is None or own.level not in (Level.VILLAGE, Level.TOWNSHIP):
            raise Refused(
                _("Villages and townships fill this sheet; your account is for %(own)s.")
                % {"own": own or "—"}
            )
        self.period, self.today = self._period_of(form), actions.today()
        wanted = self.target.division
        code = form.meta.get("division") or wanted or own.code
        # The file names its unit anyway; the address may name any, so only what is seen is told.
        found = Division.objects.filter(code=code).first()
        asked = Division.objects.visible_to(self.viewer).filter(code=wanted).first()
        names = {"found": found or code, "own": own, "wanted": asked or wanted}
        if found is None or not own.manages(found):
            message = _("This workbook belongs to %(found)s, but you report for %(own)s.")
            raise Refused(message % names, foreign=True)
        if wanted and wanted != code:
            message = _("This workbook belongs to %(found)s, but %(wanted)s is wanted.")
            raise Refused(message % names)
        if not form.meta:
            check_heading(form, own)
        self.target = Target(division=code, period=self.period.code)

    def _period_of(self, form: Form) -> Period:
        """The quarter that the file itself names; it must be the one of the page."""
        heading = "".join(form.heading)
        code = form.meta.get("period", "") or quarter_in(heading) or self._quarter_said(form)
        code = code or self.target.period or quarter_when_filled(heading)
        if not code:
            raise Refused(
                _("The workbook does not say its quarter. Write it into the title, for instance "
                  "“2026年第一季度”, or take a fresh template.")
            )  # fmt: skip
        if self.target.period and self.target.period != code:
            raise Refused(
                _("This workbook is for %(found)s, but %(wanted)s is wanted. Upload it there.")
                % {"found": code, "wanted": self.target.period}
            )
        return period_by(code)

    def _quarter_said(self, form: Form) -> str:
        """The quarter where a sheet writes it elsewhere than in the title; else empty."""
        return ""

    # Comparing a line

    def twice(
        self, first_rows: dict[int, int], key: int, record: Record, label: str, message: str
    ) -> Iterator[CellError]:
        """An error where an earlier row was for the same; `first_rows` are those met so far.

        The message names both as `first` and `second`.
        """
        first = first_rows.setdefault(key, record.row)
        if first != record.row:
            rows = {"first": first, "second": record.row}
            yield record.error(label, message % rows)

    def compare(self, checked: Checked, line: Line, said: Said) -> None:
        """Fill in what the row would do to the line, and everything that is wrong with that."""
        before = line.before
        if message := _misfit(before, line, said):
            checked.errors.append(said.place(MARK, message))
        after, conflicts = self._merged(before, line, said)
        if after != before or conflicts:
            wanted = after
            for conflict in conflicts.values():
                wanted = wanted | conflict["content"]
            checked.errors += self._errors(line, before, wanted, said)
            self._ask_rules(checked, line, wanted, said)
            self._keep(checked, line, before, after)
            checked.conflicts = self._shown_conflicts(conflicts, line, before, wanted, said)
        if not checked.errors:
            new = Outcome.NEW if line.state == Entry.State.BLANK else Outcome.CHANGED
            changes = after != before or conflicts
            checked.outcome = new if changes else Outcome.UNCHANGED

    def _keep(
        self, checked: Checked, line: Line, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        checked.key, checked.version = str(line.pk), line.version
        checked.before = before | {"state": line.state, "shown": _shown(line, before)}
        checked.after = after | {"shown": _shown(line, after)}

    def _merged(
        self, before: dict[str, Any], line: Line, said: Said
    ) -> tuple[dict[str, Any], dict[str, Conflict]]:
        """What stands here with what the file changed; apart from it, what both changed.

        A cell that the file hands back as it was given keeps whatever stands here by now.
        """
        changed = {n: v for n, v in said.content.items() if v != before[n]}
        if not changed or not said.fingerprint or said.fingerprint.version == line.version:
            return before | changed, {}
        base = dict(zip(PARTS, said.fingerprint.digests, strict=False))
        now = dict(zip(PARTS, map(digest, part_texts(before)), strict=True))
        texts = dict(zip(PARTS, part_texts(before | said.content | said.written), strict=True))
        after, conflicts = before, dict[str, Conflict]()
        for part, names in PARTS.items():
            if changed.keys().isdisjoint(names) or digest(texts[part]) == base.get(part):
                continue
            mine = {name: said.content[name] for name in names if name in said.content}
            if now[part] == base.get(part):
                after = after | mine
            else:
                conflicts[part] = Conflict(mine="", now="", content=mine, choice="")
        return after, conflicts

    def _shown_conflicts(
        self,
        conflicts: dict[str, Conflict],
        line: Line,
        before: dict[str, Any],
        wanted: dict[str, Any],
        said: Said,
    ) -> dict[str, Conflict]:
        shown = {}
        for part, conflict in conflicts.items():
            if part == "value":
                conflict["content"] |= {"shown": _shown(line, wanted)}
                conflict["mine"], conflict["now"] = _shown(line, wanted), _shown(line, before)
            else:
                conflict["mine"], conflict["now"] = wanted[part], before[part]
            shown[words.PART_LABELS[part]] = conflict
        return shown

    def _errors(
        self, line: Line, before: dict[str, Any], wanted: dict[str, Any], said: Said
    ) -> Iterator[CellError]:
        """Everything the one way of writing an entry would refuse, at its cell."""
        part = next(p for p, names in PARTS.items() if any(wanted[n] != before[n] for n in names))
        if message := self._closed(line):
            yield said.place(part, message)
            return
        if EXEMPT in (before["nothing"], wanted["nothing"]) and part == "value":
            yield said.place(part, _("Exemptions are granted and lifted by the level above."))
            return
        for closed in {PART_OF[n] for n in CONTENT if wanted[n] != before[n]}:
            if not line.may_change(closed):
                message = _("Only the marked cells were returned; this one stays as it was.")
                yield said.place(closed, message)
        value = None if wanted["value"] is None else Decimal(wanted["value"])
        try:
            check_content(line.task, wanted | {"value": value})
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                yield said.place("value" if name == "nothing" else name, messages[0])

    def _ask_rules(self, checked: Checked, line: Line, wanted: dict[str, Any], said: Said) -> None:
        """What the rules of the task say to a new value: refused, or wanted explained."""
        if checked.errors or wanted["value"] in (None, line.before["value"]):
            return
        found = list(self._findings(line, Decimal(wanted["value"])))
        checked.errors += [said.place("value", f.message) for f in found if f.blocks]
        if not wanted["explanation"].strip():
            message = _("%(findings)s Please explain it.")
            checked.warnings += [
                said.place("value", message % {"findings": f.message})
                for f in found
                if not f.blocks
            ]

    def _findings(self, line: Line, value: Decimal) -> Iterator[Finding]:
        key = (line.task.pk, line.township_id, line.period.pk)
        return self.rules.look(key, line.division.pk, line.period.quarter, value)

    def _closed(self, line: Line) -> str:
        """Why the line may not be filled now; asked once for a task, quarter and state."""
        key = (line.task.pk, line.period.pk, line.state, line.extended_to)
        if key not in self._closings:
            try:
                actions.check_editable(
                    line.task, line.period, line.state, self.today, line.extended_to
                )
                self._closings[key] = ""
            except ValidationError as error:
                self._closings[key] = error.messages[0]
        return self._closings[key]

    # Writing, and writing back

    @contextmanager
    def prepared(self, rows: Iterable[Any], batch: Any) -> Iterator[Any]:
        lines = (
            bulk.Line(int(row.key), row.version, row.before, _with_state(row))
            for row in rows
            if _writes(row)
        )
        with self._staged(lines, batch, EntryChange.Verb.SAVE) as staged:
            yield staged

    @contextmanager
    def prepared_to_undo(self, rows: Iterable[Any], batch: Any) -> Iterator[Any]:
        lines = (
            bulk.Line(int(row.key), row.version + 1, _with_state(row), row.before)
            for row in rows
            if _writes(row)
        )
        with self._staged(lines, batch, EntryChange.Verb.UNDO) as staged:
            yield staged

    @contextmanager
    def _staged(
        self, lines: Iterable[bulk.Line], batch: Any, verb: EntryChange.Verb
    ) -> Iterator[Any]:
        author = actions.Author(self.user, EntryChange.Origin.SHEET, batch=batch.pk)
        with bulk.prepared(lines, author, verb) as rows:
            yield author, rows

    def apply(self, prepared: Any, batch: Any) -> None:
        author, rows = prepared
        try:
            bulk.write(rows, author)
        except actions.NothingWritten as nothing:
            raise Stale(list(self._reasons(nothing.outcome, batch))) from nothing
        except ValidationError as closed:
            raise Stale(closed.messages) from closed

    undo = apply

    def _reasons(self, outcome: actions.Outcome, batch: Any) -> Iterator[str]:
        """Each row that stood in the way, with what stands there now."""
        keys = [*(str(refusal.entry.pk) for refusal in outcome.refused), *map(str, outcome.missing)]
        row_of = {row.key: row for row in batch.rows.filter(key__in=keys)}
        for refusal in outcome.refused:
            row, entry = row_of[str(refusal.entry.pk)], refusal.entry
            yield _("Row %(row)d, %(label)s: %(message)s Now: %(now)s.") % {
                "row": row.sheet_row,
                "label": row.label,
                "message": refusal.error.messages[0],
                "now": self._difference(entry, row.before),
            }
        for pk in outcome.missing:
            row = row_of[str(pk)]
            yield _("Row %(row)d, %(label)s: you may no longer report for this unit.") % {
                "row": row.sheet_row,
                "label": row.label,
            }

    def _difference(self, entry: Entry, before: dict[str, Any]) -> str:
        """The columns that stand otherwise now than in the preview; else the value and state."""
        now = self.display(entry.content | {"shown": words.shown_text(entry.task, entry.content)})
        was = self.display(before)
        changed = [f"{label} {now[label][:60] or '—'}" for label in now if now[label] != was[label]]
        answer = now[words.PART_LABELS["value"]]
        unchanged = f"{answer or '—'}（{words.STATES[Entry.State(entry.state)]}）"
        return "；".join(changed) or unchanged

    def display(self, content: dict[str, Any]) -> dict[str, str]:
        shown = {"value": content.get("shown", "")} | {n: content.get(n, "") for n in TEXTS}
        return {words.PART_LABELS[part]: text for part, text in shown.items()}

    # What it is about

    def __init__(self, user: Any, target: Target | None = None) -> None:
        super().__init__(user, target)
        self._closings: dict[tuple[Any, ...], str] = {}

    def next_step(self, batch: Any) -> tuple[str, str] | None:
        about = batch.target.get("division"), batch.target.get("period")
        return _("Go on to the report and submit"), reverse("tasks:report", args=about)


class TownshipSheet(ReportSheet):
    """Base of the forms that a township fills as a whole."""

    @classmethod
    def is_offered_to(cls, user: Any) -> bool:
        return super().is_offered_to(user) and user.level != Level.VILLAGE

    @classmethod
    def is_filled_by(cls, user: Any) -> bool:
        return super().is_filled_by(user) and user.level == Level.TOWNSHIP

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        townships = Division.objects.visible_to(self.viewer).filter(level=Level.TOWNSHIP)
        units = [(division.code, division.name) for division in townships.order_by("path")]
        return super().choices() | {"division": units}


def _shown(line: Line, content: Mapping[str, Any]) -> str:
    return words.shown_text(line.task, content)


def _misfit(before: Mapping[str, Any], line: Line, said: Said) -> str:
    """Why a fingerprint cannot be of this line; empty where it may be."""
    mark = said.fingerprint
    if mark is None:
        return ""
    if mark.version > line.version or len(mark.digests) != len(PARTS):
        return misfit()
    if mark.version < line.version or all(before[n] == v for n, v in said.content.items()):
        return ""
    return "" if mark.digests == tuple(map(digest, part_texts(before))) else misfit()


def _writes(row: Any) -> bool:
    return any(row.after[name] != row.before[name] for name in CONTENT)


def _with_state(row: Any) -> dict[str, Any]:
    """The content that applying a row wrote, with the state that it left the line in."""
    state = _state_after(row.before, row.after)
    return {**row.after, "state": state}


def _state_after(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if before["state"] == Entry.State.RETURNED:
        return str(Entry.State.RETURNED)
    return str(Entry.State.DRAFT if holds_anything(after) else Entry.State.BLANK)
