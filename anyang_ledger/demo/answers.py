"""What is written into a line: values that grow by quarter, short sentences, reasons."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from anyang_ledger.demo.diligence import Diligence
from anyang_ledger.demo.ledger import Habit
from tasks.models import Entry, Task


@dataclass(frozen=True)
class Return:
    """Why something comes back: in words, the cell that is meant (none: the line), the reason."""

    words: str
    part: str
    reason: str


CENT, WHOLE = Decimal("0.01"), Decimal("1.00")
FAST = 0.08
PROBLEMS = (
    "部分群众外出务工，集中组织有难度。",
    "资料整理不够及时，个别台账不完整。",
    "资金到位较慢，影响工作进度。",
    "村干部年龄偏大，信息化操作不熟练。",
)
NEXT_STEPS = (
    "下季度利用晚间和节假日错时组织。",
    "安排专人整理台账，月底前补齐。",
    "加强与主管部门对接，争取资金尽快到位。",
    "组织一次业务培训，由包村干部帮带。",
)
RETURNS = (
    Return("进展情况过于笼统，请写明具体做法和时间。", "narrative", "vague"),
    Return("缺少会议记录、公示照片等佐证，请补充说明。", "narrative", "no_evidence"),
    Return("请写明涉及的户数和具体时间。", "narrative", "incomplete"),
    Return("与包村干部了解的情况不一致，请核实后重报。", "", "not_so"),
)
RETURNS_OF_NUMBERS = (
    Return("数值与佐证材料不一致，请核对后重新填报。", "value", "wrong_figure"),
    Return("数值单位可能有误，请核实后重报。", "value", "wrong_measure"),
    Return("数值变化较大，请核实并说明原因。", "value", "unexplained"),
)
CORRECTED = "已按退回意见核实补充。"
# Of the values of the second and third quarter, this share jumps, and is explained.
SURPRISES, JUMP = 0.03, Decimal("1.9")
EXPLANATIONS = (
    "本季度集中开展专项活动，次数较上季度明显增加，已附活动记录。",
    "上季度因农忙任务推迟，本季度集中补做。",
    "按照上级统一部署开展集中走访，数量增加较多，台账可查。",
)


def surprise(task: Task, quarter: int, value: Decimal | None, rng: Random) -> Decimal | None:
    """Now and then more than anybody expects; only where it would not hold for ever."""
    counted = task.measure == Task.Measure.NUMBER and task.unit != "%"
    if not counted or task.is_cumulative or quarter not in (2, 3) or rng.random() >= SURPRISES:
        return value
    return (value * JUMP).quantize(Decimal(1), ROUND_HALF_UP).quantize(CENT) if value else value


@dataclass(frozen=True)
class Course:
    """How one unit fares with one task over the year: 1.0 reaches the target just in time."""

    pace: float
    applies: bool = True


def course(task: Task, habit: Habit, diligence: Diligence, rng: Random) -> Course:
    """Most keep up; some fall behind by enough points of the target to turn the light."""
    applies = rng.random() >= habit.not_applicable
    luck = rng.random()
    expected = 75 if task.is_cumulative else 100
    if luck < diligence.very_slow:
        return Course(1 - rng.uniform(23, 45) / expected, applies)
    if luck < diligence.very_slow + diligence.slow:
        return Course(1 - rng.uniform(11.5, 18.5) / expected, applies)
    if luck > 1 - FAST:
        return Course(rng.uniform(1.4, 1.8), applies)
    return Course(rng.uniform(1.0, 1.2), applies)


def content(
    task: Task, quarter: int, habit: Habit, on_course: Course, rng: Random
) -> dict[str, Any]:
    """Everything a reporter fills in, complete enough to be submitted."""
    written = {"value": None, "nothing": "", "narrative": "", "problems": "", "next_steps": ""}
    if not on_course.applies:
        return written | {"nothing": Entry.Nothing.NOT_APPLICABLE.value}
    if rng.random() < habit.nil:
        return written | {"nothing": Entry.Nothing.NIL.value}
    in_words = task.measure == Task.Measure.TEXT
    if in_words or rng.random() < 0.3:
        written["narrative"] = rng.choice(habit.narratives)
    if rng.random() < 0.06:
        which = rng.randrange(len(PROBLEMS))
        written |= {"problems": PROBLEMS[which], "next_steps": NEXT_STEPS[which]}
    return written | {"value": None if in_words else _value(task, quarter, on_course, rng)}


def return_of(task: Task, value: Decimal | None, rng: Random, part: str = "") -> Return:
    """Why a line comes back; where a part is named, for a reason that is about it."""
    if part:
        return rng.choice([each for each in RETURNS if each.part == part])
    is_number = task.measure == Task.Measure.NUMBER and value is not None
    return rng.choice(RETURNS + RETURNS_OF_NUMBERS if is_number else RETURNS)


def _value(task: Task, quarter: int, on_course: Course, rng: Random) -> Decimal:
    if task.measure == Task.Measure.YES_NO:
        return WHOLE if rng.random() < 0.97 else Decimal("0.00")
    if task.target is None:
        return Decimal(rng.randint(1, 6)).quantize(CENT)
    share = quarter / 4 if task.is_cumulative else 1
    value = Decimal(float(task.target) * share * on_course.pace * rng.uniform(0.98, 1.03))
    if task.unit == "万元":
        return value.quantize(CENT)
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    return min(whole, Decimal(100) if task.unit == "%" else whole).quantize(CENT)
