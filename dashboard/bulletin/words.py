"""The Chinese of the bulletin: every sentence and label that it is made of, each written once.

A bulletin is a Chinese official document, whatever language the pages around it are in.
"""

import datetime
from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from dashboard.bulletin.frozen import Frozen, Kind, Problem, Tally, TaskFigures, UnitFigures
from villages.models import Kind as UnitKind
from villages.models import Level

QUARTERS = "一二三四"
NUMERALS = "一二三四五六七八九十"
NONE = "—"
UNITS_BELOW = {Level.CITY: "县（市、区）", Level.COUNTY: "乡镇（街道）"}
RECEIVERS = {
    Level.CITY: "各县（市、区）委组织部：",
    Level.COUNTY: "各乡镇党委、街道党工委：",
}
HEADINGS = ("总体情况", "各{below}完成情况", "经验做法", "存在问题", "下步工作要求")
RANKING = "任务完成率排名表"
PROBLEMS = "问题清单"
ANNEX = "附件"
RANKING_LABELS = (
    *("名次", "单位", "应完成", "已完成", "完成率", "及时率"),
    *("综合得分", "上季度名次", "变化"),
)
PROBLEM_LABELS = ("序号", "单位", "存在问题", "整改要求", "整改时限", "责任人")
LIGHTS = {"red": "红灯", "yellow": "黄灯", "grey": "灰灯", "green": "绿灯", "blue": "蓝灯"}
KINDS = {
    Kind.SILENT: "未开展填报",
    Kind.OVERDUE: "逾期未报",
    Kind.RETURNED: "多次退回仍未整改到位",
    Kind.FAR_BEHIND: "进度严重滞后",
}
REMEDIES = {
    Kind.SILENT: "立即组织填报，查明原因并书面说明。",
    Kind.OVERDUE: "限期补报，按程序审核上报。",
    Kind.RETURNED: "对照退回意见逐项核实更正，重新报送。",
    Kind.FAR_BEHIND: "制定赶进度计划，逐项推进落实。",
}
REQUIREMENTS = (
    "（一）压实工作责任。各{below}要对照年度重点任务台账和本通报指出的问题，逐项明确责任单位、"
    "责任人和完成时限，抓好整改落实。\n"
    "（二）规范数据填报。要严格审核把关，据实填报，杜绝漏报、迟报、错报；能从台账提取的数据，"
    "不再要求基层重复报送。\n"
    "（三）加强跟踪问效。对问题清单实行销号管理，整改情况于规定时限前报送，逾期未整改到位的予以"
    "督办。"
)
NOTE_ON_RANKING = (
    "注：按完成率排名，完成率相同的名次并列，其后名次顺延。完成率＝已完成÷应完成（已完成指经审核"
    "通过）；及时率＝按时填报÷已填报；综合得分为按任务权重计算的完成率，满分100分。"
)
NOTE_ON_LEVEL = "各单位完成率相同，不列名次。"
INNER_QUOTES = str.maketrans("“”", "‘’")
LEADING, TRAILING, TASKS_NAMED = 3, 3, 3
TOWNSHIPS_NAMED, VILLAGES_NAMED = 5, 3  # in the body; annex 2 names all townships


def percent(part: Fraction | None) -> str:
    """With one decimal, rounded down: 100% only where nothing is missing."""
    return NONE if part is None else f"{_points(part)}%"


def _points(part: Fraction) -> Decimal:
    return _decimal(part * 100).quantize(Decimal("0.1"), ROUND_FLOOR)


def score(points: Fraction | None) -> str:
    if points is None:
        return NONE
    return f"{_decimal(points).quantize(Decimal('0.01'), ROUND_FLOOR)}"


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def quarter(frozen: Frozen) -> str:
    return f"{frozen.year}年第{QUARTERS[frozen.quarter - 1]}季度"


def title(year: int, number: int) -> str:
    named = f"{year}年第{QUARTERS[number - 1]}季度"
    return f"关于{named}农村基层党建重点任务完成情况的通报"


def issuer(name: str, kind: str) -> str:
    """How the organisation department of a city or county signs: 安阳县委, but 滑县县委."""
    doubled = kind == UnitKind.COUNTY and len(name) == len("滑县")
    committee = "党工委" if kind == UnitKind.ZONE else "县委" if doubled else "委"
    return f"中共{name}{committee}组织部"


def document_number(name: str, year: int, number: int) -> str:
    return f"{name[:1]}组通〔{year}〕{number}号"


def day(date: datetime.date | None) -> str:
    """As it stands under a document; blank to be filled by hand where there is none."""
    return f"{date.year}年{date.month}月{date.day}日" if date else "　　　年　月　日"


def moment(at: datetime.datetime) -> str:
    return f"数据截至{day(at.date())}{at.hour}时{at.minute:02}分"


def headings(level: str) -> list[str]:
    below = UNITS_BELOW[Level(level)]
    return [
        f"{numeral}、{heading.format(below=below)}"
        for numeral, heading in zip(NUMERALS, HEADINGS, strict=False)
    ]


def requirements(level: str) -> str:
    return REQUIREMENTS.format(below=UNITS_BELOW[Level(level)])


def overall(frozen: Frozen, at: datetime.datetime) -> list[str]:
    """一、总体情况."""
    total = frozen.total
    lights = "、".join(f"{LIGHTS[light]}{n}项" for light, n in total.lights.items() if n)
    said = (
        f"{quarter(frozen)}，全{frozen.unit[-1]}应完成重点任务{total.owed}项，"
        f"已完成{total.accepted}项，完成率{percent(total.completion)}；"
        f"已填报{total.reported}项，其中按时填报{total.on_time}项，"
        f"及时率{percent(total.punctuality)}；综合得分{score(total.score)}分。"
    )
    compared = [
        _compared("上季度", total, frozen.before),
        _compared("上年同期", total, frozen.year_before),
    ]
    told = "，".join(part for part in compared if part)
    return [
        said + (f"{told}。" if told else ""),
        f"从进度看，{lights}。（{moment(at)}）",
    ]


def _compared(when: str, now: Tally, before: Tally | None) -> str:
    """The difference of the two shares as they are printed, so that a reader can check it."""
    if before is None or now.completion is None or before.completion is None:
        return ""
    points = _points(now.completion) - _points(before.completion)
    beside = f"与{when}（{percent(before.completion)}）相比，完成率"
    if not points:
        return f"{beside}持平"
    return f"{beside}{'上升' if points > 0 else '下降'}{abs(points)}个百分点"


def by_unit(frozen: Frozen) -> list[str]:
    """各县（市、区）完成情况: who leads, who trails, who moved, which tasks go slowly."""
    ranked = [unit for unit in frozen.units if unit.rank is not None]
    said = [_order(ranked), _moves(ranked), _apart(frozen.units), _slow(frozen.tasks)]
    leads = [(lead, text) for lead, text in said if text]
    return [
        f"（{numeral}）{lead}。{text}"
        for numeral, (lead, text) in zip(NUMERALS, leads, strict=False)
    ]


def _order(ranked: Sequence[UnitFigures]) -> tuple[str, str]:
    text = ""
    if len(ranked) > LEADING + TRAILING:
        text = (
            f"完成率居前的是{_with_shares(ranked[:LEADING])}；"
            f"居后的是{_with_shares(ranked[-TRAILING:])}。"
        )
    elif ranked:
        text = f"完成率从高到低依次为{_with_shares(ranked)}。"
    return "完成率排名", f"{text}排名情况见附件1。" if text else ""


def _with_shares(units: Iterable[UnitFigures]) -> str:
    return "、".join(f"{unit.name}（{percent(unit.tally.completion)}）" for unit in units)


def _moves(ranked: Sequence[UnitFigures]) -> tuple[str, str]:
    up = [unit for unit in ranked if (unit.places_won or 0) > 0]
    down = [unit for unit in ranked if (unit.places_won or 0) < 0]
    moves = [
        f"{word}的有{_with_moves(units)}" for word, units in (("上升", up), ("下降", down)) if units
    ]
    return "位次变化", f"与上季度相比，位次{'；'.join(moves)}。" if moves else ""


def _with_moves(units: Iterable[UnitFigures]) -> str:
    return "、".join(f"{unit.name}（{abs(unit.places_won or 0)}位）" for unit in units)


def _apart(units: Iterable[UnitFigures]) -> tuple[str, str]:
    told = [f"{unit.name}（{unit.not_compared}）" for unit in units if unit.not_compared]
    return "不参与排名单位", f"{'、'.join(told)}。" if told else ""


def _slow(tasks: Sequence[TaskFigures]) -> tuple[str, str]:
    slow = [task for task in tasks[:TASKS_NAMED] if task.accepted < task.owed]
    named = "、".join(f"{_quoted(task.title)}（{percent(task.completion)}）" for task in slow)
    return "完成率较低的任务", f"{named}。" if named else ""


def _quoted(title: str) -> str:
    """With the quotes inside it as those within a quotation."""
    return f"“{title.translate(INNER_QUOTES)}”"


def enclosed() -> tuple[str, str]:
    """What stands under the text about the annexes, line by line."""
    return f"{ANNEX}：1.{RANKING}", f"2.{PROBLEMS}"


def change(unit: UnitFigures) -> str:
    won = unit.places_won
    if won is None:
        return NONE
    return f"↑{won}" if won > 0 else f"↓{-won}" if won < 0 else "持平"


def problems(found: Sequence[Problem]) -> list[str]:
    """四、存在问题: by kind, naming the townships with the most lines; all stand in annex 2."""
    said = []
    kinds = [kind for kind in Kind if any(problem.kind == kind for problem in found)]
    for numeral, kind in zip(NUMERALS, kinds, strict=False):
        of_kind = [problem for problem in found if problem.kind == kind]
        worst = sorted(of_kind, key=lambda p: (-p.lines, found.index(p)))[:TOWNSHIPS_NAMED]
        named = "；".join(f"{place(p)}{where(p, VILLAGES_NAMED)}，共{p.lines}项" for p in worst)
        more = f"；另有{rest}个乡镇（街道）" if (rest := len(of_kind) - len(worst)) else ""
        said.append(f"（{numeral}）{KINDS[kind]}。{named}{more}。详见附件2。")
    return said or ["未发现逾期未报、多次退回、进度严重滞后等问题。"]


def place(problem: Problem) -> str:
    return f"{problem.above}{problem.unit}"


def where(problem: Problem, most: int = 99) -> str:
    """Of a township: itself, its villages by name up to a bound, or both."""
    named, count = problem.villages[:most], problem.village_count
    villages = "、".join(named)
    if count > len(named):
        villages += f"等{count}个村"
    parts = ["本级"] if problem.own else []
    return "及".join([*parts, *([villages] if villages else [])])


def problem(found: Problem) -> str:
    """What annex 2 says of one township."""
    return f"{where(found)}{KINDS[found.kind]}，共{found.lines}项。"
