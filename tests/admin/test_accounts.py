import datetime

import pytest
from django.test import Client

from accounts.models import User
from tests.admin.pages import browser, errors, page, send, shown
from tests.world import NOW, PASSWORD, World

NEW = {"username": "new", "name": "新同志", "role": "reporter"}
PASSWORDS = {"password1": "blue kettle 4417", "password2": "blue kettle 4417"}


def added(world: World, who: str, unit: str, **more: object) -> User | None:
    typed = NEW | PASSWORDS | {"division": world.units[unit].pk} | more
    send(browser(world, who), page("accounts_user", "add"), **typed)
    return User.objects.filter(username="new").first()


def test_a_new_account_changes_its_password_at_the_first_sign_in(world: World) -> None:
    user = added(world, "linzhou_manager", "hejian")
    assert user is not None
    assert user.must_change_password
    assert (user.name, user.role, user.is_staff, user.is_superuser) == (
        "新同志",
        "reporter",
        False,
        False,
    )
    client = Client()
    assert client.login(username="new", password=PASSWORDS["password1"])
    assert client.get("/")["Location"] == "/accounts/password/"


@pytest.mark.parametrize("unit", ["city", "huaxian", "baidaokou", "feidi"])
def test_a_county_makes_no_account_outside(world: World, unit: str) -> None:
    assert added(world, "linzhou_manager", unit) is None


def test_an_account_without_a_division_is_refused(world: World) -> None:
    assert added(world, "linzhou_manager", "hejian", division="") is None


@pytest.mark.parametrize("extra", [{"is_superuser": "on"}, {"is_staff": "on"}])
def test_a_field_that_is_not_on_the_form_is_not_taken(world: World, extra: dict[str, str]) -> None:
    user = added(world, "linzhou_manager", "hejian", **extra)
    assert user is not None
    assert not user.is_superuser
    assert not user.is_staff


def test_a_weak_password_is_refused(world: World) -> None:
    short = {"password1": "short", "password2": "short"}
    assert added(world, "linzhou_manager", "hejian", **short) is None


def test_a_county_moves_no_account_out(world: World) -> None:
    user = world.users["hejian_reporter"]
    client = browser(world, "linzhou_manager")
    address = page("accounts_user", "change", user.pk)
    answer = send(client, address, division=world.units["baidaokou"].pk)
    assert answer.status_code == 200
    assert errors(answer)
    user.refresh_from_db()
    assert user.division == world.units["hejian"]
    assert send(client, address, division=world.units["linqi"].pk).status_code == 302
    user.refresh_from_db()
    assert user.division == world.units["linqi"]


def test_administrators_are_nobodys_to_see_or_change(world: World) -> None:
    local = User.objects.create_superuser("local", name="x", division=world.units["linzhou"])
    for who in ("linzhou_manager", "city_manager"):
        client = browser(world, who)
        assert ">local<" not in shown(client.get(page("accounts_user")))
        assert client.get(page("accounts_user", "change", local.pk)).status_code == 404
        address = page("auth_user_password", "change", local.pk)
        assert client.post(address, PASSWORDS).status_code == 404
    local.refresh_from_db()
    assert not local.check_password(PASSWORDS["password1"])


def test_a_manager_becomes_no_administrator(world: World) -> None:
    me = world.users["linzhou_manager"]
    address = page("accounts_user", "change", me.pk)
    extra = {"is_superuser": "on", "division": world.units["city"].pk}
    assert send(browser(world, "linzhou_manager"), address, **extra).status_code == 200
    send(
        browser(world, "linzhou_manager"), address, is_superuser="on", is_staff="on", is_active="on"
    )
    me.refresh_from_db()
    assert not me.is_superuser
    assert me.division == world.units["linzhou"]


def test_a_password_handed_out_anew_is_changed_and_unlocks(world: World) -> None:
    user = world.users["hejian_reporter"]
    locked = NOW + datetime.timedelta(minutes=20)
    User.objects.filter(pk=user.pk).update(locked_until=locked, failed_sign_ins=3)
    address = page("auth_user_password", "change", user.pk)
    typed = PASSWORDS | {"usable_password": "true", "set-password": "x"}
    assert browser(world, "linzhou_manager").post(address, typed).status_code == 302
    user.refresh_from_db()
    assert user.check_password(PASSWORDS["password1"])
    assert user.must_change_password
    assert (user.locked_until, user.failed_sign_ins) == (None, 0)
    client = Client()
    data = {"username": "hejian_reporter", "password": PASSWORDS["password1"]}
    assert client.post("/accounts/sign-in/", data).status_code == 302
    assert client.get("/")["Location"] == "/accounts/password/"


def test_a_password_of_another_county_is_not_touched(world: World) -> None:
    user = world.users["baidaokou_reporter"]
    address = page("auth_user_password", "change", user.pk)
    assert browser(world, "linzhou_manager").post(address, PASSWORDS).status_code == 404
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_an_account_is_deactivated_not_deleted(world: World) -> None:
    user = world.users["hejian_reporter"]
    client = browser(world, "linzhou_manager")
    delete = page("accounts_user", "delete", user.pk)
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_an_auditor_reads_accounts_and_changes_none(world: World) -> None:
    client, user = browser(world, "city_auditor"), world.users["hejian_reporter"]
    address = page("accounts_user", "change", user.pk)
    text = shown(client.get(address))
    assert "hejian reporter" in text
    assert 'name="_save"' not in text
    assert client.post(address, NEW).status_code == 403
    assert client.get(page("accounts_user", "add")).status_code == 403


def test_nobody_hands_out_a_role_that_may_do_more(world: World) -> None:
    manager = world.users["linzhou_manager"]
    client = browser(world, "linzhou_manager")
    answer = send(client, page("accounts_user", "change", manager.pk), role="auditor")
    assert answer.status_code == 200
    assert errors(answer)
    assert User.objects.get(pk=manager.pk).role == "manager"
    assert added(world, "linzhou_manager", "hejian", role="auditor") is None


def test_an_account_that_may_do_more_is_only_looked_at(world: World) -> None:
    auditor = world.users["city_auditor"]
    client = browser(world, "city_manager")
    assert client.get(page("accounts_user", "change", auditor.pk)).status_code == 200
    refused = client.post(page("accounts_user", "change", auditor.pk), {"is_active": ""})
    assert refused.status_code == 403
    assert User.objects.get(pk=auditor.pk).is_active


def test_the_telephone_of_the_desk_is_kept(world: World) -> None:
    user = world.users["hejian_reporter"]
    address = page("accounts_user", "change", user.pk)
    client = browser(world, "linzhou_manager")
    assert send(client, address, office_phone="0372-6212345").status_code == 302
    user.refresh_from_db()
    assert user.office_phone == "0372-6212345"
