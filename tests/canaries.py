"""Telephones and identity numbers of made-up persons, which must be met nowhere in clear.

All telephones begin alike and all numbers are of an area that is none, so that a text can be
searched for every one of them at once. `watch()` listens at the four doors by which a text can
leave or stay: answers of the server, the database, logs, and mail.
"""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core import mail
from django.core.handlers.base import BaseHandler
from django.db.backends.utils import CursorWrapper

from cadres.models.identity import CHECKS, WEIGHTS

AREA, PREFIX = "999999", "1990000"
CANARY = re.compile(rf"{AREA}(?:19|20)\d\d(?:0[1-9]|1[0-2])\d{{5}}[\dX]|{PREFIX}\d{{4}}", re.ASCII)
STARTS = (AREA, PREFIX)


def phone_of(serial: int) -> str:
    return f"{PREFIX}{serial:04}"


def number_of(birth: str, sex: str, serial: int, day: str = "07") -> str:
    """A number that passes its own check: area, day of birth, two digits, sex, check digit."""
    digits = f"{AREA}{birth.replace('-', '')}{day}{serial:02}{'1' if sex == '1' else '2'}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + CHECKS[total % 11]


def is_met(text: str) -> bool:
    return any(start in text for start in STARTS) and CANARY.search(text) is not None


def in_bytes(content: bytes) -> bool:
    """In a page, or in any part of a workbook."""
    if not content.startswith(b"PK"):
        return is_met(content.decode(errors="ignore"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return any(is_met(book.read(part).decode(errors="ignore")) for part in book.namelist())
    except zipfile.BadZipFile:
        return False


class Watch(logging.Handler):
    """What was met where it must not be. While `reveals` is set, answers may show numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[str] = []
        self.reveals = False

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[1] if record.exc_info else ""
        text = f"{record.getMessage()} {record.exc_text or ''} {failure}"
        if is_met(text):
            self.met.append(f"log {record.name}: {record.msg}")

    def answer(self, request: Any, response: Any) -> Any:
        if is_met(str(response.headers) + response.cookies.output()):
            self.met.append(f"headers of {request.path}")
        if self.reveals:
            return response
        if response.streaming:
            response.streaming_content = self._streamed(request, response.streaming_content)
        elif in_bytes(response.content):
            self.met.append(f"answer of {request.method} {request.path}")
        return response

    def _streamed(self, request: Any, chunks: Any) -> Iterator[bytes]:
        kept = []
        for chunk in chunks:
            kept.append(chunk)
            yield chunk
        if in_bytes(b"".join(kept)):
            self.met.append(f"file of {request.path}")

    def statement(self, sql: str, params: Any) -> None:
        for value in params.values() if isinstance(params, dict) else params or ():
            text = value if isinstance(value, str) else getattr(value, "adapted", None)
            if text is not None and is_met(text if isinstance(text, str) else repr(text)):
                self.met.append(f"database: {sql[:80]}")
                return

    def mails(self) -> None:
        for message in getattr(mail, "outbox", []):
            if is_met(f"{message.subject} {message.body}"):
                self.met.append(f"mail {message.subject}")


WATCH = Watch()


@contextmanager
def watch() -> Iterator[Watch]:
    """Listen until the end of the session."""
    handler: Any = BaseHandler
    cursor: Any = CursorWrapper
    answered, execute, execute_many = handler.get_response, cursor._execute, cursor._executemany

    def get_response(self: Any, request: Any) -> Any:
        return WATCH.answer(request, answered(self, request))

    def one(self: Any, sql: Any, params: Any, *rest: Any) -> Any:
        WATCH.statement(str(sql), params)
        return execute(self, sql, params, *rest)

    def many(self: Any, sql: Any, rows: Any, *rest: Any) -> Any:
        listed = list(rows)
        for row in listed:
            WATCH.statement(str(sql), row)
        return execute_many(self, sql, listed, *rest)

    handler.get_response = get_response
    cursor._execute, cursor._executemany = one, many
    logging.getLogger().addHandler(WATCH)
    try:
        yield WATCH
    finally:
        handler.get_response = answered
        cursor._execute = execute
        cursor._executemany = execute_many
        logging.getLogger().removeHandler(WATCH)
