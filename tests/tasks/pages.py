"""Pages of the tasks as somebody of the cast opens and sends them."""

from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.world import UNITS


def english(client: Client) -> Client:
    """The same browser with the words of the source, which do not change with a translation."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def at(name: str, unit: str, quarter: int = 3, year: int = 2026) -> str:
    return reverse(name, args=[UNITS[unit], f"{year}Q{quarter}"])


class _Fields(HTMLParser):
    """What a browser would send of a page's forms: every field with the value it shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: dict[str, str] = {}
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
            if "multiple" not in given:
                self.sent[name] = ""
        elif tag == "option" and "selected" in given:
            self.sent[self._select] = given.get("value") or ""
        elif tag == "textarea":
            self._text, self.sent[name] = name, ""
        elif tag == "input" and name and given.get("type") not in ("checkbox", "radio", "submit"):
            self.sent[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.sent[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The line break after the tag is Django's; browsers send CR LF for the others.
            text = self.sent[self._text].removeprefix("\n")
            self.sent[self._text] = text.replace("\r\n", "\n").replace("\n", "\r\n")
            self._text = ""


def fields(page: Any) -> dict[str, str]:
    parser = _Fields()
    parser.feed(page.content.decode())
    return {name: value for name, value in parser.sent.items() if name}


def send(client: Client, address: str, typed: dict[str, str], **more: str) -> Any:
    """Open the page, type something into it and press the button."""
    return client.post(address, fields(client.get(address)) | typed | more)


def shown(page: Any) -> str:
    text: str = page.content.decode()
    return text


def told(client: Client, page: Any) -> list[str]:
    """The messages that the next page shows."""
    if page.status_code == 302:
        page = client.get(page["Location"])
    return [str(message) for message in page.context["messages"]]
