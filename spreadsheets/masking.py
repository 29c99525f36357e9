"""Sensitive texts as they leave in a workbook that many hands pass on."""

import re

PHONE = re.compile(r"1\d{10}", re.ASCII)
IDENTITY = re.compile(r"\d{15}|\d{17}[\dXx]", re.ASCII)
# As Excel and WPS give them back, where a person may have typed the stars in half width.
MASK = re.compile(r"1\d\d\*{4}\d{4}|\d{6}(\*{5}|\*{8})\d{3}[\dXx]|.?\*\*", re.ASCII)
HIDDEN = "＊＊"
# The same anywhere in a text, also with spaces or dashes in them.
MARK = r"[\s\-－—]?"
NUMBER = re.compile(
    rf"(?<!\d)(?:1[3-9]\d(?:{MARK}\d){{8}}|\d{{14}}\d|\d(?:{MARK}\d){{16}}{MARK}[\dXx])(?!\d)"
)
MARKS = re.compile(MARK.rstrip("?"))


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
    return NUMBER.sub(lambda found: mask(MARKS.sub("", found[0])), text)
