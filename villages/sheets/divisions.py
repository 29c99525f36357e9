"""The code list of divisions as a sheet."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.errors import CellError, Refused, Stale
from spreadsheets.fields import ChoiceWidget, CodeWidget, Column, DateWidget, TextWidget, text_of
from spreadsheets.form import Form, Record
from spreadsheets.references import referred_to
from spreadsheets.sheet import Checked, Group, Heading, Outcome, Sheet, own_target, register
from villages.actions import DivisionLine, put_back, put_divisions
from villages.models import KINDS_OF_LEVEL, Division, Kind, Level
from villages.sheets.finder import units_of

VILLAGES = Group(3, _lazy("Divisions and villages"))
LEVEL_WORDS = {
    "市": Level.CITY,
    "县": Level.COUNTY,
    "县（市、区）": Level.COUNTY,
    "乡": Level.TOWNSHIP,
    "乡（镇、街道）": Level.TOWNSHIP,
    "村": Level.VILLAGE,
    "村（社区）": Level.VILLAGE,
}
KIND_WORDS = {
    "地级市": Kind.CITY,
    "县": Kind.COUNTY,
    "市辖区": Kind.DISTRICT,
    "县级市": Kind.COUNTY_CITY,
    "功能区": Kind.ZONE,
    "镇": Kind.TOWN,
    "乡": Kind.TOWNSHIP,
    "街道": Kind.STREET,
    "类似乡级单位": Kind.TOWNSHIP_LIKE,
    "村": Kind.VILLAGE,
    "社区": Kind.COMMUNITY,
}


@register
class DivisionSheet(Sheet):
    """Code, name, level and managing unit of every division, as the code list has them."""

    name = "divisions"
    title = _lazy("Divisions")
    summary = _lazy(
        "The code list: city, counties, townships and villages, and what hangs below what."
    )
    group = VILLAGES
    import_permission = "villages.change_division"
    export_permission = "villages.view_division"
    # The day on which new names and managing units take effect; None is the day of applying.
    on: datetime.date | None = None

    # fmt: off
    code = Column("区划代码", "code", aliases=("code", "代码", "统计用区划代码"), required=True,
                  key=True, width=16, widget=CodeWidget(), example="410581101201",
                  meaning=_lazy("12 digits; tells which division the row is."))
    label = Column("名称", "name", aliases=("name", "单位名称"), required=True, width=28,
                   widget=TextWidget(60), example="东山村民委员会",
                   meaning=_lazy("The official name."))
    level = Column("级别", "level", aliases=("level",), required=True,
                   widget=ChoiceWidget(dict(LEVEL_WORDS)), example="村",
                   meaning=_lazy("市, 县, 乡 or 村."))
    parent_code = Column("上级代码", "parent__code", aliases=("parent_code", "管理单位代码"),
                         required=True, width=16, widget=CodeWidget(), example="410581101000",
                         meaning=_lazy("Code of the managing unit; empty for the city."))
    kind = Column("类型", "kind", aliases=("kind",), widget=ChoiceWidget(dict(KIND_WORDS)),
                  example="村", meaning=_lazy("Read from the name where it is left empty."))
    valid_from = Column("启用日期", "valid_from", aliases=("valid_from",), widget=DateWidget(),
                        example="2026-03-31", meaning=_lazy("The first day on which it exists."))
    valid_to = Column("停用日期", "valid_to", aliases=("valid_to",), widget=DateWidget(),
                      example="2027-01-01", meaning=_lazy("The first day on which it is gone."))
    # fmt: on

    def open(self, form: Form) -> None:
        """A code list says nothing of itself; what a user may change is checked row by row."""
        self.target = own_target(self)

    def check(self, records: Iterable[Record]) -> Iterator[Checked]:
        stored = {d.code: d for d in Division.objects.select_related("parent")}
        cleaned = [(record, *self.clean(record)) for record in records]
        tree = _Tree(stored)
        lines = []
        for record, values, errors in cleaned:
            line = self._line(values, stored)
            tree.add(line, record.row)
            lines.append((record, line, errors))
        for record, line, errors in lines:
            old = stored.get(line.code)
            if old is None or DivisionLine.of(old) != line:
                # Before any error is told: an error may name what stands around a unit.
                self._check_scope(line, record.row, stored)
            checked = Checked(record, Outcome.WRONG, label=line.name, key=line.code)
            named = {error.cell for error in errors}
            more = [e for e in self._errors(record, line, tree) if e.cell not in named]
            checked.errors = [*errors, *more]
            checked.before = _content(DivisionLine.of(old)) if old else {}
            checked.after = _content(line)
            if not checked.errors:
                same = checked.before == checked.after
                changed = Outcome.CHANGED if old else Outcome.NEW
                checked.outcome = Outcome.UNCHANGED if same else changed
            yield checked

    def _line(self, values: dict[str, Any], stored: dict[str, Division]) -> DivisionLine:
        """The row as a line; optional columns that the file lacks keep what is stored."""
        code = values.get(self.code.label, "")
        line = DivisionLine(
            code=code,
            name=values.get(self.label.label, ""),
            level=values.get(self.level.label, ""),
            parent_code=values.get(self.parent_code.label, ""),
        )
        if code in stored:
            old = DivisionLine.of(stored[code])
            line = replace(line, valid_from=old.valid_from, valid_to=old.valid_to)
            if old.name == line.name and old.level == line.level:
                line = replace(line, kind=old.kind)
        given = {
            name: values[column.label]
            for name, column in (
                ("kind", self.kind),
                ("valid_from", self.valid_from),
                ("valid_to", self.valid_to),
            )
            if column.label in values and (name != "kind" or values[column.label])
        }
        line = replace(line, **given)
        if not line.kind and line.level:
            line = replace(line, kind=Kind.from_name(line.name, line.level))
        return line

    def _errors(self, record: Record, line: DivisionLine, tree: _Tree) -> Iterator[CellError]:
        if not (len(line.code) == 12 and line.code.isascii() and line.code.isdigit()):
            yield record.error(self.code.label, _("A division code has exactly 12 digits."))
        elif len(tree.rows_of[line.code]) > 1:
            rows = "、".join(map(str, tree.rows_of[line.code]))
            message = _("This code stands in rows %(rows)s; keep one.") % {"rows": rows}
            yield record.error(self.code.label, message)
        if not line.name:
            yield record.error(self.label.label, _("The name is missing."))
        if not line.level:
            yield record.error(self.level.label, _("The level is missing."))
        else:
            yield from self._level_errors(record, line, tree)
        if line.valid_from and line.valid_to and line.valid_to <= line.valid_from:
            message = _("The end of validity must come after its beginning.")
            yield record.error(self.valid_to.label, message)

    def _level_errors(self, record: Record, line: DivisionLine, tree: _Tree) -> Iterator[CellError]:
        if message := tree.parent_error(line):
            yield record.error(self.parent_code.label, message)
        elif line.level == Level.CITY and line.code != tree.city:
            yield record.error(self.level.label, _("There is one city; all else is below it."))
        if names := tree.left_below(line):
            message = _("Below it stand units that this level cannot manage: %(names)s.")
            yield record.error(self.level.label, message % {"names": names})
        if line.kind not in KINDS_OF_LEVEL[Level(line.level)]:
            yield record.error(self.kind.label, _("This type does not fit the level."))

    def apply(self, rows: Iterable[Any], batch: Any) -> None:
        rows, stored = list(rows), _locked()
        lines = [_line_of(row.after) for row in rows]
        for row, line in zip(rows, lines, strict=True):
            self._check_scope(line, row.sheet_row, stored)
        if reasons := [reason for row in rows if (reason := self._stale(row, row.before, stored))]:
            raise Stale(reasons)
        _put(lambda: put_divisions(lines, self.on, batch.pk))

    def undo(self, rows: Iterable[Any], batch: Any) -> None:
        """Units go back to where and what they were; those that came by the batch go."""
        rows, stored = list(rows), _locked()
        for row in rows:
            self._check_scope(_line_of(row.before or row.after), row.sheet_row, stored)
        if reasons := [reason for row in rows if (reason := self._stale(row, row.after, stored))]:
            raise Stale(reasons)
        changed = [row for row in rows if row.before]
        added = [row for row in rows if not row.before]
        new = {row.key for row in added}
        tree = _Tree({code: unit for code, unit in stored.items() if code not in new})
        lines = [_line_of(row.before) for row in changed]
        for row, line in zip(changed, lines, strict=True):
            tree.add(line, row.sheet_row)
        if reasons := list(_hanging(changed, lines, tree)):
            raise Stale(reasons)
        _put(lambda: put_back(lines, batch.pk))
        self._remove(added, stored)

    def _remove(self, added: list[Any], stored: dict[str, Division]) -> None:
        keys = [stored[row.key].pk for row in added]
        referred = referred_to(Division, keys)
        if reasons := [
            _("Row %(row)d, %(label)s: something refers to it by now, so it stays.")
            % {"row": row.sheet_row, "label": row.label}
            for row in added
            if stored[row.key].pk in referred
        ]:
            raise Stale(reasons)
        for level in reversed(Level):  # what hangs below goes first
            Division.objects.filter(pk__in=keys, level=level).delete()

    def _stale(self, row: Any, wanted: dict[str, Any], stored: dict[str, Division]) -> str:
        """Why a row does not stand as it did any more; an empty text where it does."""
        now = stored.get(row.key)
        content = _content(DivisionLine.of(now)) if now else {}
        if content == wanted:
            return ""
        shown = "、".join(text for text in self.display(content).values() if text)
        return _("Row %(row)d, %(label)s: changed meanwhile. Now: %(now)s.") % {
            "row": row.sheet_row,
            "label": row.label,
            "now": shown or "—",
        }

    def _check_scope(self, line: DivisionLine, row: int, stored: dict[str, Division]) -> None:
        """A manager changes what is below the own division, and hangs nothing elsewhere.

        The own division is changed from above, as in the admin; the city by itself.
        """
        if self.viewer.sees_everything:
            return
        own, old = self.viewer.division, stored.get(line.code)
        above = stored.get(line.parent_code)
        is_the_city = old is not None and old.level == Level.CITY
        hangs_here = bool(line.parent_code) or is_the_city
        is_own = own is not None and old is not None and old.pk == own.pk and not is_the_city
        if own and hangs_here and not is_own and all(own.manages(u) for u in (old, above) if u):
            return
        message = _("Row %(row)d (%(name)s) is outside your division; nothing was written.")
        raise Refused(message % {"row": row, "name": line.name}, foreign=True)

    def display(self, content: dict[str, Any]) -> dict[str, str]:
        """By column label, in the words of the column."""
        return {
            column.label: text_of(column.widget.render(content.get(name)))
            for column in self.columns
            if (name := (column.attribute or "").replace("__", "_")) in content
        }

    def instances(self) -> Iterable[Division]:
        seen = units_of(self).select_related("parent")
        return seen.order_by("code").iterator(chunk_size=2000)

    def heading(self) -> Heading:
        return Heading(title="行政区划代码表", footer="")


def _locked() -> dict[str, Division]:
    """All units, locked in one order, so that what is compared is what is written over."""
    locked = Division.objects.select_related("parent").select_for_update(of=("self",), no_key=True)
    return {division.code: division for division in locked.order_by("pk")}


def _put(write: Callable[[], None]) -> None:
    try:
        write()
    except ValidationError as error:
        raise Stale(error.messages) from error
    except (IntegrityError, KeyError) as error:
        # Somebody added one of these codes, or the managing unit went, since the lock.
        raise Stale([_("The divisions changed meanwhile; upload the file again.")]) from error


def _hanging(rows: list[Any], lines: list[DivisionLine], tree: _Tree) -> Iterator[str]:
    """Rows that cannot go back, because something else now stands where they or their units did."""
    for row, line in zip(rows, lines, strict=True):
        names = tree.left_below(line)
        below = _("Below it stand units that this level cannot manage: %(names)s.")
        if message := tree.parent_error(line) or (names and below % {"names": names}):
            yield _("Row %(row)d, %(label)s: %(message)s") % {
                "row": row.sheet_row,
                "label": row.label,
                "message": message,
            }


def _content(line: DivisionLine) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime.date) else value and str(value)
        for key, value in vars(line).items()
    }


def _line_of(content: dict[str, Any]) -> DivisionLine:
    days = {
        key: datetime.date.fromisoformat(content[key]) if content[key] else None
        for key in ("valid_from", "valid_to")
    }
    return DivisionLine(**(content | days))


class _Tree:
    """The tree as it would stand after an import: what is stored, and what the file says."""

    def __init__(self, stored: dict[str, Division]) -> None:
        self.levels = {code: division.level for code, division in stored.items()}
        self.rows_of: dict[str, list[int]] = defaultdict(list)
        self.children: dict[str, list[Division]] = defaultdict(list)
        for division in stored.values():
            if division.parent:
                self.children[division.parent.code].append(division)

    def add(self, line: DivisionLine, row: int) -> None:
        self.levels[line.code] = line.level
        self.rows_of[line.code].append(row)

    def parent_error(self, line: DivisionLine) -> str:
        """A cycle always breaks the rule of levels, so it is found here too."""
        wanted = Level(line.level).above
        if wanted is None:
            return _("The city has no managing unit; leave this empty.") if line.parent_code else ""
        if not line.parent_code:
            return _("Every division but the city has a managing unit.")
        if line.parent_code == line.code:
            return _("A division cannot manage itself.")
        if line.parent_code not in self.levels:
            return _("No division with this code is known, nor is it in this file.")
        # A parent without a level is an error of its own row, not of everything below it.
        if self.levels[line.parent_code] not in (wanted, ""):
            return _("The managing unit must be one level above.")
        return ""

    @property
    def city(self) -> str:
        """The code of the one city: the stored one, or the first of the file."""
        return next((code for code, level in self.levels.items() if level == Level.CITY), "")

    def left_below(self, line: DivisionLine) -> str:
        """Names of stored units, not in the file, that a change of level would leave hanging."""
        below = Level(line.level).below
        left = [d for d in self.children.get(line.code, ()) if d.level != below]
        return "、".join(d.name for d in left if d.code not in self.rows_of)[:60]
