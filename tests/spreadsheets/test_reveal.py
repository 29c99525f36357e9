"""Sensitive columns leave masked; in clear only by permission, with a reason, and logged."""

import io
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.models import AccessLog
from spreadsheets import sheet as sheets
from spreadsheets.fields import Column
from spreadsheets.sheet import Heading, Sheet

ADDRESS = "/sheets/test_phones/download/"
REASON = "汛期联络需要"


class Phones(Sheet):
    """Names and telephone numbers."""

    name = "test_phones"
    title = "Phones"
    import_permission = export_permission = "villages.view_division"
    reveal_permission = "villages.change_division"

    person = Column("姓名", "name", required=True, key=True, example="测一")
    phone = Column("联系电话", "phone", sensitive=True, example="13800000000")

    def instances(self) -> Iterable[Any]:
        return [SimpleNamespace(name="测一", phone="13812345678")]

    def heading(self) -> Heading:
        return Heading("联系表")


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    sheets.register(Phones)
    yield
    del sheets._registry[Phones.name]


def phone_in(answer: Any) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return book.worksheets[0]["B4"].value


def test_a_download_is_masked_for_everybody(signed_in: Callable[[str], Client]) -> None:
    for who in ("city_manager", "city_viewer"):
        assert phone_in(signed_in(who).get(ADDRESS)) == "138****5678"
    assert not AccessLog.objects.filter(action="reveal").exists()


def test_in_clear_it_takes_permission_and_reason_and_is_logged(
    signed_in: Callable[[str], Client],
) -> None:
    assert signed_in("city_viewer").post(ADDRESS, {"reason": REASON}).status_code == 403
    manager = signed_in("city_manager")
    assert manager.post(ADDRESS, {"reason": " "}).status_code == 302
    assert not AccessLog.objects.filter(action="reveal").exists()
    assert phone_in(manager.post(ADDRESS, {"reason": REASON})) == "13812345678"
    log = AccessLog.objects.get(action="reveal")
    assert (log.user.username, log.subject, log.detail) == (  # type: ignore[union-attr]
        "city_manager",
        "test_phones",
        {"reason": REASON},
    )


def test_only_who_may_is_offered_it(signed_in: Callable[[str], Client]) -> None:
    page = "/sheets/test_phones/"
    assert b'name="reason"' in signed_in("city_manager").get(page).content
    assert b'name="reason"' not in signed_in("city_viewer").get(page).content
