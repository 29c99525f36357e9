"""The quarterly report as somebody of the cast takes it, fills it and brings it back."""

import io
from collections.abc import Callable
from typing import Any

from spreadsheets import actions, writer
from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet, Target, by_name
from tasks.sheets import EntrySheet
from tests.spreadsheets import files
from tests.world import World

Q3 = "2026Q3"
HEADER_ROW = 3
Change = Callable[[Any], None]
DONGSHAN, XISHAN = "东山村民委员会", "西山村委会"
INCOME, MEETING, RESERVE, STUDY = (
    "村级集体经济增收",
    "四议两公开规范运行",
    "村级后备力量培育",
    "党员教育培训",
)
ANSWER, NARRATIVE, PROBLEMS, NEXT = "本季度完成情况", "工作进展情况", "存在问题", "下步措施"


def exported(
    world: World,
    who: str = "hejian_reporter",
    period: str = Q3,
    sheet: type[Sheet] = EntrySheet,
) -> bytes:
    file = io.BytesIO()
    writer.write(sheet(world.users[who], Target(period=period)), file)
    return file.getvalue()


def check(
    world: World,
    content: bytes,
    who: str = "hejian_reporter",
    target: Target | None = None,
    sheet: type[Sheet] = EntrySheet,
) -> Batch:
    return actions.check(sheet, io.BytesIO(content), "report.xlsx", world.users[who], target)


def apply(world: World, batch: Batch, who: str = "hejian_reporter", **more: Any) -> Batch:
    return actions.apply(by_name(batch.sheet), batch.pk, world.users[who], **more)


def undo(world: World, batch: Batch, who: str = "hejian_reporter") -> Batch:
    return actions.undo(by_name(batch.sheet), batch.pk, world.users[who])


def place(page: Any, unit: str, task: str, column: str) -> Any:
    """The cell of a unit, task and column in an exported sheet; the township's unit is ""."""
    labels = {cell.value: cell.column for cell in page[HEADER_ROW]}
    for row in range(HEADER_ROW + 1, page.max_row + 1):
        found = (page.cell(row, labels["村"]).value or "", page.cell(row, labels["重点任务"]).value)
        if found == (unit, task):
            return page.cell(row, labels[column])
    raise AssertionError((unit, task))


def put(unit: str, task: str, value: Any, column: str = ANSWER) -> Change:
    def change(page: Any) -> None:
        cell = place(page, unit, task, column)
        cell.value = value
        if isinstance(value, str) and value[:1] in "=#":
            cell.data_type = "s"

    return change


def filled(content: bytes, *changes: Change) -> bytes:
    def change(page: Any) -> None:
        for each in changes:
            each(page)

    return files.edited(content, change)


def counts(batch: Batch) -> tuple[str, int, int, int]:
    return batch.state, batch.new, batch.changed, batch.unchanged


def messages(batch: Batch) -> dict[str, str]:
    """Errors by their cell."""
    return {error["cell"]: error["message"] for error in batch.errors}
