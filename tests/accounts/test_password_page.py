from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.world import PASSWORD, World

NAME = "dongshan_reporter"
PAGE = "/accounts/password/"
NEW = "blue kettle 4417"
SignIn = Callable[[str], Client]


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> int:
    data = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post(PAGE, data).status_code


def account() -> User:
    return User.objects.get(username=NAME)


def test_a_new_password_works_from_then_on_and_keeps_the_session(signed_in: SignIn) -> None:
    client = signed_in(NAME)
    assert change(client) == 302
    assert account().check_password(NEW)
    assert client.get("/accounts/password/done/").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", NEW, NEW),
        (PASSWORD, NEW, "something else entirely"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "1234567890123", "1234567890123"),
        (PASSWORD, "dongshan_reporter", "dongshan_reporter"),
        (PASSWORD, "password123", "password123"),
    ],
    ids=["wrong old", "typed otherwise", "short", "digits", "the name", "common"],
)
def test_a_password_is_refused_with_the_reason(
    signed_in: SignIn, old: str, new: str, again: str
) -> None:
    client = signed_in(NAME)
    page = client.post(PAGE, {"old_password": old, "new_password1": new, "new_password2": again})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert account().check_password(PASSWORD)


@pytest.fixture
def handed_out(world: World) -> Client:
    """A browser of somebody whose password was handed out and not yet changed."""
    User.objects.filter(username=NAME).update(must_change_password=True)
    client = Client()
    client.force_login(account())
    return client


@pytest.mark.parametrize("page", ["/", "/ledgers/", "/report/", "/sheets/", "/admin/", "/nowhere/"])
def test_a_handed_out_password_opens_one_page_only(handed_out: Client, page: str) -> None:
    assert handed_out.get(page)["Location"] == PAGE
    assert handed_out.post(page)["Location"] == PAGE


def test_the_one_page_says_why_and_lets_people_out(handed_out: Client) -> None:
    assert "初始密码" in handed_out.get(PAGE).content.decode()
    assert handed_out.post("/language/", {"language": "en"}).status_code == 302
    assert handed_out.post("/accounts/sign-out/")["Location"] == "/accounts/sign-in/"


def test_after_the_change_everything_is_open(handed_out: Client) -> None:
    assert change(handed_out, old="wrong") == 200
    assert account().must_change_password
    assert change(handed_out) == 302
    assert not account().must_change_password
    assert handed_out.get("/ledgers/").status_code == 200


def test_the_old_password_is_no_new_one(signed_in: SignIn) -> None:
    User.objects.filter(username=NAME).update(must_change_password=True)
    assert change(signed_in(NAME), new=PASSWORD, again=PASSWORD) == 200
    assert account().must_change_password
