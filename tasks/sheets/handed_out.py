"""What a downloaded row says of the line that it was handed out for."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from spreadsheets import fingerprint
from spreadsheets.fields import as_written
from tasks import words
from tasks.models import Entry
from tasks.models.content import TEXTS


def is_the_same(text: str, before: str, written: Any = None) -> bool:
    """A text that left here with line ends or spaces that no workbook keeps has not changed
    when it comes back without them; nor has a 同上 that stands here as a 同上."""
    if before in (text, written) or text == as_written(before):
        return True
    return not before and text in words.BLANKS


def misfit() -> str:
    return _("The hidden mark of this row does not fit; download the sheet again.")


def entry_fingerprint(entry: Entry) -> str:
    """What a download writes, hidden, beside an entry."""
    return fingerprint.write(entry.version, part_texts(entry.content))


def part_texts(content: Mapping[str, Any]) -> list[str]:
    """The cells of a content as a fingerprint knows them."""
    return [f"{content['value']}|{content['nothing']}", *(as_written(content[n]) for n in TEXTS)]
