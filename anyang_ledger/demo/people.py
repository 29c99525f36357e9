"""The accounts of the demo city; every name is plainly made up."""

from collections.abc import Iterator
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.roles import Role
from anyang_ledger.demo.scale import SEED
from villages.models import Division, Level

PASSWORD = "anyang-demo-2026"  # noqa: S105 - printed for whoever tries the demo
ADMINISTRATOR = "admin"
CITY_MANAGER = "city"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
GIVEN_NAMES = ("测试", "示范", "演示", "样例", "试用", "范例", "示例", "模拟")
KEEPS_RECORDS = (Role.MANAGER, Role.AUDITOR)
WRITE_BATCH = 1_000


def put(divisions: list[Division]) -> None:
    """Write the accounts of these divisions and of the administrator.

    The password is hashed once: 3,000 slow hashes would take many minutes.
    """
    rng = Random(f"{SEED} people")
    password = make_password(PASSWORD)
    accounts = [User(username=ADMINISTRATOR, is_superuser=True, is_staff=True)]
    for division in divisions:
        for username, role in usernames(division):
            accounts.append(User(username=username, division=division, role=role))
    for account in accounts:
        account.name = rng.choice(SURNAMES) + rng.choice(GIVEN_NAMES)
        account.password = password
        account.is_staff = account.is_superuser or account.role in KEEPS_RECORDS
    User.objects.bulk_create(accounts, batch_size=WRITE_BATCH)


def usernames(division: Division) -> list[tuple[str, str]]:
    """User name and role of every account at a division."""
    match division.level:
        case Level.CITY:
            return [
                (CITY_MANAGER, Role.MANAGER),
                (f"{CITY_MANAGER}_viewer", Role.VIEWER),
                ("auditor", Role.AUDITOR),
            ]
        case Level.COUNTY:
            return [
                (county_reviewer(division), Role.REVIEWER),
                (f"{county_reviewer(division)}_viewer", Role.VIEWER),
                (f"manager_{division.code[:6]}", Role.MANAGER),
            ]
        case Level.TOWNSHIP:
            return [
                (town_reporter(division), Role.REPORTER),
                (town_reviewer(division), Role.REVIEWER),
            ]
        case _:
            return [(village_reporter(division), Role.REPORTER)]


def county_reviewer(county: Division) -> str:
    return f"county_{county.code[:6]}"


def town_reporter(township: Division) -> str:
    return f"town_{township.code[:9]}"


def town_reviewer(township: Division) -> str:
    return f"town_{township.code[:9]}_review"


def village_reporter(village: Division) -> str:
    return f"village_{village.code}"


def examples() -> Iterator[User]:
    """One account to sign in with for each kind of work, the city first."""
    wanted = [
        (Level.CITY, Role.MANAGER),
        (Level.COUNTY, Role.REVIEWER),
        (Level.TOWNSHIP, Role.REPORTER),
        (Level.TOWNSHIP, Role.REVIEWER),
        (Level.VILLAGE, Role.REPORTER),
    ]
    accounts = User.objects.select_related("division").order_by("username")
    for level, role in wanted:
        account = accounts.filter(division__level=level, role=role).first()
        if account is not None:
            yield account
