"""A full disk is told in words, whichever part of the work finds it."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.utils.translation import gettext as _

from spreadsheets.errors import Refused

logger = logging.getLogger(__name__)

FULL = (errno.ENOSPC, errno.EDQUOT)
# As SQLite and PostgreSQL say it.
FULL_DATABASE = ("disk is full", "No space left on device")


@contextmanager
def full_in_words() -> Iterator[None]:
    """Raise Refused where there is no room for what is done within; nothing of it is kept."""
    try:
        yield
    except (OSError, OperationalError) as error:
        if not _is_full(error):
            raise
        logger.error("no room left for an import: %s", type(error).__name__)
        raise Refused(
            _("There is no room left on the server, so nothing was kept or written. "
              "Tell whoever looks after it, and try again later.")
        ) from error  # fmt: skip


def _is_full(error: OSError | OperationalError) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    return any(words in str(error) for words in FULL_DATABASE)
