import datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.backends import RoleBackend
from accounts.models import AccessLog, User
from accounts.roles import Role
from tasks.models import Entry
from tests.refusals import refused_by
from tests.world import CAST, World


def names(users: object) -> set[str]:
    return {user.username for user in users}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("who", "units"),
    [
        ("hejian_reporter", {"hejian", "dongshan", "xishan"}),
        ("huaxian_reviewer", {"huaxian", "baidaokou"}),
        ("dongshan_reporter", {"dongshan"}),
    ],
)
def test_accounts_are_seen_within_the_own_division(world: World, who: str, units: set[str]) -> None:
    seen = names(User.objects.visible_to(world.users[who]))
    assert seen == {name for name, (unit, _role) in CAST.items() if unit in units}


def test_the_city_sees_all_accounts_but_those_without_a_division(world: World) -> None:
    root = User.objects.create_superuser("root", name="root")
    assert names(User.objects.visible_to(world.users["city_manager"])) == set(CAST)
    assert names(User.objects.visible_to(root)) == {*CAST, "root"}


def test_only_an_administrator_without_a_division_sees_everything(world: World) -> None:
    root = User.objects.create_superuser("root", name="root")
    local = User.objects.create_superuser("local", name="x", division=world.units["hejian"])
    assert root.sees_everything
    assert not local.sees_everything
    assert not any(user.sees_everything for user in world.users.values())
    assert Entry.objects.visible_to(local).count() < Entry.objects.count()


def test_an_account_without_a_division_sees_nothing(world: World) -> None:
    nobody = User.objects.create_user("nobody", name="x", role=Role.MANAGER)
    assert nobody.level is None
    for queryset in (User.objects, Entry.objects, AccessLog.objects):
        assert not queryset.visible_to(nobody).exists()


def test_a_mover_loses_the_old_division_at_once(world: World) -> None:
    mover = world.users["hejian_reviewer"]
    User.objects.filter(pk=mover.pk).update(division=world.units["baidaokou"])
    again = RoleBackend().get_user(mover.pk)
    assert again is not None
    old, new = world.entry("dongshan", "income"), world.entry("shiqiao", "income")
    for rows in (Entry.objects.visible_to(again), Entry.objects.fillable_by(again)):
        assert not rows.filter(pk=old.pk).exists()
        assert rows.filter(pk=new.pk).exists()
    assert "dongshan_reporter" not in names(User.objects.visible_to(again))


def test_who_is_made_a_viewer_loses_the_right_to_fill_at_once(world: World) -> None:
    reporter = world.users["dongshan_reporter"]
    assert Entry.objects.fillable_by(reporter).exists()
    User.objects.filter(pk=reporter.pk).update(role=Role.VIEWER)
    again = RoleBackend().get_user(reporter.pk)
    assert again is not None
    assert not Entry.objects.fillable_by(again).exists()


def test_a_deactivated_account_is_nobody_on_the_next_request(world: World) -> None:
    user = world.users["city_manager"]
    assert RoleBackend().get_user(user.pk) == user
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert RoleBackend().get_user(user.pk) is None


def test_the_account_comes_with_its_division_in_one_query(
    world: World, django_assert_num_queries: object
) -> None:
    pk = world.users["dongshan_reporter"].pk
    with django_assert_num_queries(1):  # type: ignore[operator]
        user = RoleBackend().get_user(pk)
        assert user is not None
        assert user.level == "village"


def test_an_account_is_called_by_its_persons_name() -> None:
    user = User(username="zhang", name="张三")
    assert (str(user), user.get_full_name(), user.get_short_name()) == ("张三", "张三", "张三")
    assert str(User(username="zhang")) == "zhang"


def test_the_access_log_is_seen_above_the_account_that_it_names(world: World) -> None:
    AccessLog.note(world.users["hejian_reporter"], AccessLog.Action.EXPORT, "台账", rows=3)
    AccessLog.note(None, AccessLog.Action.REFUSED, "/x")
    line = AccessLog.objects.get(action="export")
    assert line.detail == {"rows": 3}
    assert list(AccessLog.objects.visible_to(world.users["city_auditor"])) == [line]
    assert list(AccessLog.objects.visible_to(world.users["hejian_reviewer"])) == [line]
    assert not AccessLog.objects.visible_to(world.users["huaxian_reviewer"]).exists()
    root = User.objects.create_superuser("root", name="root")
    assert AccessLog.objects.visible_to(root).count() == 2


def test_the_access_log_keeps_a_long_subject_short_enough(world: World) -> None:
    AccessLog.note(world.users["city_viewer"], AccessLog.Action.EXPORT, "长" * 300)
    assert len(AccessLog.objects.get().subject) == 200


def test_the_access_log_tells_the_time_in_china() -> None:
    at = datetime.datetime(2026, 10, 1, 17, 30, tzinfo=datetime.UTC)
    assert str(AccessLog(at=at, action="export")).startswith("2026-10-02 01:30")


def test_the_access_log_knows_its_actions(world: World) -> None:
    refused_by("access_log_action_is_known", AccessLog(action="looked", subject="x"))


def test_a_user_name_is_taken_once(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("city_viewer", name="x")
