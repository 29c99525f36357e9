"""Sensitive texts as they leave in a workbook that many hands pass on."""

import re

PHONE = re.compile(r"1\d{10}", re.ASCII)
IDENTITY = re.compile(r"\d{15}|\d{17}[\dXx]", re.ASCII)
# As Excel and WPS give them back, where a person may have typed the stars in half width.
MASK = re.compile(r"1\d\d\*{4}\d{4}|\d{6}(\*{5}|\*{8})\d{3}[\dXx]|.?\*\*", re.ASCII)
HIDDEN = "＊＊"
# The same anywhere in a text, also with spaces or dashes in them. Points stand in amounts and
# days, so they count only where they part a number as people do: 138.0013.8000.
MARK = r"[\s\-—–_]?"
MOBILE = rf"1[3-9]\d(?:(?:{MARK}\d){{8}}|\.\d{{4}}\.\d{{4}})"
IDENTITY_MARKED = rf"\d{{15}}|\d(?:{MARK}\d){{16}}{MARK}[\dXx]|\d{{6}}\.\d{{8}}\.\d{{3}}[\dXx]"
# Area codes have 3 digits in the largest cities and 4 elsewhere, with 0 before them.
LANDLINE = rf"(?<!\d\.)\(?0(?:10|2\d|[3-9]\d\d)\)?{MARK}[2-8](?:{MARK}\d){{6,7}}"
DAY = r"(?:19|20)\d\d(?P<part>[.\-])(?:0?[1-9]|1[0-2])(?P=part)(?:0?[1-9]|[12]\d|3[01])"
NUMBER = re.compile(
    rf"(?<!\d)(?:{DAY}|(?:(?:\+|00)?86{MARK})?(?P<mobile>{MOBILE})"
    rf"|{IDENTITY_MARKED}|(?P<landline>{LANDLINE}))(?!\d)"
)
NO_PART = re.compile(r"[^\dXx]")
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def mask(text: str) -> str:
    """138****5678 of a mobile number, both ends of an identity number, 王＊＊ of anything else.

    What is a mask already stays as it is.
    """
    text = text.strip()
    if is_mask(text):
        return text
    if PHONE.fullmatch(text):
        return f"{text[:3]}****{text[-4:]}"
    if IDENTITY.fullmatch(text):
        return f"{text[:6]}{'*' * (len(text) - 10)}{text[-4:]}"
    if len(text) < 2:
        return HIDDEN if text else ""  # the first character would be the whole of it
    return f"{text[0]}{HIDDEN}"


def is_mask(text: str) -> bool:
    return bool(MASK.fullmatch(text.strip().replace("＊", "*")))


def veiled(text: str) -> str:
    """A text that others read, with a mask for each number of a person in it."""
    parts, done = [], 0
    # Looked at in half width, character by character, so that places stay what they are.
    for found in NUMBER.finditer(text.translate(HALF_WIDTH)):
        if found["part"]:
            continue  # a day, which is passed over whole
        start, end = found.span("mobile" if found["mobile"] else 0)
        number = NO_PART.sub("", found["mobile"] or found[0])
        parts += [text[done:start], HIDDEN if found["landline"] else mask(number)]
        done = end
    return "".join([*parts, text[done:]])
