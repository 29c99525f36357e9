"""Ranking, matrix and what needs attention, as the pages show them by the same choices."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, cast

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from dashboard.attention import Concern
from dashboard.board import Board
from dashboard.choice import ALL, Choice
from dashboard.figures import Row
from dashboard.matrix import Cell, Line
from dashboard.ranking import Ranked
from spreadsheets.fields import GivenColumn
from spreadsheets.sheet import Group, Heading, day_written, register
from tasks import words
from tasks.models import Light
from tasks.place import Place
from tasks.sheets.quarter_sheet import QuarterSheet
from villages.models import Division

FIGURES = Group(2, _lazy("Figures and bulletins"))
LIGHTS = {
    Light.RED: "红",
    Light.YELLOW: "黄",
    Light.GREY: "灰",
    Light.GREEN: "绿",
    Light.BLUE: "蓝",
}


class BoardSheet(QuarterSheet):
    """A table of a board; `choices` are those of the page that it was taken from."""

    group = FIGURES
    export_permission = "tasks.view_entry"
    what: str
    choice: Choice = ALL

    def narrow(self, choices: Any) -> None:
        self.choice = Choice.of(choices)

    def heading(self) -> Heading:
        board = self.board()
        quarter = f"{board.period.year}年第{words.QUARTERS[board.period.quarter]}季度"
        now = timezone.localtime(board.now)
        moment = f"{day_written(now)} {now:%H:%M}"
        title = f"{board.division.name}{quarter}{self.what}"
        with translation.override("zh-hans"):
            chosen = "".join(f"　　　{name}：{text}" for name, text in board.chosen)
        return Heading(title, f"数据截至：{moment}{chosen}", footer="")

    def board(self) -> Board:
        division, viewer = self.aim(), cast(User, self.viewer)
        return Board(Place.or_404(viewer, division.code, self.period.code), self.choice)


def light_text(of: Row | Cell) -> str:
    return LIGHTS[of.light] + ("（人工）" if of.override else "")


def percent(part: int, whole: int) -> float | None:
    """With one decimal, rounded down, as the pages show it."""
    return part * 1000 // whole / 10 if whole else None


def _share(measure: str, one: Ranked) -> float | None:
    counts = one.row.counts
    part, whole = {
        "reported": (counts.reported, counts.owed),
        "on_time": (counts.on_time, counts.reported),
        "completed": (counts.accepted, counts.owed),
    }[measure]
    return percent(part, whole)


@register
class RankingSheet(BoardSheet):
    name = "ranking"
    title = _lazy("Ranking of units")
    summary = _lazy("Units in the order of a measure, with their counts; to take out.")
    what = "完成情况排名表"

    # fmt: off
    rank = GivenColumn("名次", lambda one: one.rank or "—", width=7)
    unit = GivenColumn("单位", lambda one: one.row.division.short_name, width=18)
    above = GivenColumn("上级单位", lambda one: one.row.division.parent.name, width=14)
    light = GivenColumn("灯", lambda one: light_text(one.row), width=9)
    owed = GivenColumn("应完成", lambda one: one.row.counts.owed, width=10)
    reported = GivenColumn("已上报", lambda one: one.row.counts.reported, width=10)
    reporting_rate = GivenColumn("上报率(%)", partial(_share, "reported"), width=11)
    on_time = GivenColumn("及时率(%)", partial(_share, "on_time"), width=11)
    accepted = GivenColumn("已完成", lambda one: one.row.counts.accepted, width=10)
    completion = GivenColumn("完成率(%)", partial(_share, "completed"), width=11)
    before = GivenColumn("上季度名次", lambda one: one.rank_before or "—", width=11)
    moved = GivenColumn("变化", lambda one: "—" if one.moved is None else one.moved, width=7)
    reason = GivenColumn("不参与排名的原因", lambda one: one.reason, width=24)
    # fmt: on

    def instances(self) -> Iterable[Ranked]:
        board = self.board()
        return board.ranked if board.place.ledger else []


@register
class MatrixSheet(BoardSheet):
    """One row for each task, or each village of a township; a column for each of the others."""

    name = "matrix"
    title = _lazy("Tasks × units")
    summary = _lazy("Light and reported lines of each task and unit; to take out.")
    what = "任务完成情况矩阵"

    category = GivenColumn("类别", lambda line: str(line.task.get_category_display()), width=8)
    task = GivenColumn("重点任务", lambda line: line.task.title, width=26)
    unit = GivenColumn("单位", lambda line: line.unit.short_name, width=18)
    total = GivenColumn("合计", lambda line: cell_text(line.total), width=13)

    def instances(self) -> Iterable[Line]:
        board = self.board()
        if board.place.ledger is None:
            return []
        matrix = board.matrix
        heads = [task.title if task else _name(unit) for task, unit in matrix.heads]
        columns = [GivenColumn(head, partial(_nth, n), width=13) for n, head in enumerate(heads)]
        first = [self.unit] if matrix.by_unit else [self.category, self.task]
        self.use([*first, *columns, self.total])
        return matrix.lines


def _name(unit: Division | None) -> str:
    return unit.short_name if unit else ""


def _nth(number: int, line: Line) -> str:
    cell = line.cells[number][2]
    return cell_text(cell) if cell else ""


def cell_text(cell: Cell) -> str:
    return f"{cell.counts.reported}/{cell.counts.owed} {light_text(cell)}"


@register
class AttentionSheet(BoardSheet):
    name = "attention"
    title = _lazy("Units that need attention")
    summary = _lazy("What is overdue, far behind, silent or came back twice; to take out.")
    what = "重点关注单位"

    above = GivenColumn("上级单位", lambda concern: concern.row.division.parent.name, width=14)
    unit = GivenColumn("单位", lambda concern: concern.row.division.short_name, width=18)
    light = GivenColumn("灯", lambda concern: light_text(concern.row), width=9)
    overdue = GivenColumn("逾期未报", lambda concern: concern.row.overdue, width=10)
    again = GivenColumn("两次以上退回", lambda concern: concern.again, width=13)
    far_behind = GivenColumn("严重滞后", lambda concern: concern.row.counts.far_behind, width=10)
    silent = GivenColumn("尚未填报", lambda c: "是" if c.row.is_silent else "", width=10)

    def instances(self) -> Iterable[Concern]:
        board = self.board()
        return board.concerns if board.place.ledger else []
