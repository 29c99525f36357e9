"""The user's own workbook back, with every wrong cell coloured and told about in a note.

A process of its own opens and writes it, as for reading: it passed the guard, but the library
that can write it back loads the whole of it.
"""

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from spreadsheets.errors import Refused

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("marker_child.py")
SECONDS = 40
MEMORY = 900 * 2**20
# About 20,000 rows; beyond them the list on the page is quicker than the file.
LARGEST = 3 * 2**20


def marked(path: Path, errors: Iterable[Mapping[str, Any]], warnings: Any) -> IO[bytes]:
    """The workbook at the path with its cells marked, as an open file; raises Refused."""
    if not path.exists():
        raise Refused(_("The file of this import is not kept any more."))
    if path.stat().st_size > LARGEST:
        raise Refused(
            _("The workbook is too large to be marked; please use the list on this page.")
        )
    marks = [[e["sheet"], e["cell"], e["message"], "error"] for e in errors]
    marks += [[w["sheet"], w["cell"], w["message"], "warning"] for w in warnings]
    output = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - the response closes it
    try:
        subprocess.run(  # noqa: S603 - our own script, arguments as a list
            [sys.executable, "-I", str(CHILD), str(path), str(SECONDS), str(MEMORY)],
            input=json.dumps(marks).encode(),
            stdout=output,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        output.close()
        logger.warning("marking an upload failed: %s", type(error).__name__)
        raise Refused(
            _("The workbook could not be marked; please use the list on this page.")
        ) from None
    output.seek(0)
    return output
