"""The watch over telephones and identity numbers notices them at every door."""

import io
import logging
import zipfile
from collections.abc import Iterator

import pytest
from django.core import mail
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from tests.canaries import WATCH, in_bytes, number_of, phone_of
from tests.world import PHONES, World


@pytest.fixture(autouse=True)
def _afterwards_forgotten() -> Iterator[None]:
    """What these tests let out on purpose."""
    yield
    WATCH.met.clear()
    mail.outbox = []


def test_in_an_answer_its_headers_and_a_file() -> None:
    request = HttpRequest()
    WATCH.answer(request, HttpResponse(f"<p>{phone_of(1)}</p>"))
    WATCH.answer(request, HttpResponse(headers={"Location": f"/?q={number_of('1980-01', '1', 3)}"}))
    streamed = StreamingHttpResponse([b"199", b"00000001"])
    assert b"".join(WATCH.answer(request, streamed).streaming_content)
    assert len(WATCH.met) == 3
    WATCH.answer(request, HttpResponse("199****0001 999999********0071"))
    assert len(WATCH.met) == 3


def test_in_a_workbook() -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sharedStrings.xml", f"<t>{phone_of(2)}</t>")
    assert in_bytes(book.getvalue())


def test_in_the_database_a_log_and_a_mail(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cadres_person SET position = %s WHERE id = 0", [phone_of(3)])
    logging.getLogger("django.request").warning("Not Found: %s", phone_of(4))
    mail.outbox = [mail.EmailMessage("x", phone_of(5))]
    WATCH.mails()
    assert [met.split()[0] for met in WATCH.met] == ["database:", "log", "mail"]


def test_the_persons_of_the_small_city_have_numbers_that_the_database_keeps_unread(
    world: World,
) -> None:
    person = world.persons["first_dongshan"]
    assert person.phone == PHONES["first_dongshan"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, identity_number FROM cadres_person WHERE phone <> ''")
        stored = cursor.fetchall()
    assert len(stored) == len(world.persons) - 1
    assert not any(PHONES["first_dongshan"] in text for row in stored for text in row)
