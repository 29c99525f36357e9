"""Looks an uploaded Word template through, fully, before it is taken."""

import hashlib
import json
import logging
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from dashboard.bulletin import container, placeholders
from dashboard.bulletin.container import refused

TRIAL = Path(__file__).with_name("trial.py")
# The built-in template takes 0.7 s and less than 128 MB. What passes is filled in by the server
# itself, each time somebody takes a bulletin out.
WALL_SECONDS = 8
LIMITS = {"memory_bytes": 256 << 20, "cpu_seconds": 3, "out_bytes": 8 << 20}
LONGEST_NAME = 120
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Looked:
    """A template that may be taken."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def looked_at(upload: Any) -> Looked:
    """An upload that was found good; raises ValidationError with code `template` for any other."""
    container.check(upload, upload.size)
    upload.seek(0)
    content: bytes = upload.read()
    _try_on(content)
    return Looked(_shown_name(upload.name or ""), content)


def _shown_name(name: str) -> str:
    last = PurePosixPath(name.replace("\\", "/")).name
    printed = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    stem = printed.strip(" .").removesuffix(".docx")[: LONGEST_NAME - len(".docx")].strip(" .")
    return f"{stem or 'template'}.docx"


def _try_on(content: bytes) -> None:
    """With as much as a bulletin can hold, in a process that costs no more than its limits."""
    job = {
        "limits": LIMITS,
        "names": placeholders.NAMES,
        "lists": placeholders.LISTS,
        "context": placeholders.largest(),
    }
    with tempfile.NamedTemporaryFile(suffix=".docx") as file:
        file.write(content)
        file.flush()
        try:
            done = subprocess.run(  # noqa: S603 - our own script, arguments as a list
                [sys.executable, "-I", str(TRIAL), file.name],
                input=json.dumps(job).encode(),
                capture_output=True,
                timeout=WALL_SECONDS,
                check=False,
            )
            said = json.loads(done.stdout)["faults"] if done.returncode == 0 else None
        except (subprocess.TimeoutExpired, OSError, ValueError, LookupError) as error:
            logger.warning("trying a template on failed: %s", type(error).__name__)
            said = None
    if said is None:
        raise refused(
            _("No bulletin could be made from this document, or only far too slowly. Start again "
              "from the template in use, and change its looks only.")
        )  # fmt: skip
    if said:
        sentences = dict.fromkeys(_in_words(fault) for fault in said)
        raise ValidationError([refused(sentence) for sentence in sentences])


def _in_words(fault: Mapping[str, str]) -> str:
    if fault["code"] in OF_PARTS:
        return OF_PARTS[fault["code"]]() % {"what": fault["what"][:60]}
    sentences = {
        "unknown_name": _("There is no placeholder “%(what)s”; it stands in “%(where)s”."),
        "unknown_field": _("No row has “%(what)s”; it stands in “%(where)s”."),
        "unknown_list": _("There is no list “%(what)s” to repeat for; it stands in “%(where)s”."),
        "taken_name": _("“%(what)s” is a placeholder: call the rows otherwise, in “%(where)s”."),
        "whole_row": _("“%(what)s” is a row or a list: name one of its fields, in “%(where)s”."),
        "long_loop": _("Far too much is repeated for every row, in “%(where)s”."),
        "nested": _("A list is repeated inside another one, in “%(where)s”."),
        "syntax": _("A tag is not written right, in “%(where)s” (%(what)s)."),
    }  # fmt: skip
    other = _("Only placeholders, “for” over a list and “if” are taken; see “%(where)s”.")
    known = {"what": fault["what"][:60], "where": fault["where"]}
    return sentences.get(fault["code"], other) % known


def _outside() -> str:
    return _(
        "The document refers to something outside itself (%(what)s): a linked picture, an attached "
        "template or a link. Remove it, and upload it again."
    )


def _field() -> str:
    return _(
        "The document holds a field that is no page number (%(what)s). Write plain text instead, "
        "and upload it again."
    )


def _out_of_text() -> str:
    return _("“%(what)s” stands in a name or a description. Write placeholders in the text alone.")


OF_PARTS: Mapping[str, Callable[[], str]] = {
    "damaged": lambda: container.damaged().messages[0],
    "macros": lambda: container.macros().messages[0],
    "not_needed": container.not_needed,
    "outside": _outside,
    "field": _field,
    "out_of_text": _out_of_text,
}
