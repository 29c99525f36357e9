"""What the page of a checked import shows: one kind of its rows, page by page."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from spreadsheets.models import Batch, BatchRow
from spreadsheets.sealing import opened
from spreadsheets.sheet import Outcome, Sheet

PAGE_SIZE = 100
CELLS_NAMED = 6


@dataclass(frozen=True)
class Tab:
    """One kind of rows or cells, in words, with how many there are."""

    show: str
    words: str
    count: int


class Shown(NamedTuple):
    """A row with the cells that would change, or that both sides changed."""

    row: BatchRow
    differences: list[tuple[str, str, str]]


class Found(NamedTuple):
    """A value with which the same is wrong: the first cells that it stands in, and the rest."""

    value: str
    cells: list[str]
    more: list[str]


class Fault(NamedTuple):
    """One thing that is wrong or doubtful, with all the values that it is about."""

    message: str
    cells: int
    found: list[Found]


class Preview:
    """One tab of an import: `show` names it, `page` its page, `row` a row of the file to find."""

    def __init__(self, batch: Batch, sheet: Sheet, query: Mapping[str, str]) -> None:
        self.batch, self.sheet, self.query = batch, sheet, query
        asked = query.get("show", "")
        filled = [tab.show for tab in self.tabs if tab.count]
        self.show = asked if asked in {tab.show for tab in self.tabs} else next(iter(filled), "all")

    @cached_property
    def tabs(self) -> list[Tab]:
        """In the order of what needs the user most; the first that holds any is shown."""
        batch = self.batch
        every = batch.new + batch.changed + batch.unchanged
        tabs = [
            Tab("wrong", _("wrong"), len(batch.errors)),
            Tab("conflicts", _("changed by both"), batch.conflicts),
            Tab("warned", self.warned_as, len(batch.warnings)),
            Tab("new", _("new"), batch.new),
            Tab("changed", _("changed"), batch.changed),
            Tab("unchanged", _("unchanged"), batch.unchanged),
        ]
        return [*tabs, Tab("all", _("all rows"), every)] if not batch.errors else tabs

    @property
    def warned_as(self) -> str:
        """What cells that want a look are called: of an import that was applied, they had it."""
        return _("to confirm") if self.batch.applied_at is None else _("confirmed when applied")

    @property
    def lists_cells(self) -> bool:
        """Whether the tab lists single cells with a message, not rows."""
        return self.show in ("wrong", "warned")

    @cached_property
    def page(self) -> Page[Any]:
        source: Any = list(self._alike) if self.lists_cells else self._rows()
        paginator = Paginator(source, PAGE_SIZE)
        return paginator.get_page(self._page_of_row() or self.query.get("page"))

    @cached_property
    def _alike(self) -> dict[tuple[str, str], list[str]]:
        """The cells of each message and value; those of one message stand together."""
        cells = self.batch.errors if self.show == "wrong" else self.batch.warnings
        alike: dict[str, dict[str, list[str]]] = {}
        for one in cells:
            of_message = alike.setdefault(one["message"], {})
            of_message.setdefault(one["value"], []).append(one["cell"])
        return {
            (message, value): where
            for message, of_message in alike.items()
            for value, where in of_message.items()
        }

    def faults(self) -> Iterator[Fault]:
        """What is wrong on this page, each said once with where it stands."""
        totals = Counter[str]()
        for (message, _value), cells in self._alike.items():
            totals[message] += len(cells)
        for message, alike in groupby(self.page, itemgetter(0)):
            found = [Found(key[1], *_parted(self._alike[key])) for key in alike]
            yield Fault(message, totals[message], found)

    def _rows(self) -> Any:
        rows = self.batch.rows.all()
        if self.show == "conflicts":
            return rows.exclude(conflicts={})
        return rows.filter(outcome=self.show) if self.show in Outcome.values else rows

    def _page_of_row(self) -> int:
        """The page that holds a row of the file, for who looks for “D15”."""
        number = "".join(filter(str.isdecimal, self.query.get("row", "")))[:7]
        if not number or self.lists_cells:
            return 0
        before: int = self._rows().filter(sheet_row__lt=int(number)).count()
        return before // PAGE_SIZE + 1

    def rows(self) -> Iterator[Shown]:
        for row in self.page:
            yield Shown(row, list(self._differences(row)))

    def _differences(self, row: BatchRow) -> Iterator[tuple[str, str, str]]:
        """Column, before and after for the cells of a row that would change."""
        before, after = (
            self.sheet.display(opened(content, self.sheet.secrets))
            for content in (row.before, row.after)
        )
        for label, text in after.items():
            if text != before.get(label, ""):
                yield label, before.get(label, ""), text


def _parted(cells: list[str]) -> tuple[list[str], list[str]]:
    """Those that are named, and those that are folded away."""
    return cells[:CELLS_NAMED], cells[CELLS_NAMED:]
