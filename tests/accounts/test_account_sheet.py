"""The accounts as a workbook, under the rules of their admin."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import translation

from accounts.models import AccessLog, User
from accounts.sheets import AccountSheet
from spreadsheets import actions, writer
from spreadsheets.errors import Stale
from spreadsheets.models import Batch
from spreadsheets.sheet import Target
from tests.admin.pages import browser, page, shown
from tests.spreadsheets import files
from tests.world import NOW, UNITS, World

NAME, PERSON, UNIT, ROLE, ACTIVE, STAFF = (
    "用户名", "姓名", "所属单位", "角色", "是否启用", "能否登录后台",
)  # fmt: skip
NEW = ["new_one", "新同志", "410581101000"]
MANAGER = "linzhou_manager"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def exported(user: User, target: Target | None = None) -> bytes:
    file = io.BytesIO()
    writer.write(AccountSheet(user, target), file)
    return file.getvalue()


def check(user: User, content: bytes) -> Batch:
    return actions.check(AccountSheet, io.BytesIO(content), "账号.xlsx", user)


def rows(world: World, *more: list[Any], who: str = MANAGER, header: Any = None) -> Batch:
    header = header or [NAME, PERSON, UNIT, ROLE, ACTIVE, STAFF]
    return check(world.users[who], files.workbook(header, *more))


def apply(world: World, batch: Batch, who: str = MANAGER) -> Batch:
    return actions.apply(AccountSheet, batch.pk, world.users[who])


def undo(world: World, batch: Batch, who: str = MANAGER) -> Batch:
    return actions.undo(AccountSheet, batch.pk, world.users[who])


def messages(batch: Batch) -> dict[str, str]:
    return {error["cell"]: error["message"] for error in batch.errors}


def line(user: User, **more: Any) -> list[Any]:
    """The row of an account as it stands, but for what is said otherwise."""
    told = {"name": user.name, "unit": user.division and user.division.code, "role": user.role}
    told |= {"active": user.is_active, "staff": user.is_staff} | more
    return [user.username, *told.values()]


@pytest.mark.parametrize("who", [MANAGER, "city_manager"])
def test_an_export_comes_back_as_no_change(who: str, world: World) -> None:
    user = world.users[who]
    batch = check(user, exported(user))
    assert (batch.state, batch.new, batch.changed) == (Batch.State.CHECKED, 0, 0)
    assert batch.unchanged == User.objects.visible_to(user).count()


def test_an_export_names_units_and_roles_and_holds_no_password(world: World) -> None:
    content = exported(world.users[MANAGER], Target(UNITS["hejian"]))
    user = world.users["hejian_reporter"]
    sheet = AccountSheet(world.users[MANAGER])
    assert sheet.row(user)[:7] == [
        *("hejian_reporter", "hejian reporter", UNITS["hejian"], "合涧镇", "填报员", "是", "否")
    ]
    labels = {column.label for column in sheet.columns}
    assert not labels & {"密码", "邮箱", "电子邮箱", "email", "password"}
    # Those of 合涧镇 and its villages alone.
    assert check(world.users[MANAGER], content).unchanged == 4


@pytest.mark.parametrize("unit", ["410581101000", 410581101000, "合涧镇", "林州市合涧镇"])
def test_a_new_account_has_no_password_and_must_choose_one(unit: Any, world: World) -> None:
    batch = apply(world, rows(world, ["new_one", "新同志", unit, "审核员", None, None]))
    user = User.objects.get(username="new_one")
    assert (user.division, user.role) == (world.units["hejian"], "reviewer")
    assert user.must_change_password
    assert not user.has_usable_password()
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    words, address = batch.next_step() or ("", "")
    assert "passwords" in words
    assert address == page("accounts_user")


@pytest.mark.parametrize("unit", ["合涧镇东山村民委员会", "合涧镇东山村", "410581101201"])
def test_a_village_is_named_with_its_township(unit: str, world: World) -> None:
    apply(world, rows(world, ["new_one", "新同志", unit], header=[NAME, PERSON, UNIT]))
    user = User.objects.get(username="new_one")
    assert (user.division, user.role) == (world.units["dongshan"], "viewer")


def test_every_error_is_told_at_its_cell(world: World) -> None:
    batch = rows(
        world,
        ["a b", "张三", "410581101000", "填报员", "是", "否"],
        ["c", None, "东山村", "局长", "也许", 2],
        ["d", "长" * 41, "火星镇", "填报员", "是", "否"],
        ["e", "李四", None, "填报员", "是", "否"],
        [None, "王五", "410581101000", "填报员", "是", "否"],
        ["f", "赵六", "410581101000", "填报员", "是", "否"],
        ["Ｆ".lower(), "钱七", "410581101000", "填报员", "是", "否"],
    )
    found = messages(batch)
    assert set(found) == {"A2", "B3", "C3", "D3", "E3", "F3", "B4", "C4", "C5", "A6", "A8"}
    assert "Several units have this name" in found["C3"]
    assert found["A8"] == "Rows 7 and 8 are about the same; keep one."


def test_an_account_is_moved_renamed_and_switched_off_below_the_own_unit(world: World) -> None:
    user = world.users["hejian_reporter"]
    apply(world, rows(world, line(user, name="老王", unit="临淇镇", active="×", staff="√")))
    user.refresh_from_db()
    assert (user.name, user.division) == ("老王", world.units["linqi"])
    assert (user.is_active, user.is_staff) == (False, True)
    assert user.check_password("correct horse battery")


@pytest.mark.parametrize("unit", ["city", "huaxian", "baidaokou", "feidi", "shiqiao"])
def test_no_account_is_made_or_moved_outside(unit: str, world: World) -> None:
    for row in (
        ["new_one", "新", UNITS[unit], "填报员", "是", "否"],
        line(world.users["hejian_reporter"], unit=UNITS[unit]),
    ):
        batch = rows(world, row)
        assert (batch.state, batch.writes) == (Batch.State.WRONG, 0)
        assert "not yours" in messages(batch)["C2"]
    assert AccessLog.objects.filter(action="refused", subject="accounts").count() == 2


@pytest.mark.parametrize("username", ["baidaokou_reporter", "city_manager", "root", "local"])
def test_an_account_of_others_or_of_the_system_is_told_to_be_so(
    username: str, world: World
) -> None:
    User.objects.create_superuser("root", name="root")
    User.objects.create_superuser("local", name="x", division=world.units["linzhou"])
    batch = rows(world, [username, "新", "410581101000", "填报员", "否", "否"])
    assert "not yours" in messages(batch)["A2"]
    assert username in str(AccessLog.objects.get(action="refused").detail)


def test_an_administrator_changes_every_account(world: World) -> None:
    root = User.objects.create_superuser("root", name="root")
    batch = check(root, exported(root))
    assert (batch.changed, batch.unchanged) == (0, User.objects.count())
    world.users["root"] = root
    apply(world, rows(world, line(world.users["city_auditor"], name="新名"), who="root"), "root")
    assert User.objects.get(username="city_auditor").name == "新名"


def test_nobody_hands_out_a_role_that_may_do_more(world: World) -> None:
    batch = rows(
        world,
        [*NEW, "审计员", "是", "否"],
        line(world.users["hejian_reporter"], role="审计员"),
    )
    assert set(messages(batch)) == {"D2", "D3"}
    assert rows(world, [*NEW, "管理员", "是", "否"]).new == 1


def test_an_account_that_may_do_more_is_left_as_it_is(world: World) -> None:
    auditor = world.users["city_auditor"]
    batch = rows(world, line(auditor, active="否"), who="city_manager")
    assert ["may do more than yours" in text for text in messages(batch).values()] == [True]
    assert rows(world, line(auditor), who="city_manager").unchanged == 1


@pytest.mark.parametrize(
    ("column", "cell"),
    [({"role": "填报员"}, "D2"), ({"active": "否"}, "E2"), ({"staff": "否"}, "F2")],
)
def test_nobody_changes_their_own_access(column: dict[str, str], cell: str, world: World) -> None:
    batch = rows(world, line(world.users[MANAGER], **column))
    assert messages(batch) == {cell: "Nobody changes this of the own account."}
    assert rows(world, line(world.users[MANAGER], name="我")).changed == 1


@pytest.mark.parametrize(
    "who", ["hejian_reporter", "linzhou_reviewer", "city_viewer", "city_auditor"]
)
def test_only_managers_import_accounts(who: str, world: World) -> None:
    with pytest.raises(PermissionDenied):
        rows(world, [*NEW, "填报员", "是", "否"], who=who)


@pytest.mark.parametrize(
    ("who", "status"), [("city_manager", 200), ("city_auditor", 200), ("city_viewer", 403)]
)
def test_who_reads_accounts_opens_the_sheet(who: str, status: int, world: World) -> None:
    assert browser(world, who).get("/sheets/accounts/").status_code == status


def test_an_account_promoted_since_the_preview_stops_all(world: World) -> None:
    batch = rows(world, line(world.users["hejian_reporter"], active="否"))
    User.objects.filter(username="hejian_reporter").update(role="auditor")
    with pytest.raises(Stale, match=r"hejian reporter.*角色 审计员"):
        apply(world, batch)
    assert User.objects.get(username="hejian_reporter").is_active


def test_an_account_made_elsewhere_since_the_preview_stops_all(world: World) -> None:
    batch = rows(world, [*NEW, "填报员", "是", "否"])
    User.objects.create_user("new_one", name="x", division=world.units["baidaokou"])
    with pytest.raises(Stale, match="new_one"):
        apply(world, batch)
    assert User.objects.get(username="new_one").division == world.units["baidaokou"]


def test_a_manager_who_has_moved_away_applies_nothing(world: World) -> None:
    batch = rows(world, [*NEW, "填报员", "是", "否"])
    world.users[MANAGER].division = world.units["huaxian"]
    world.users[MANAGER].save()
    with pytest.raises(Stale, match="not yours"):
        apply(world, batch)
    assert not User.objects.filter(username="new_one").exists()


def test_undoing_removes_the_new_accounts_and_writes_back_the_others(world: World) -> None:
    def all_of_it() -> list[Any]:
        return list(User.objects.order_by("pk").values())

    before = all_of_it()
    changed = line(world.users["hejian_reporter"], name="老王", role="审核员")
    batch = apply(world, rows(world, [*NEW, "填报员", "是", "否"], changed))
    assert len(all_of_it()) == len(before) + 1
    undo(world, batch)
    assert all_of_it() == before


def test_an_account_that_was_used_since_stays(world: World) -> None:
    batch = apply(world, rows(world, [*NEW, "填报员", "是", "否"]))
    new = User.objects.get(username="new_one")
    for change in ({"last_login": NOW}, {"password": "md5$x$y"}):
        User.objects.filter(pk=new.pk).update(**change)
        with pytest.raises(Stale, match="new_one"):
            undo(world, batch)
        User.objects.filter(pk=new.pk).update(last_login=None, password=new.password)
    AccessLog.note(new, AccessLog.Action.EXPORT, "x")
    with pytest.raises(Stale, match="refers to it"):
        undo(world, batch)
    assert User.objects.filter(pk=new.pk).exists()


def test_the_list_leads_to_the_sheet(world: World) -> None:
    text = shown(browser(world, MANAGER).get(page("accounts_user")))
    assert f'href="{reverse("spreadsheets:sheet", args=["accounts"])}"' in text
    text = shown(browser(world, MANAGER).get(page("villages_villageprofile")))
    assert f'href="{reverse("spreadsheets:sheet", args=["village_profiles"])}"' in text


def test_every_sheet_that_is_taken_out_is_noted(world: World) -> None:
    client = browser(world, MANAGER)
    for name in ("accounts", "divisions", "village_profiles"):
        b"".join(client.get(f"/sheets/{name}/download/").streaming_content)  # type: ignore[attr-defined]
    noted = AccessLog.objects.filter(action="export", user=world.users[MANAGER])
    assert set(noted.values_list("subject", flat=True)) == {
        *("accounts", "divisions", "village_profiles")
    }


def test_the_telephone_of_the_desk_comes_in_and_goes_out(world: World) -> None:
    row = ["hejian_reporter", "hejian reporter", UNITS["hejian"], "0372-6212345"]
    apply(world, rows(world, row, header=[NAME, PERSON, UNIT, "办公电话"]))
    user = User.objects.get(username="hejian_reporter")
    assert user.office_phone == "0372-6212345"
    assert AccountSheet(world.users[MANAGER]).row(user)[7] == "0372-6212345"
    too_long = [*row[:3], "0" * 21]
    batch = rows(world, too_long, header=[NAME, PERSON, UNIT, "办公电话"])
    assert set(messages(batch)) == {"D2"}
