"""The code list of divisions as a sheet, and finding a division that a row of any sheet names."""

from __future__ import annotations

import datetime
import logging
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.errors import Refused, Stale
from spreadsheets.fields import ChoiceWidget, Column, DateWidget, TextWidget
from spreadsheets.form import Form, Record
from spreadsheets.sheet import Checked, Heading, Outcome, Sheet, register
from villages.actions import DivisionLine, put_divisions
from villages.models import Division, Kind, Level, Viewer

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
    """Code, name, level and managing unit of every division, as the statistics bureau lists them."""

    name = "divisions"
    title = _lazy("Divisions")
    import_permission = "villages.change_division"
    export_permission = "villages.view_division"
    needs_division = False

    code = Column("区划代码", "code", aliases=("code", "代码", "统计用区划代码"), required=True,
                  width=16, meaning=_lazy("12 digits; tells which division the row is."))  # fmt: skip
    label = Column("名称", "name", aliases=("name", "单位名称"), required=True, width=28,
                   widget=TextWidget(60), meaning=_lazy("The official name."))  # fmt: skip
    level = Column("级别", "level", aliases=("level",), required=True,
                   widget=ChoiceWidget(dict(LEVEL_WORDS)), meaning=_lazy("市, 县, 乡 or 村."))  # fmt: skip
    parent_code = Column("上级代码", "parent__code", aliases=("parent_code", "管理单位代码"),
                         required=True, width=16,
                         meaning=_lazy("Code of the managing unit; empty for the city."))  # fmt: skip
    kind = Column("类型", "kind", aliases=("kind",), widget=ChoiceWidget(dict(KIND_WORDS)),
                  meaning=_lazy("Read from the name where it is left empty."))  # fmt: skip
    valid_from = Column("启用日期", "valid_from", aliases=("valid_from",), widget=DateWidget(),
                        meaning=_lazy("The first day on which it exists."))  # fmt: skip
    valid_to = Column("停用日期", "valid_to", aliases=("valid_to",), widget=DateWidget(),
                      meaning=_lazy("The first day on which it is gone."))  # fmt: skip

    def open(self, form: Form) -> None:
        """A code list says nothing of itself; what a user may change is checked row by row."""

    def check(self, records: Sequence[Record]) -> Iterator[Checked]:
        stored = {d.code: d for d in Division.objects.select_related("parent")}
        cleaned = [(record, *self.clean(record)) for record in records]
        lines_of: dict[str, list[int]] = defaultdict(list)
        levels = {code: division.level for code, division in stored.items()}
        for record, values, _errors in cleaned:
            lines_of[values.get(self.code.label, "")].append(record.row)
            levels[values.get(self.code.label, "")] = values.get(self.level.label, "")
        for record, values, errors in cleaned:
            line = self._line(values, stored)
            checked = Checked(record, Outcome.UNCHANGED, label=line.name, key=line.code)
            checked.errors = [*errors, *self._errors(record, line, lines_of, levels)]
            old = stored.get(line.code)
            checked.after = _content(line)
            if old:
                checked.before = _content(DivisionLine.of(old))
            if checked.errors:
                checked.outcome = Outcome.WRONG
            elif old is None:
                checked.outcome = Outcome.NEW
            elif checked.before != checked.after:
                checked.outcome = Outcome.CHANGED
            if checked.outcome in (Outcome.NEW, Outcome.CHANGED):
                self._check_scope(line, record.row, stored, set(lines_of))
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

    def _errors(
        self,
        record: Record,
        line: DivisionLine,
        lines_of: dict[str, list[int]],
        levels: dict[str, str],
    ) -> Iterator[Any]:
        if not (len(line.code) == 12 and line.code.isascii() and line.code.isdigit()):
            yield record.error(self.code.label, _("A division code has exactly 12 digits."))
        elif len(lines_of[line.code]) > 1:
            rows = "、".join(map(str, lines_of[line.code]))
            message = _("This code stands in rows %(rows)s; keep one.") % {"rows": rows}
            yield record.error(self.code.label, message)
        if not line.name:
            yield record.error(self.label.label, _("The name is missing."))
        if not line.level:
            yield record.error(self.level.label, _("The level is missing."))
        elif message := self._parent_error(line, levels):
            yield record.error(self.parent_code.label, message)
        if line.valid_from and line.valid_to and line.valid_to <= line.valid_from:
            message = _("The end of validity must come after its beginning.")
            yield record.error(self.valid_to.label, message)

    def _parent_error(self, line: DivisionLine, levels: dict[str, str]) -> str:
        """A cycle always breaks the rule of levels, so it is found here too."""
        wanted = Level(line.level).above
        if wanted is None:
            return _("The city has no managing unit; leave this empty.") if line.parent_code else ""
        if not line.parent_code:
            return _("Every division but the city has a managing unit.")
        if line.parent_code == line.code:
            return _("A division cannot manage itself.")
        if line.parent_code not in levels:
            return _("No division with this code is known, nor is it in this file.")
        if levels[line.parent_code] != wanted:
            return _("The managing unit must be one level above.")
        return ""

    def apply(self, rows: Iterable[Any], batch: Any) -> None:
        rows = list(rows)
        stored = {d.code: d for d in Division.objects.select_related("parent")}
        lines = []
        for row in rows:
            now = stored.get(row.key)
            if (_content(DivisionLine.of(now)) if now else {}) != row.before:
                raise Stale([f"{row.sheet_row} {row.label}"])
            line = _line_of(row.after)
            self._check_scope(line, row.sheet_row, stored, {other.key for other in rows})
            lines.append(line)
        put_divisions(lines)

    def _check_scope(
        self, line: DivisionLine, row: int, stored: dict[str, Division], in_file: set[str]
    ) -> None:
        """A manager changes what is below the own division, and hangs nothing elsewhere."""
        if self.viewer.sees_everything:
            return
        own, old, parent = self.viewer.division, stored.get(line.code), stored.get(line.parent_code)
        touched = [division for division in (old, parent) if division is not None]
        below_new = parent is None and line.parent_code in in_file
        if own and (touched or below_new) and all(own.manages(d) for d in touched):
            return
        message = _("Row %(row)d (%(name)s) is outside your division; nothing was written.")
        raise Refused(message % {"row": row, "name": line.name}, foreign=True)

    def note_foreign(self, file_name: str, message: str) -> None:
        logger.warning("divisions refused: %s %s %s", self.user, file_name, message)

    def instances(self) -> Iterable[Division]:
        seen = Division.objects.visible_to(self.viewer)
        if self.target.division:
            seen = seen.within(Division.objects.get(code=self.target.division))
        return seen.select_related("parent").order_by("code").iterator(chunk_size=2000)

    def heading(self) -> Heading:
        return Heading(title="行政区划代码表", footer="")


def _content(line: DivisionLine) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime.date) else value
        for key, value in asdict(line).items()
    }


def _line_of(content: dict[str, Any]) -> DivisionLine:
    days = {
        key: datetime.date.fromisoformat(content[key]) if content[key] else None
        for key in ("valid_from", "valid_to")
    }
    return DivisionLine(**(content | days))


def plain_name(name: str) -> str:
    """A village name as it is compared: without spaces and without 村民委员会, 村委会 or 村."""
    name = "".join(unicodedata.normalize("NFKC", str(name)).split())
    for ending in ("村民委员会", "村委会", "村委", "村"):
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name


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

    def find(self, code: str, township: str, name: str) -> Division:
        """Raises ValidationError with code "foreign" where the unit is none of the user's."""
        if code:
            return self._coded(code, township, name)
        wanted, above = plain_name(name or township), plain_name(township)
        found = self.by_name.get(wanted, []) or self.by_name.get(wanted.removeprefix(above), [])
        if len(found) > 1 and above and name:
            found = [d for d in found if d.parent and plain_name(d.parent.name) == above]
        if not name:
            found = [d for d in found if d.level == Level.TOWNSHIP]
        if len(found) == 1:
            return found[0]
        if found:
            names = "、".join(f"{d.parent} {d.name}（{d.code}）" for d in found[:5])
            message = _("Several units have this name: %(names)s. Write the township or the code.")
            raise ValidationError(message % {"names": names}, "ambiguous")
        raise ValidationError(_("No unit of yours has this name; please check it."), "unknown")

    def _coded(self, code: str, township: str, name: str) -> Division:
        division = self.by_code.get(code)
        if division is None:
            raise ValidationError(_("This row belongs to a unit that is not yours."), "foreign")
        shown = plain_name(name) if division.level == Level.VILLAGE else plain_name(township)
        if shown and shown != plain_name(division.name):
            message = _("The name does not fit the hidden code %(code)s of %(division)s.")
            raise ValidationError(message % {"code": code, "division": division}, "mismatch")
        return division
