"""A form of which every row is a person in a role at a unit: the base of rosters.

A row names the unit, says the person's own facts, and those of the role: a posting, or a
membership in a village team, which is what `line` means here. It is found again by its unit and
person. A subclass names the model and its columns, and says what is asked of a role; comparing
is done in `role_check.py`, writing in `role_writing.py`, and the way back in `undoing.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from cadres.models import Person
from cadres.sheets import role_writing, undoing
from cadres.sheets.role_check import RoleCheck
from cadres.sheets.role_row import Row
from cadres.sheets.told import OF_PERSON, Told
from cadres.sheets.words import comment_is_kept
from spreadsheets.form import Form, Record
from spreadsheets.marked_sheet import MarkedSheet
from spreadsheets.sealing import opened
from spreadsheets.sheet import Checked, Heading, Target, own_target
from villages.models import Division
from villages.sheets import DivisionFinder


class RoleSheet(MarkedSheet):
    """Base of the rosters; `told` are the columns that are compared and written."""

    salt = "cadres.role_sheet"
    reveal_permission = "cadres.reveal_person"
    model: ClassVar[type[models.Model]]
    # From a line to the names of township, village and county; where the form has no village,
    # the role is at the township.
    place: ClassVar[tuple[str, str, str]] = (
        "division__parent__name",
        "division__name",
        "division__parent__parent__name",
    )
    # The fields that say which seat somebody has, where the database lets nobody share one.
    seats: ClassVar[tuple[str, ...]] = ()
    # What else an import may add, and its undoing takes away where nothing uses it.
    adds: ClassVar[tuple[type[models.Model], ...]] = ()
    # What hangs on its roles, written after them, and undone before them.
    hangs: ClassVar[tuple[type[models.Model], ...]] = ()
    # Attributes of columns that are read, but are no part of what a row changes.
    asides: ClassVar[frozenset[str]] = frozenset()

    # What a roster defines:

    def load(self, units: Collection[Division]) -> None:
        """Read what stands at these units, so that lines_at() and the rules find it."""
        raise NotImplementedError

    def lines_at(self, unit: Division) -> Iterable[Any]:
        """The roles of this kind that stand at a unit."""
        raise NotImplementedError

    def is_of(self, line: Any, row: Row) -> bool:
        """Whether a role of the person at the unit is the one that a row means."""
        return True

    def new_line(self, row: Row) -> Any:
        """The role of a row that is new, still without what the columns say."""
        raise NotImplementedError

    def put(self, row: Row, told: Told, value: Any) -> None:
        """Let the line of a row say a value; raises ValidationError."""
        owner = row.wanted.person if told.is_of_person else row.wanted
        setattr(owner, told.field_name, value)

    def rules(self, row: Row) -> None:
        """Tell a row what is wrong with it, or to be confirmed, by itself."""

    def left_aside(self, row: Row) -> Iterator[str]:
        """Attributes of cells that are there to be read, and say something else than what
        stands."""
        return iter(())

    def rules_among(self, rows: list[Row]) -> None:
        """The same of all rows together, with what they would do beside themselves."""

    def read(self, row: Row) -> None:
        """Add to what a row says, or put it right."""

    def settle(self, row: Row) -> None:
        """Let the record of a person whom the registers knew be kept where the role is."""

    def make_way(self, keys: Collection[int]) -> None:
        """Let these roles hold no seat for a moment, because they exchange them."""

    def write_beside(self, rows: list[Row], writing: Any) -> None:
        """Write what rows do beside themselves, before they are written."""

    def write_after(self, rows: list[Row], writing: Any) -> None:
        """The same, after they are written."""

    def listed(self) -> models.QuerySet[Any]:
        """The lines of an export, with whatever its columns name."""
        raise NotImplementedError

    # What every roster shares:

    def __init__(self, user: Any, target: Target | None = None) -> None:
        super().__init__(user, target)
        own = [column for column in self.columns if column.attribute and not column.given]
        self.told = [
            Told(column, self._field(column.attribute or ""))
            for column in own
            if column.attribute not in self.asides
        ]
        self.told_of = {told.name: told for told in self.told}
        self.of_person = [told for told in self.told if told.is_of_person]
        self.labels = {c.attribute: c.label for c in self.columns if c.attribute}
        self.carry_marks(self.told)

    def _field(self, name: str) -> Any:
        model = Person if name.startswith(OF_PERSON) else self.model
        name = name.removeprefix(OF_PERSON)
        return None if "__" in name else model._meta.get_field(name)

    @cached_property
    def finder(self) -> DivisionFinder:
        units = Division.objects.visible_to(self.viewer)
        return DivisionFinder(units.select_related("parent__parent", "profile"))

    @cached_property
    def _own_units(self) -> frozenset[int]:
        return frozenset(Division.objects.visible_to(self.viewer).values_list("pk", flat=True))

    def is_kept_elsewhere(self, person: Person) -> bool:
        """Whether another unit keeps the record of somebody who has a role here, and alone
        reads and writes its facts: a role may outlast a move, or begin before it."""
        return not self.viewer.sees_everything and person.division_id not in self._own_units

    def seen(self, line: Any) -> Any:
        """The line as the viewer may read it: of a record kept elsewhere, name and sex."""
        stored = line.person
        if stored.pk is None or not self.is_kept_elsewhere(stored):
            return line
        shown = copy.copy(line)
        shown.person = Person(
            pk=stored.pk, name=stored.name, sex=stored.sex, division_id=stored.division_id
        )
        return shown

    def keep_person_right(self, row: Row) -> None:
        """After the columns were put: a record kept elsewhere stays as it is, whatever they say
        of it, and in another one the level of office follows the words."""
        if row.old is not None and self.is_kept_elsewhere(row.old.person):
            row.wanted.person = row.old.person
        elif row.person:
            row.wanted.person.follow_words(row.person)

    def unit_of(self, values: dict[str, Any]) -> Division:
        """Raises ValidationError by attribute, with the code "foreign" for what is not yours."""
        township, village, county = (values.get(name) or "" for name in self.place)
        at = self.place[1] if self.place[1] in self.labels else self.place[0]
        try:
            if not values.get(at):
                raise ValidationError(_("This cell tells which row is meant; fill it in."))
            return self.finder.find("", township, village, county)
        except ValidationError as error:
            if county and self._is_known(township, village):
                at = self.place[2]
            raise ValidationError({at: error}) from error

    def _is_known(self, township: str, village: str) -> bool:
        """Whether township and village tell a unit by themselves, so that the county is wrong."""
        try:
            self.finder.find("", township, village)
        except ValidationError:
            return False
        return True

    def open(self, form: Form) -> None:
        """A roster says nothing of itself; what a user may change is checked row by row."""
        self.target = own_target(self)

    def check(self, records: Iterable[Record]) -> Iterator[Checked]:
        return RoleCheck(self).rows(records)

    @contextmanager
    def prepared(self, rows: Iterable[Any], batch: Any) -> Iterator[Any]:
        yield list(rows)

    def apply(self, rows: Any, batch: Any) -> None:
        comment_is_kept(batch)
        role_writing.apply(self, rows, batch)

    def undo(self, rows: Any, batch: Any) -> None:
        undoing.undo(self, rows, batch)

    def instances(self) -> Iterable[Any]:
        for number, line in enumerate(self.listed().iterator(chunk_size=2000), 1):
            line.number = number
            yield self.seen(line)

    def kept(self, line: Any) -> dict[str, Any]:
        """The line as a preview keeps it."""
        seen = self.seen(line)
        return {told.name: told.kept(told.value(seen)) for told in self.told}

    def kept_of_person(self, person: Person) -> dict[str, Any]:
        return {
            told.name: told.kept(getattr(person, told.field_name, None)) for told in self.of_person
        }

    def clear(self, content: dict[str, Any]) -> dict[str, Any]:
        """A stored content with its secrets opened."""
        return opened(content, self.secrets)

    def copy_of(self, line: Any) -> Any:
        """A copy with a copy of the person, to be changed."""
        wanted = copy.copy(line)
        wanted.person = copy.copy(line.person)
        return wanted

    def display(self, content: dict[str, Any]) -> dict[str, str]:
        shown = {}
        for told in self.told:
            if told.name in content:
                text = told.said(told.restored(content[told.name]))
                shown[told.label] = told.column.mask(text) if told.is_sensitive else text
        return shown

    def heading(self) -> Heading:
        return Heading(title=str(self.title))
