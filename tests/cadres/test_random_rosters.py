"""Whatever a roster says: it comes back as no change, and its undoing leaves nothing behind."""

import random
from typing import Any

import pytest
from django.utils import translation

from cadres.models import Person, Posting, TeamMember, facts_of
from cadres.sheets import FirstSecretarySheet, TeamMemberSheet, words
from spreadsheets import actions
from tests.cadres import teams
from tests.cadres.rosters import FIRST, MEMBER, apply, check, counts, exported, rows
from tests.world import World

VACANT = [
    ("合涧镇", "南平"),
    ("临淇镇", "东山"),
    ("临淇镇", "北平"),
    ("桂园街道", "城边"),
    ("飞地乡", "飞来"),
]
ENDINGS = ("村", "村委会", "村民委员会", "")
STATUSES = sorted(set(words.STATUSES) - {words.LOOSE_MEMBER})


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


def stands() -> list[dict[str, Any]]:
    """What all rows say, but for what tells how often they were written."""
    tables = (Person, Posting, TeamMember)
    return [facts_of(row) for table in tables for row in table.objects.order_by("pk")]


def month(chance: random.Random, first: int, last: int) -> Any:
    year, of_year = chance.randint(first, last), chance.randint(1, 12)
    return chance.choice(
        [
            f"{year}.{of_year:02}",
            f"{year}.{of_year}",
            f"{year}{of_year:02}",
            f"{year}年{of_year}月",
            f"{year}/{of_year}",
            f"{year}-{of_year:02}-17",
        ]
    )


def person(chance: random.Random, number: int) -> dict[str, Any]:
    phone = f"139{chance.randint(0, 99_999_999):08}"
    return {
        "姓名": chance.choice(["样{}", "样　{}", " 样{} "]).format("零一二三四五六七八九"[number]),
        "性别": chance.choice(["男", "女"]),
        "民族": chance.choice(["汉", "汉族", "回", "满族", None]),
        "出生年月": month(chance, 1966, 1995),
        "入党时间": month(chance, 1997, 2019),
        "学历": chance.choice(sorted(words.EDUCATIONS)),
        "联系电话": chance.choice(
            [phone, int(phone), f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", None]
        ),
        "备注": chance.choice([None, "驻村", "第一行\n第二行"]),
    }


def first_secretaries(chance: random.Random) -> bytes:
    told = []
    for number, (township, village) in enumerate(VACANT):
        says = {
            "乡（镇、街道）": township,
            "派驻村": village + chance.choice(ENDINGS),
            "身份": chance.choice(sorted(words.IDENTITIES)),
            "选派单位": chance.choice(["测试市农业农村局", "测试市直新单位", "测试市文化广电局"]),
            "任职时间": month(chance, 2023, 2025),
            "拟到期时间": chance.choice([None, month(chance, 2026, 2028)]),
            "是否退职干部": chance.choice(["√", "是", "否", None]),
        }
        told.append(person(chance, number) | says)
    return rows(*told, of=FIRST)


def members(chance: random.Random) -> bytes:
    told = []
    for number, (township, village) in enumerate(VACANT):
        party = chance.choice([None, "书记", "副书记", "委员"])
        says = {
            "乡（镇、街道）": township,
            "村名": village + chance.choice(ENDINGS),
            "党组织职务": party,
            "村委会职务": chance.choice(["主任", "副主任", "委员"]),
            "监委会职务": chance.choice([None, "委员"]),
            "政治面貌": "中共党员" if party else chance.choice(STATUSES),
            "任现职时间": month(chance, 2019, 2025),
            "是否新任": chance.choice(["√", "是", "否", None]),
            "是否返乡人员": chance.choice(["√", "×", None]),
        }
        told.append(person(chance, number) | says)
    return rows(*told, of=MEMBER)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("sheet", "made"), [(FirstSecretarySheet, first_secretaries), (TeamMemberSheet, members)]
)
def test_any_roster_goes_in_and_comes_back_and_goes_again(
    world: World, sheet: Any, made: Any, seed: int
) -> None:
    user = world.users["city_manager"]
    teams.term()
    before = stands()
    content = made(random.Random(seed))
    batch = apply(sheet, content, user)
    assert batch.new == len(VACANT)
    for again in (content, exported(sheet, user), exported(sheet, user, reveal=True)):
        looked = check(sheet, again, user)
        assert (looked.errors, counts(looked)[:2]) == ([], (0, 0))
    actions.undo(sheet, batch.pk, user)
    assert stands() == before
