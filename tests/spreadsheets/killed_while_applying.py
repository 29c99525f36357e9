"""Run by test_killed.py in a process of its own: applies a batch and is killed in the middle.

Makes the small city in the SQLite file that DATABASE_URL names, checks a filled form, forks a
process that kills itself after the rows are written and before they are committed, and prints
what the database holds then, and after the batch is applied again.
"""

import io
import json
import os
import signal
from typing import Any

import django
import time_machine

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from spreadsheets import actions, writer  # noqa: E402
from spreadsheets.models import Batch  # noqa: E402
from spreadsheets.sheet import Target  # noqa: E402
from tasks.models import EntryChange, EntrySummary  # noqa: E402
from tasks.sheets import EntrySheet  # noqa: E402
from tests import world as worlds  # noqa: E402
from tests.spreadsheets import files  # noqa: E402


def held(batch: Batch) -> dict[str, Any]:
    batch.refresh_from_db()
    drafts = sum(EntrySummary.objects.values_list("draft", flat=True))
    return {"state": batch.state, "history": EntryChange.objects.count(), "drafts": drafts}


def killed_while_applying(batch: Batch, user: Any) -> int:
    """The signal that ended the process."""
    connection.close()
    child = os.fork()
    if child == 0:
        apply = EntrySheet.apply

        def apply_and_die(*args: Any) -> None:
            apply(*args)
            assert EntryChange.objects.count() == 1, "written, in this transaction"
            os.kill(os.getpid(), signal.SIGKILL)

        EntrySheet.apply = apply_and_die  # type: ignore[method-assign, assignment]
        actions.apply(EntrySheet, batch.pk, user)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def main() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with connection.cursor() as cursor:
        # To wait for the disk after each migration takes longer than all of them.
        cursor.execute("PRAGMA synchronous=OFF")
        call_command("migrate", verbosity=0)
        cursor.execute("PRAGMA synchronous=FULL")
    user = worlds.build().users["hejian_reporter"]
    file = io.BytesIO()
    writer.write(EntrySheet(user, Target(period="2026Q3")), file)
    content = files.edited(file.getvalue(), lambda page: page.__setitem__("I6", 6))
    batch = actions.check(EntrySheet, io.BytesIO(content), "report.xlsx", user)
    told = {"signal": killed_while_applying(batch, user), "killed": held(batch)}
    actions.apply(EntrySheet, batch.pk, user)
    print(json.dumps(told | {"again": held(batch)}))  # noqa: T201


if __name__ == "__main__":
    with time_machine.travel(worlds.NOW, tick=False):
        main()
