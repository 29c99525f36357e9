"""A Sheet: an exchangeable table declared once, on django-import-export's Resource.

The one declaration makes the template, the export, the import, its messages and the field
guide. An app declares its sheets in `sheets.py`; see docs/sheets.md for one from start to end.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, TypedDict

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from import_export.resources import Resource

from spreadsheets import journal
from spreadsheets.errors import CellError
from spreadsheets.fields import Column
from spreadsheets.form import DITTO, Form, Record, why_odd
from spreadsheets.reader import Odd
from spreadsheets.sealing import opened


class Outcome(models.TextChoices):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(frozen=True)
class Target:
    """What a sheet is about, in the words of URLs: a division code and a quarter such as 2026Q1."""

    division: str = ""
    period: str = ""

    def __post_init__(self) -> None:
        # Both come from addresses and files; a NUL is an exception on PostgreSQL.
        for name, value in vars(self).items():
            object.__setattr__(self, name, value.replace("\0", ""))

    def as_dict(self) -> dict[str, str]:
        return {key: value for key, value in vars(self).items() if value}


@dataclass
class Checked:
    """What importing one row, or one cell of it, would do.

    `key` and `version` name what it was compared with. `conflicts` are cells that were changed
    both here and in the file, by column label; until the user decides, `after` keeps what
    stands here. `foreign` says of a row that reaches for data of another division what goes into
    the log; the row has an error beside it. `not_taken` are the labels of cells that are there to
    be read, and say something else than what stands here.
    """

    record: Record
    outcome: Outcome
    label: str = ""
    cell: str = ""
    key: str = ""
    version: int = 0
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)
    warnings: list[CellError] = field(default_factory=list)
    foreign: str = ""
    not_taken: list[str] = field(default_factory=list)

    def reaches_out(self, name: str) -> None:
        """Note that the row is about somebody else's unit, by what the file calls that."""
        message = _("Row %(row)d belongs to a unit that is not yours (%(name)s).")
        self.foreign = message % {"row": self.record.row, "name": name[:60]}


class Conflict(TypedDict):
    """A cell changed by both: what the file says, what stands here, and who was preferred.

    `content` is the part of the row's content that the file's cell would set.
    """

    mine: str
    now: str
    content: dict[str, Any]
    choice: str


@dataclass(frozen=True)
class Heading:
    """The lines around the table of an office form."""

    title: str
    unit_line: str = ""
    footer: str = "填表人：　　　　　审核人：　　　　　单位负责人签字（盖章）：　　　　　联系电话："


def day_written(day: datetime.date) -> str:
    """A day in the heading of a form, as offices write it: 2026年3月1日, not 03月01日."""
    return f"{day.year}年{day.month}月{day.day}日"


def month_written(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月"


def own_target(sheet: Sheet) -> Target:
    """The user's own division, as what an import is about that names no other."""
    own = sheet.viewer.division
    return Target(own.code if own else "")


class Group(NamedTuple):
    """Where the list of sheets has a sheet: below which name, and which place this takes."""

    place: int
    title: Any


OTHERS = Group(99, _lazy("Others"))


class System:
    """The system's own command line, which has no account and sees everything."""

    division = None
    sees_everything = True


class Sheet(Resource):
    """Base of all sheets. `user` is None only for the system's own command line."""

    name: ClassVar[str]
    title: ClassVar[Any]
    group: ClassVar[Group] = OTHERS
    # What it is for, in a sentence.
    summary: ClassVar[Any] = ""
    # Words by which the title of an office's own form names it.
    title_words: ClassVar[tuple[str, ...]] = ()
    # Who may bring it back; nobody where it is empty: such a sheet only goes out.
    import_permission: ClassVar[str] = ""
    export_permission: ClassVar[str]
    # Who may take sensitive columns out in clear; nobody where it is empty.
    reveal_permission: ClassVar[str] = ""
    # What the period of its target is, where it offers a choice of periods.
    period_label: ClassVar[Any] = _lazy("Quarter")
    # Raised where columns change their meaning: templates made before are refused then.
    version: ClassVar[int] = 1

    def __init__(self, user: Any, target: Target | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        # Resource takes declared fields off the class; here they read better as attributes.
        vars(self).update(self.fields)
        self.use([field for field in self.fields.values() if isinstance(field, Column)])
        self.user, self.target = user, target or Target()
        self.viewer = user or System()

    @classmethod
    def may(cls, user: Any, permission: str) -> bool:
        return bool(permission) and (user is None or user.has_perm(permission))

    @classmethod
    def is_offered_to(cls, user: Any) -> bool:
        """Whether the user may take it out at all."""
        return cls.may(user, cls.export_permission)

    @classmethod
    def is_filled_by(cls, user: Any) -> bool:
        """Whether the user may bring it back filled in."""
        return cls.may(user, cls.import_permission)

    def may_reveal(self) -> bool:
        """Whether the user may take the sensitive columns out in clear."""
        return self.has_sensitive and self.may(self.user, self.reveal_permission)

    # What a sheet defines:

    def open(self, form: Form) -> None:
        """Find out what the file is about; raise Refused where it is not for this user."""
        raise NotImplementedError

    def check(self, records: Iterable[Record]) -> Iterator[Checked]:
        """Compare every row with the database, writing nothing."""
        raise NotImplementedError

    def remarks(self, form: Form) -> Iterator[CellError]:
        """What is doubtful about the file as a whole, once its rows are read."""
        return iter(())

    @contextmanager
    def prepared(self, rows: Iterable[Any], batch: Any) -> Iterator[Any]:
        """Make ready what apply() writes, before the transaction, so that this stays short."""
        yield self._opened(rows)

    @contextmanager
    def prepared_to_undo(self, rows: Iterable[Any], batch: Any) -> Iterator[Any]:
        """The same for undo()."""
        yield self._opened(rows)

    def apply(self, prepared: Any, batch: Any) -> None:
        """Write a batch, inside the caller's transaction; raise Stale or Refused."""
        raise NotImplementedError

    def undo(self, prepared: Any, batch: Any) -> None:
        """Write back what stood before, inside the caller's transaction; raise Stale where
        something later touched the rows."""
        raise NotImplementedError

    def instances(self) -> Iterable[Any]:
        """The objects that the export lists for the user and target; raise Refused."""
        raise NotImplementedError

    def narrow(self, choices: Any) -> None:
        """Let the export list only what a list on a page shows by these choices of its filter."""

    def heading(self) -> Heading:
        raise NotImplementedError

    def unit_line(self) -> str:
        """Who fills the form in, for the line below its title."""
        own = self.viewer.division
        return f"填报单位：{own.name if own else ''}"

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """What a download may be about, per part of the target: codes with their names."""
        return {}

    def display(self, content: dict[str, Any]) -> dict[str, str]:
        """A stored before or after by column label, as people read it."""
        return {str(key): "" if value is None else str(value) for key, value in content.items()}

    def is_in_scope(self) -> bool:
        """Whether what the sheet is about is still the user's to see: for most sheets, whether
        the account still belongs where it did when the file was uploaded."""
        about = self.target.division
        return self.viewer.sees_everything or not about or own_target(self).division == about

    def note_foreign(self, file_name: str, message: str) -> None:
        """Keep in mind that a file reached for data of another division."""
        journal.note("foreign", self.user, self.name, file=file_name, message=message)

    def note_reveal(self, reason: str) -> None:
        """Keep in mind that sensitive columns were taken out in clear, and why."""
        journal.note("reveal", self.user, self.name, reason=reason, **self.target.as_dict())

    def note_export(self) -> None:
        """Keep in mind that data was taken out."""
        journal.note("export", self.user, self.name, **self.target.as_dict())

    # What every sheet shares:

    def clean(self, record: Record) -> tuple[dict[str, Any], list[CellError]]:
        """Cells of a row through the readers of their columns, with every error at its cell."""
        values: dict[str, Any] = {}
        errors: list[CellError] = []
        cells, above = record.cells, record.above
        for label, read in self._readers:
            if label not in cells:
                continue
            value = above[label] if label in above else cells[label]
            try:
                values[label] = _no_value(value) if isinstance(value, Odd) else read(value)
            except ValidationError as error:
                errors.append(record.error(label, error.messages[0]))
        return values, errors

    def ditto_warnings(self, record: Record, labels: Iterable[str]) -> Iterator[CellError]:
        """A 同上 in a column of texts, below a cell that says nothing."""
        for label in labels:
            value = record.cells.get(label)
            if isinstance(value, str) and value.strip() in DITTO and label not in record.above:
                message = _("“%(word)s”, but nothing stands above; it is kept as it is written.")
                yield record.error(label, message % {"word": value.strip()})

    def use(self, columns: list[Column]) -> None:
        """Work with these columns; what each row needs of them is looked up once, not per row."""
        self.columns = columns
        self._readers = [(c.label, c.widget.clean) for c in columns if c.is_read]
        self._exports = [column.export for column in columns]

    def row(self, instance: Any) -> list[Any]:
        """The cells of one object in the order of the columns."""
        return [export(instance) for export in self._exports]

    @property
    def has_sensitive(self) -> bool:
        return any(column.sensitive for column in self.columns)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """What of a stored content is kept sealed: what the sensitive columns say."""
        return frozenset(c.attribute for c in self.columns if c.sensitive and c.attribute)

    def _opened(self, rows: Iterable[Any]) -> list[Any]:
        if not self.secrets:
            return list(rows)
        return [
            row._replace(
                before=opened(row.before, self.secrets), after=opened(row.after, self.secrets)
            )
            for row in rows
        ]

    def meta(self) -> dict[str, str]:
        """What the hidden sheet of a download says, so that it is known when it comes back."""
        made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        about = {"sheet": self.name, "version": str(self.version), "made": made}
        return about | self.target.as_dict()

    def next_step(self, batch: Any) -> tuple[str, str] | None:
        """Words and address of what a user does after applying, where there is such a thing."""
        return None


def _no_value(value: Odd) -> Any:
    raise ValidationError(why_odd(value))


_registry: dict[str, type[Sheet]] = {}


def register(sheet: type[Sheet]) -> type[Sheet]:
    """Class decorator: make a sheet known to the pages, the admin and the command line."""
    _registry[sheet.name] = sheet
    return sheet


def by_name(name: str) -> type[Sheet]:
    """Raises KeyError for a sheet that is not declared."""
    return _registry[name]


def all_sheets() -> list[type[Sheet]]:
    return sorted(_registry.values(), key=lambda sheet: sheet.name)
