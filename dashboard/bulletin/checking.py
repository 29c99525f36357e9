"""Looks an uploaded Word template through, fully, before it is taken."""

import hashlib
import json
import logging
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from dashboard.bulletin import container, placeholders
from dashboard.bulletin.container import refused

TRIAL = Path(__file__).with_name("trial.py")
WALL_SECONDS = 20
LIMITS = {"memory_bytes": 1 << 30, "cpu_seconds": 15, "out_bytes": 32 << 20}
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
        raise ValidationError([refused(_in_words(fault)) for fault in said])


def _in_words(fault: Mapping[str, str]) -> str:
    sentences = {
        "unknown_name": _("There is no placeholder “%(what)s”; it stands in “%(where)s”."),
        "unknown_field": _("No row has “%(what)s”; it stands in “%(where)s”."),
        "unknown_list": _("There is no list “%(what)s” to repeat for; it stands in “%(where)s”."),
        "taken_name": _("“%(what)s” is a placeholder: call the rows otherwise, in “%(where)s”."),
        "whole_row": _("“%(what)s” is a row or a list: name one of its fields, in “%(where)s”."),
        "nested": _("A list is repeated inside another one, in “%(where)s”."),
        "syntax": _("A tag is not written right, in “%(where)s” (%(what)s)."),
    }  # fmt: skip
    other = _("Only placeholders, “for” over a list and “if” are taken; see “%(where)s”.")
    known = {"what": fault["what"][:60], "where": fault["where"]}
    return sentences.get(fault["code"], other) % known
