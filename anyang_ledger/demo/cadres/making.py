"""Persons by lot: names that nobody bears, months of birth, careers that fit them."""

import datetime
from collections.abc import Sequence
from functools import cache
from random import Random

from anyang_ledger.demo.scale import SEED
from cadres.models import Education, IdentityType, Organization, Person, PoliticalStatus, Rank, Sex
from villages.models import Division
from villages.pinyin import search_key

WRITE_BATCH = 1_000
# 示, 测, 样: example, test, sample. Families that do not exist.
FAMILIES = "示测样例试演范甲乙丙丁"
GIVEN = "一二三四五六七八九十东西南北春夏秋冬山川林泉"
POSITIONS = {
    Rank.CLERK: (("科员", "一级科员"), ("办事员", "二级科员")),
    Rank.DEPUTY_SECTION: (("副科长", "四级主任科员"), ("副科长", "三级主任科员")),
    Rank.SECTION: (("科长", "一级主任科员"), ("科长", "二级主任科员")),
    Rank.DEPUTY_DIVISION: (("副县长", "四级调研员"), ("县委常委", "三级调研员")),
}


class Maker:
    """Makes persons one after the other; the same ones every time for the same purpose."""

    def __init__(self, purpose: str) -> None:
        self.rng = Random(f"{SEED} {purpose}")

    def person(
        self,
        division: Division,
        born: tuple[int, int],
        organization: Organization | None = None,
        ranks: Sequence[Rank] = (),
    ) -> Person:
        """Somebody born in those years, the last one included; not stored yet."""
        rng = self.rng
        birth = f"{rng.randint(*born)}-{rng.randint(1, 12):02}"
        position, rank = rng.choice(POSITIONS[rng.choice(ranks)]) if ranks else ("", "")
        person = Person(
            name=rng.choice(FAMILIES) + rng.choice(GIVEN) + rng.choice(GIVEN),
            sex=rng.choices((Sex.MALE, Sex.FEMALE), (7, 3))[0],
            ethnicity=rng.choices(("汉族", "回族"), (97, 3))[0],
            birth=birth,
            political_status=PoliticalStatus.MEMBER,
            party_joined=f"{int(birth[:4]) + rng.randint(20, 28)}-07",
            education=rng.choices(list(Education)[:3], (2, 12, 5))[0],
            organization=organization,
            position=position,
            rank=rank,
            rank_level=Rank.from_words(rank, position),
            division=division,
            pinyin="",
        )
        person.pinyin = spelled(person.name)
        if organization:
            person.identity_type = rng.choice(list(IdentityType)[:3])
            person.phone = f"130{rng.randint(0, 10**8 - 1):08}"
        return person


@cache
def spelled(name: str) -> str:
    return search_key(name)


def store(persons: list[Person]) -> None:
    Person.objects.bulk_create(persons, batch_size=WRITE_BATCH)


def day(year: int, month: int) -> datetime.date:
    return datetime.date(year, month, 1)
