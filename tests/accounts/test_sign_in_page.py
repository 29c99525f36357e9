from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.world import PASSWORD, World

NAME = "dongshan_reporter"
SIGN_IN = "/accounts/sign-in/"


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> str:
    """Where the sign-in leads, or nothing where the page stays."""
    answer = client.post(SIGN_IN, {"username": NAME, "password": password, **more})
    return answer.headers.get("Location", "")


def test_the_right_password_leads_to_the_own_work(world: World) -> None:
    client = Client()
    assert sign_in(client) == reverse("dashboard:home")
    page = client.get("/", follow=True)
    assert page.context["work"].user.division == world.units["dongshan"]


def test_a_wrong_password_stays_on_the_page_and_says_why(world: World) -> None:
    client = Client()
    page = client.post(SIGN_IN, {"username": NAME, "password": "wrong"})
    assert page.status_code == 200
    assert "用户名或密码" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_five_wrong_passwords_lock_the_door(world: World) -> None:
    client = Client()
    for _ in range(5):
        assert sign_in(client, "wrong") == ""
    page = client.post(SIGN_IN, {"username": NAME, "password": PASSWORD})
    assert "09:30" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_admin_is_no_second_door(world: World) -> None:
    """Its own sign-in would count no wrong passwords."""
    client = Client()
    answer = client.get("/admin/login/?next=/admin/tasks/")
    assert answer["Location"] == f"{SIGN_IN}?next=/admin/tasks/"
    data = {"username": "city_manager", "password": PASSWORD}
    answer = client.post("/admin/login/", data)
    assert answer["Location"].startswith(SIGN_IN)
    assert "_auth_user_id" not in client.session


def test_a_private_page_comes_back_after_the_sign_in(world: World) -> None:
    client = Client()
    sent = client.get("/ledgers/")
    assert sent["Location"] == f"{SIGN_IN}?next=/ledgers/"
    assert sign_in(client, next="/ledgers/") == "/ledgers/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_a_sign_in_leads_to_no_other_host(world: World, elsewhere: str) -> None:
    assert sign_in(Client(), next=elsewhere) == reverse("dashboard:home")


def test_who_is_signed_in_already_is_sent_on(signed_in: Callable[[str], Client]) -> None:
    assert signed_in(NAME).get(SIGN_IN)["Location"] == reverse("dashboard:home")


def test_signing_out_takes_a_press_of_the_button(signed_in: Callable[[str], Client]) -> None:
    client = signed_in(NAME)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/sign-out/")["Location"] == SIGN_IN
    assert client.get("/")["Location"].startswith(SIGN_IN)


def test_the_interface_is_chinese_whatever_the_browser_asks_for(world: World) -> None:
    page = Client().get(SIGN_IN, headers={"accept-language": "en-US,en"}).content.decode()
    assert '<html lang="zh-hans">' in page
    assert "登录" in page


def test_the_language_chosen_stays(signed_in: Callable[[str], Client]) -> None:
    client = signed_in(NAME)
    answer = client.post("/language/", {"language": "en", "next": "/ledgers/"})
    assert answer["Location"] == "/ledgers/"
    for _ in range(2):
        page = client.get("/ledgers/").content.decode()
        assert '<html lang="en">' in page
        assert "Task ledger" in page
    client.post("/accounts/sign-out/")
    assert '<html lang="en">' in client.get(SIGN_IN).content.decode()


def test_a_language_that_is_not_offered_changes_nothing(signed_in: Callable[[str], Client]) -> None:
    client = signed_in(NAME)
    client.post("/language/", {"language": "fr", "next": "/"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert '<html lang="zh-hans">' in client.get("/ledgers/").content.decode()


def test_the_language_switch_leads_to_no_other_host(world: World) -> None:
    answer = Client().post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_a_form_open_across_a_sign_out_is_told_so(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users[NAME])
    page = client.post("/accounts/password/", {"old_password": "x"})
    assert page.status_code == 403
    assert "页面已过期" in page.content.decode()


def test_a_name_with_impossible_characters_is_no_error_of_ours(world: World) -> None:
    page = Client().post(SIGN_IN, {"username": "a\0b", "password": "x"})
    assert page.status_code == 200
    assert User.objects.filter(failed_sign_ins__gt=0).count() == 0
