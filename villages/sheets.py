"""The code list of divisions as a sheet, and finding a division that a row of any sheet names."""

from __future__ import annotations

import datetime
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.errors import CellError, Refused, Stale
from spreadsheets.fields import ChoiceWidget, CodeWidget, Column, DateWidget, TextWidget, half_width
from spreadsheets.form import Form, Record
from spreadsheets.sheet import Checked, Heading, Outcome, Sheet, register
from villages.actions import DivisionLine, put_divisions
from villages.models import KINDS_OF_LEVEL, Division, Kind, Level

logger = logging.getLogger(__name__)

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
    import_permission = "villages.change_division"
    export_permission = "villages.view_division"

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
        if names := tree.left_below(line):
            message = _("Below it stand units that this level cannot manage: %(names)s.")
            yield record.error(self.level.label, message % {"names": names})
        if line.kind not in KINDS_OF_LEVEL[Level(line.level)]:
            yield record.error(self.kind.label, _("This type does not fit the level."))

    def apply(self, rows: Iterable[Any], batch: Any) -> None:
        rows = list(rows)
        # Locked in one order, so that what is compared here is what is written over.
        locked = Division.objects.select_related("parent").select_for_update(of=("self",))
        stored = {d.code: d for d in locked.order_by("pk")}
        if reasons := [reason for row in rows if (reason := self._stale(row, stored))]:
            raise Stale(reasons)
        lines = [_line_of(row.after) for row in rows]
        for row, line in zip(rows, lines, strict=True):
            self._check_scope(line, row.sheet_row, stored)
        try:
            put_divisions(lines)
        except (IntegrityError, KeyError) as error:
            # Somebody added one of these codes, or the managing unit went, since the lock.
            raise Stale([_("The divisions changed meanwhile; upload the file again.")]) from error

    def _stale(self, row: Any, stored: dict[str, Division]) -> str:
        """Why a row of the preview no longer holds; an empty text where it does."""
        now = stored.get(row.key)
        content = _content(DivisionLine.of(now)) if now else {}
        if content == row.before:
            return ""
        shown = "、".join(text for text in self.display(content).values() if text)
        return _("Row %(row)d, %(label)s: changed meanwhile. Now: %(now)s.") % {
            "row": row.sheet_row,
            "label": row.label,
            "now": shown or "—",
        }

    def _check_scope(self, line: DivisionLine, row: int, stored: dict[str, Division]) -> None:
        """A manager changes what is below the own division, and hangs nothing elsewhere."""
        if self.viewer.sees_everything:
            return
        own, near = self.viewer.division, (stored.get(line.code), stored.get(line.parent_code))
        is_new_root = near[0] is None and not line.parent_code
        if own and not is_new_root and all(own.manages(unit) for unit in near if unit):
            return
        message = _("Row %(row)d (%(name)s) is outside your division; nothing was written.")
        raise Refused(message % {"row": row, "name": line.name}, foreign=True)

    def note_foreign(self, file_name: str, message: str) -> None:
        logger.warning("divisions refused: %s %s %s", self.user, file_name, message)

    def instances(self) -> Iterable[Division]:
        seen = Division.objects.visible_to(self.viewer)
        if self.target.division:
            division = seen.filter(code=self.target.division).first()
            if division is None:
                raise Refused(
                    _("There is no division %(code)s here.") % {"code": self.target.division}
                )
            seen = seen.within(division)
        return seen.select_related("parent").order_by("code").iterator(chunk_size=2000)

    def heading(self) -> Heading:
        return Heading(title="行政区划代码表", footer="")


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

    def left_below(self, line: DivisionLine) -> str:
        """Names of stored units, not in the file, that a change of level would leave hanging."""
        below = Level(line.level).below
        left = [d for d in self.children.get(line.code, ()) if d.level != below]
        return "、".join(d.name for d in left if d.code not in self.rows_of)[:60]


def plain_name(name: str) -> str:
    """A name as it is compared: without spaces, and without 村民委员会, 村委会 or 村 at its end.

    西村村民委员会 is the committee of 西村, so both are 西.
    """
    name = bare = half_width(name)
    for ending in ("村民委员会", "村委会", "村委", "村"):
        if bare.endswith(ending) and len(bare) > len(ending):
            bare = bare.removesuffix(ending)
            break
    return bare.removesuffix("村") or bare or name


class DivisionFinder:
    """Finds the division that a row means, among those a user may speak of.

    By its code; else by township and name, with or without 村 or 村委会 and with or without
    the township in front. What is doubtful is an error that lists the candidates.
    """

    def __init__(self, divisions: Iterable[Division]) -> None:
        self.by_code: dict[str, Division] = {}
        self.by_name: dict[str, list[Division]] = defaultdict(list)
        for division in divisions:
            self.by_code[division.code] = division
            self.by_name[plain_name(division.name)].append(division)
        # A sheet names the same few units again and again.
        self._plain = cache(plain_name)

    def find(self, code: str, township: str, name: str) -> Division:
        """Raises ValidationError with code "foreign" where the unit is none of the user's."""
        if code:
            return self._coded(code, township, name)
        found = self._named(township, name)
        if len(found) > 1:
            # 东山村民委员会 beside 东山村村民委员会: only the name in full tells them apart.
            found = [d for d in found if half_width(d.name) == half_width(name)] or found
        if len(found) == 1:
            return found[0]
        if found:
            names = "、".join(f"{d.parent} {d.name}（{d.code}）" for d in found[:5])
            message = _("Several units have this name: %(names)s. Write the township or the code.")
            raise ValidationError(message % {"names": names}, "ambiguous")
        if township and self._plain(township) in self._townships_elsewhere:
            raise ValidationError(_("This row belongs to a unit that is not yours."), "foreign")
        raise ValidationError(_("No unit of yours has this name; please check it."), "unknown")

    def _named(self, township: str, name: str) -> list[Division]:
        above = self._plain(township)
        if not name:
            return [d for d in self.by_name.get(above, []) if d.level == Level.TOWNSHIP]
        wanted = self._plain(name)
        found = [
            village
            for village in [*self.by_name.get(wanted, []), *self._by_full_name.get(wanted, [])]
            if village.level == Level.VILLAGE
        ]
        if above:
            found = [d for d in found if d.parent and self._plain(d.parent.name) == above]
        return found

    def _coded(self, code: str, township: str, name: str) -> Division:
        division = self.by_code.get(code)
        if division is None and code in self._codes_elsewhere:
            raise ValidationError(_("This row belongs to a unit that is not yours."), "foreign")
        if division is None:
            message = _("There is no unit with the code %(code)s; please do not change the codes.")
            raise ValidationError(message % {"code": code}, "unknown")
        shown = name if division.level == Level.VILLAGE else name or township
        if shown and self._plain(shown) != self._plain(division.name):
            message = _("The name does not fit the hidden code %(code)s of %(division)s.")
            raise ValidationError(message % {"code": code, "division": division}, "mismatch")
        return division

    @cached_property
    def _by_full_name(self) -> dict[str, list[Division]]:
        """By the name with the township in front, as 合涧镇西山村."""
        full = defaultdict(list)
        for division in self.by_code.values():
            if division.parent:
                above = plain_name(division.parent.name)
                full[above + plain_name(division.name)].append(division)
        return full

    @cached_property
    def _codes_elsewhere(self) -> set[str]:
        """All other codes; read only for a row that is in doubt."""
        codes = Division.objects.values_list("code", flat=True)
        return set(codes) - set(self.by_code)

    @cached_property
    def _townships_elsewhere(self) -> set[str]:
        own = {division.parent.name for division in self.by_code.values() if division.parent}
        townships = Division.objects.filter(level=Level.TOWNSHIP).exclude(
            code__in=[d.code for d in self.by_code.values() if d.level == Level.TOWNSHIP]
        )
        names = townships.exclude(name__in=own).values_list("name", flat=True)
        return {plain_name(name) for name in names}
