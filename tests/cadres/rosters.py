"""Rosters as tests fill them: rows by the labels of the official form, checked and applied."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import User
from spreadsheets import actions, writer
from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet, Target
from tests.spreadsheets import files

FIRST = {
    "乡（镇、街道）": "合涧镇",
    "派驻村": "南平村",
    "姓名": "样　九",
    "性别": "男",
    "民族": "汉",
    "出生年月": "1985.03",
    "政治面貌": "中共党员",
    "入党时间": "2009.06",
    "学历": "本科",
    "身份": "公务员",
    "选派单位": "测试市农业农村局",
    "职务": "副科长",
    "职级": "四级主任科员",
    "任职时间": "2026.09",
    "拟到期时间": "2028.08",
    "联系电话": "138 0000 1234",
}
MEMBER = {
    "乡（镇、街道）": "合涧镇",
    "村名": "南平村",
    "姓名": "样十一",
    "性别": "女",
    "出生年月": "1980.02",
    "政治面貌": "中共党员",
    "入党时间": "2005.07",
    "学历": "大专",
    "党组织职务": "书记",
    "村委会职务": "主任",
    "任现职时间": "2021.03",
}


def rows(*told: Mapping[str, Any], of: Mapping[str, Any]) -> bytes:
    """A form with its title and rows that say what is given, and the usual things besides."""
    full = [dict(of) | dict(row) for row in told]
    labels = list(dict.fromkeys(label for row in full for label in row))
    lines = [[row.get(label) for label in labels] for row in full]
    return files.workbook(["花名册"], ["填报单位：市委组织部"], labels, *lines)


def check(sheet: type[Sheet], content: bytes, user: User, period: str = "") -> Batch:
    target = Target(period=period)
    return actions.check(sheet, io.BytesIO(content), "roster.xlsx", user, target)


def apply(sheet: type[Sheet], content: bytes, user: User, period: str = "") -> Batch:
    batch = check(sheet, content, user, period)
    assert not batch.errors, batch.errors
    return actions.apply(sheet, batch.pk, user, confirmed=True, comment="已核对")


def exported(sheet: type[Sheet], user: User, *, reveal: bool = False, period: str = "") -> bytes:
    file = io.BytesIO()
    writer.write(sheet(user, Target(period=period)), file, reveal=reveal)
    return file.getvalue()


def counts(batch: Batch) -> tuple[int, int, int]:
    return batch.new, batch.changed, batch.unchanged


def cells(told: Sequence[Mapping[str, str]]) -> set[str]:
    return {one["cell"] for one in told}


def columns(page: Any) -> dict[Any, int]:
    """Label to column of an exported form, whichever row its header is in."""
    row = header_row(page)
    found = {cell.value: cell.column for cell in page[row]}
    return {label: place for label, place in found.items() if label}


def header_row(page: Any) -> int:
    return next(row for row in range(1, 8) if "姓名" in {cell.value for cell in page[row]})


def row_of(page: Any, name: str) -> int:
    place = columns(page)["姓名"]
    return next(row for row in range(1, page.max_row + 1) if page.cell(row, place).value == name)


def set_cell(page: Any, name: str, label: str, value: Any) -> None:
    page.cell(row_of(page, name), columns(page)[label], value)
