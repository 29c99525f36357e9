import pytest

from accounts.models import User
from accounts.roles import PERMISSIONS, Role
from tests.world import World

# What the table of permissions must come to, written down a second time.
MAY: dict[str, set[Role]] = {
    "tasks.view_entry": set(Role),
    "villages.view_division": set(Role),
    "tasks.change_entry": {Role.REPORTER, Role.REVIEWER, Role.MANAGER},
    "tasks.review_entry": {Role.REVIEWER, Role.MANAGER},
    "tasks.issue_ledger": {Role.MANAGER},
    "tasks.add_amendment": {Role.MANAGER},
    "tasks.change_rule": {Role.MANAGER},
    "tasks.view_rule": set(Role),
    "tasks.change_specialday": {Role.MANAGER},
    "tasks.view_amendment": set(Role),
    "tasks.add_task": {Role.MANAGER},
    "tasks.change_ledger": {Role.MANAGER},
    "villages.change_division": {Role.MANAGER},
    "accounts.add_user": {Role.MANAGER},
    "accounts.view_user": {Role.MANAGER, Role.AUDITOR},
    "accounts.view_accesslog": {Role.AUDITOR},
    # History and accounts stay: nobody may delete them.
    "accounts.delete_user": set(),
    "tasks.delete_entry": set(),
    "tasks.change_amendment": set(),
    "tasks.delete_amendment": set(),
    "tasks.delete_returnreason": set(),
    "tasks.delete_evidence": set(),
    "tasks.change_entrychange": set(),
    "tasks.delete_entrychange": set(),
    "tasks.change_review": set(),
    "accounts.change_accesslog": set(),
    "accounts.delete_accesslog": set(),
}


@pytest.mark.parametrize("permission", MAY)
@pytest.mark.parametrize("role", Role)
def test_a_role_has_its_permissions_and_no_others(role: Role, permission: str) -> None:
    user = User(username="x", role=role)
    assert user.has_perm(permission) is (role in MAY[permission])


def test_every_permission_of_the_table_exists(db: None) -> None:
    from django.contrib.auth.models import Permission

    stored = {
        f"{app}.{codename}"
        for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert set().union(*PERMISSIONS.values()) - stored == set()


def test_only_managers_and_auditors_of_the_cast_enter_an_app_of_records(world: World) -> None:
    may = {name for name, user in world.users.items() if user.has_module_perms("accounts")}
    assert may == {"city_manager", "linzhou_manager", "city_auditor"}


@pytest.mark.parametrize("role", Role)
def test_a_deactivated_account_may_nothing(role: Role) -> None:
    user = User(username="x", role=role, is_active=False)
    assert user.get_all_permissions() == set()
    assert not user.has_perm("tasks.view_entry")


def test_a_role_says_nothing_about_a_single_object(world: World) -> None:
    reviewer = world.users["linzhou_reviewer"]
    assert not reviewer.has_perm("tasks.review_entry", world.ledger)


def test_a_permission_given_by_hand_does_not_widen_a_role(world: World) -> None:
    from django.contrib.auth.models import Permission

    viewer = world.users["city_viewer"]
    viewer.user_permissions.add(Permission.objects.get(codename="issue_ledger"))
    assert not User.objects.get(pk=viewer.pk).has_perm("tasks.issue_ledger")


def test_the_administrator_may_everything(db: None) -> None:
    root = User.objects.create_superuser("root", name="root")
    assert root.has_perm("accounts.delete_user")
    assert "tasks.issue_ledger" in root.get_all_permissions()
