"""A sheet of 2,980 entries: check, apply, the same again, and export."""

import gc
import io
from collections.abc import Iterator
from typing import Any

import openpyxl

from accounts.models import User
from bench import city, stock
from bench.databases import use
from bench.measure import Run, Times, Work, cpu
from bench.table import Line
from spreadsheets import actions, writer
from spreadsheets.layout import HEADER_ROW
from spreadsheets.models import Batch
from spreadsheets.sheet import Target
from tasks.models import Entry, EntryChange, EntrySummary, Ledger, Period
from tasks.sheets import EntrySheet

CHECK_GOAL, APPLY_GOAL = 0.5, 0.7
STOCK_GOAL = 1 / 50
EXPORT_GOAL = 1.0
AT_MOST_ROUNDS = 3
# The stock importer takes a minute or two, row by row alike: a tenth of the rows tells it.
STOCK_SHARE = 10
READ, WRITE, STOCK = "openpyxl reads it", "openpyxl writes it", "stock import-export"
UNIT = "s CPU"


def sheet(run: Run) -> Iterator[Line]:
    use("sheet", city.build_sheet)
    user = User.objects.select_related("division").get(username=city.TOWNSHIP)
    target = Target(city.TOWNSHIP, Period.objects.get(quarter=city.QUARTER).code)
    empty = _export(user, target)
    raw = _filled(empty)
    steps = _Steps(user, target, raw)
    works: dict[str, Work] = {
        "read": lambda: read_all(raw),
        "check": steps.check,
        "apply": steps.apply,
        "again": steps.check_again,
        "export": lambda: _export(user, target),
        "write": plain_writing(empty),
    }
    steps.all_once()  # warm: caches, and the bytes of the child on disk
    times = {name: Times() for name in works}
    for _ in range(run.heavy_rounds(AT_MOST_ROUNDS)):
        steps.reset()
        for name, work in works.items():
            gc.collect()
            times[name].seconds.append(cpu(work))
    steps.reset()
    stock_file = _for_stock(raw)
    by_stock = STOCK_SHARE * cpu(lambda: stock.import_file(stock_file))
    written = Entry.objects.filter(value__isnull=False).count()
    _expect(written * STOCK_SHARE, "written by stock import-export")
    p50 = {name: measured.p50 for name, measured in times.items()}
    read = p50["read"]
    n = f"{city.VILLAGES:,} rows"
    yield Line(f"check {n}", p50["check"], read, READ, UNIT, CHECK_GOAL, absolute=True)
    yield Line(f"apply {n}", p50["apply"], read, READ, UNIT, APPLY_GOAL, absolute=True)
    both = p50["check"] + p50["apply"]
    yield Line(f"check and apply {n}", both, by_stock, STOCK, UNIT, STOCK_GOAL)
    yield Line("check again, 0 changes", p50["again"], read, READ, UNIT)
    yield Line(f"export {n}", p50["export"], p50["write"], WRITE, UNIT, EXPORT_GOAL)


class _Steps:
    """The steps of one import, each leaving what the next one needs."""

    def __init__(self, user: User, target: Target, raw: bytes) -> None:
        self.user, self.target, self.raw = user, target, raw
        self.batch = Batch()

    def check(self) -> None:
        self.batch = self._check()
        _expect(self.batch.new, "new")

    def apply(self) -> None:
        batch = actions.apply(EntrySheet, self.batch.pk, self.user)
        _expect(batch.writes, "applied")

    def check_again(self) -> None:
        _expect(self._check().unchanged, "unchanged")

    def _check(self) -> Batch:
        return actions.check(EntrySheet, io.BytesIO(self.raw), "a.xlsx", self.user, self.target)

    def all_once(self) -> None:
        self.check()
        self.apply()
        self.check_again()

    def reset(self) -> None:
        """Back to the morning after issuing."""
        Batch.objects.all().delete()
        EntryChange.objects.all().delete()
        blank: dict[str, Any] = dict.fromkeys(Entry.CONTENT, "") | {"value": None}
        Entry.objects.update(**blank, state=Entry.State.BLANK, version=1, updated_at=None)
        EntrySummary.objects.rebuild(Ledger.objects.get())


def _expect(count: int, what: str) -> None:
    if count != city.VILLAGES:
        raise RuntimeError(f"{count} rows {what}, not {city.VILLAGES}")


def _export(user: User, target: Target) -> bytes:
    file = io.BytesIO()
    writer.write(EntrySheet(user, target), file)
    return file.getvalue()


def _filled(raw: bytes) -> bytes:
    """The template with a value and texts in every row, as a township sends it back."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    page: Any = book.worksheets[0]
    columns = {cell.value: cell.column for cell in page[HEADER_ROW]}
    for row in range(HEADER_ROW + 1, HEADER_ROW + 1 + city.VILLAGES):
        page.cell(row, columns["本季度完成情况"], row % 90 + row % 100 / 100)
        page.cell(row, columns["工作进展情况"], f"{city.TEXT}涉及{row}户。")
        page.cell(row, columns["存在问题"], "资金到位慢" if row % 3 == 0 else None)
        page.cell(row, columns["下步措施"], f"{row % 12 + 1}月底前完成")
    return _saved(book)


def _for_stock(raw: bytes) -> bytes:
    """A tenth of the rows as the stock importer wants them: named fields on top, each row's id,
    and no blank text, which it would store as NULL."""
    page = openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0]
    names: dict[Any, str] = {
        "本季度完成情况": "value",
        "工作进展情况": "narrative",
        "存在问题": "problems",
        "下步措施": "next_steps",
    }
    rows = list(page.iter_rows(HEADER_ROW, HEADER_ROW + city.VILLAGES, values_only=True))
    header = [names.get(label, label) for label in rows[0]]
    ids = dict(Entry.objects.values_list("division__code", "pk"))
    code = header.index("区划代码")
    book = openpyxl.Workbook(write_only=True)
    out: Any = book.create_sheet()
    out.append(["id", "nothing", *header])
    for row in rows[1 : 1 + city.VILLAGES // STOCK_SHARE]:
        out.append([ids[str(row[code])], "", *("无" if cell is None else cell for cell in row)])
    return _saved(book)


def _saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_all(raw: bytes) -> int:
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)
    return sum(
        value is not None
        for page in book.worksheets
        for row in page.iter_rows(values_only=True)
        for value in row
    )


def plain_writing(raw: bytes) -> Work:
    """The cells of an exported workbook written again, plain."""
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)
    pages = [list(page.iter_rows(values_only=True)) for page in book.worksheets]

    def write() -> None:
        book = openpyxl.Workbook(write_only=True)
        for rows in pages:
            page = book.create_sheet()
            for row in rows:
                page.append(row)
        book.save(io.BytesIO())

    return write
