"""The roster of all village teams: 2,980 × 5 members, checked and applied with their history."""

import gc
import io
from collections.abc import Iterator

import openpyxl

from accounts.models import User
from bench import city
from bench.databases import use
from bench.excel import READ, UNIT, read_all
from bench.measure import Run, Times, Work, cpu
from bench.table import Line
from cadres.models import CadreChange, Person, TeamMember, Term, VillageTeam
from cadres.models.identity import CHECKS, WEIGHTS
from cadres.sheets import TeamMemberSheet
from spreadsheets import actions
from spreadsheets.layout import HEADER_ROW
from spreadsheets.models import Batch
from villages.models import Division, Level

IN_A_TEAM = 5
MEMBERS = city.VILLAGES * IN_A_TEAM
GOAL = 3.0
AT_MOST_ROUNDS = 3
SURNAMES = "测试样例示甲乙丙丁戊己庚辛壬癸天地玄黄宇宙洪荒日月盈昃"
GIVEN = "一二三四五六七八九十百千万东西南北中山川河湖江海春夏秋冬"
POSITIONS = (
    ("书记", "主任", None),
    ("副书记", "委员", None),
    ("委员", None, "主任"),
    (None, "副主任", None),
    (None, "委员", "委员"),
)


def members(run: Run) -> Iterator[Line]:
    use("members", build)
    user = User.objects.select_related("division").get(username=city.CITY)
    raw = workbook()
    steps = Steps(user, raw)
    works: dict[str, Work] = {
        "read": lambda: read_all(raw),
        "check": steps.check,
        "apply": steps.apply,
        "again": steps.check_again,
    }
    times = {name: Times() for name in works}
    for _ in range(run.heavy_rounds(AT_MOST_ROUNDS)):
        steps.reset()
        for name, work in works.items():
            gc.collect()
            times[name].seconds.append(cpu(work))
    p50 = {name: measured.p50 for name, measured in times.items()}
    read, n = p50["read"], f"{MEMBERS:,} members"
    yield Line(f"check {n}", p50["check"], read, READ, UNIT)
    yield Line(f"apply {n}", p50["apply"], read, READ, UNIT)
    both = p50["check"] + p50["apply"]
    yield Line(f"check and apply {n}", both, read, READ, UNIT, GOAL)
    yield Line("check again, 0 changes", p50["again"], read, READ, UNIT)


def build() -> None:
    city.lay(counties=city.COUNTIES, townships=city.TOWNSHIPS, tasks=1, quarters="4")
    Term.objects.create(year=2021, name="2021年换届", started="2021-01-04")


class Steps:
    """The steps of one import, each leaving what the next one needs."""

    def __init__(self, user: User, raw: bytes) -> None:
        self.user, self.raw, self.batch = user, raw, Batch()

    def check(self) -> None:
        self.batch = self._check()
        _expect(self.batch.new, "new", self.batch.errors)

    def apply(self) -> None:
        batch = actions.apply(TeamMemberSheet, self.batch.pk, self.user, confirmed=True)
        _expect(batch.writes, "applied")

    def check_again(self) -> None:
        again = self._check()
        _expect(again.unchanged, "unchanged", again.errors)

    def _check(self) -> Batch:
        return actions.check(TeamMemberSheet, io.BytesIO(self.raw), "a.xlsx", self.user)

    @staticmethod
    def reset() -> None:
        for model in (Batch, CadreChange, TeamMember, VillageTeam, Person):
            model.objects.all().delete()


def _expect(count: int, what: str, errors: object = None) -> None:
    if count != MEMBERS:
        raise RuntimeError(f"{count} rows {what}, not {MEMBERS}: {str(errors)[:500]}")


def workbook() -> bytes:
    """The official columns, filled for everybody."""
    sheet = TeamMemberSheet(None)
    labels = [column.label for column in sheet.columns if not column.hidden]
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("花名册")
    for _ in range(HEADER_ROW - 1):
        page.append(["村“两委”班子成员花名册"])
    page.append(labels)
    villages = Division.objects.filter(level=Level.VILLAGE).select_related("parent")
    for place, village in enumerate(villages.order_by("code")):
        for number, positions in enumerate(POSITIONS):
            row = _member(place * IN_A_TEAM + number, positions)
            row |= {"乡（镇、街道）": village.parent and village.parent.name, "村名": village.name}
            page.append([row.get(label) for label in labels])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _member(n: int, positions: tuple[str | None, ...]) -> dict[str, object]:
    year, month = 1965 + n % 30, n % 12 + 1
    first, second = divmod(n // len(SURNAMES), len(GIVEN))
    name = SURNAMES[n % len(SURNAMES)] + GIVEN[first % len(GIVEN)] + GIVEN[second]
    party = positions[0] is not None
    return {
        "序号": n + 1,
        "姓名": name,
        "性别": "女" if n % 3 == 0 else "男",
        "民族": "汉族",
        "出生年月": f"{year}.{month:02}",
        "身份证号": _identity(n, year, month),
        "政治面貌": "中共党员" if party else "群众",
        "入党时间": f"{year + 24}.07" if party else None,
        "学历": ("大专", "高中", "初中")[n % 3],
        "毕业院校及专业": "测试农业学校 农学" if n % 3 == 0 else None,
        "党组织职务": positions[0],
        "村委会职务": positions[1],
        "监委会职务": positions[2],
        "是否“一肩挑”": "是" if positions[:2] == ("书记", "主任") else "否",
        "是否交叉任职": "是" if positions[0] and positions[1] else "否",
        "是否新任": "是" if n % 2 else "否",
        "任现职时间": "2021.03",
        "是否致富带头人": "是" if n % 5 == 0 else "否",
        "是否退役军人": "是" if n % 9 == 0 else "否",
        "是否返乡人员": "否",
        "是否大学毕业生": "否",
        "联系电话": f"138{n % 100_000_000:08}",
        "备注": "性能测试" if n % 50 == 0 else None,
    }


def _identity(n: int, year: int, month: int) -> str:
    serial = n % 500 * 2 + (n % 3 != 0)
    body = f"4105{n // 500 % 100:02}{year}{month:02}01{serial:03}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + CHECKS[total % 11]
