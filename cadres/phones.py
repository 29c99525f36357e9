"""Telephone numbers in any writing, as they are stored: digits alone."""

import re
import unicodedata

BETWEEN = re.compile(r"[\s\-－—–·.()（）]")
COUNTRY = re.compile(r"^(?:\+|00)86(?=1\d{10}$|0\d{9,11}$)", re.ASCII)


def plain_phone(text: str) -> str:
    """13812345678 of `138-1234 5678`, `＋86 138 1234 5678` or `１３８１２３４５６７８`.

    What is none stays as it was typed; the field then says so.
    """
    return COUNTRY.sub("", BETWEEN.sub("", unicodedata.normalize("NFKC", text)))
