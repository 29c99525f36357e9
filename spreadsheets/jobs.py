"""Long imports run as jobs, kept in the database so that a restart loses none.

`manage.py db_worker` runs them where JOB_WORKER says that there is one; elsewhere the server
that was asked starts a process for as long as there is something to do.
"""

import logging
import sys
import time
from subprocess import DEVNULL, Popen
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django_tasks import task
from django_tasks.base import Task
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import is_locked_database_exception

from spreadsheets import actions, disk
from spreadsheets.checking import Discarded
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet, Target, by_name
from spreadsheets.slots import only_one, slot

logger = logging.getLogger(__name__)

QUEUE = "sheets"
# Above these, an upload or what it writes may take longer than anybody waits for a page.
LARGE_FILE = 1 << 20
MANY_ROWS = 6_000
PAUSE = 1.0


@task(queue_name=QUEUE)
def look_through(batch_id: str, language: str) -> None:
    batch = Batch.objects.filter(pk=batch_id, state__in=Batch.UNCHECKED).first()
    if batch is None:
        return
    _queue_moves()
    with translation.override(language), slot(wait=True):
        _queue_moves()
        try:
            with disk.full_in_words():
                actions.look_through(batch)
        except Discarded:
            return  # by its owner, or by a later run that has it now
        except Refused as refused:
            _refuse(batch, refused.message)
        except Exception:
            logger.exception("an import could not be looked through")
            _refuse(batch, _unforeseen())


def _queue_moves() -> None:
    """A sign of life of whoever works the queue off, for all that wait in it."""
    waiting = [Batch.State.WAITING, Batch.State.APPLYING]
    Batch.objects.filter(state__in=waiting).update(active_at=timezone.now())


def _refuse(batch: Batch, reason: str) -> None:
    """Nothing of a refused file is kept but why it was refused; unless a later run has it."""
    if _stop(batch, Batch.State.REFUSED, reason):
        actions.forget(batch)


@task(queue_name=QUEUE)
def apply(batch_id: str, language: str, comment: str) -> None:
    batch = Batch.objects.filter(pk=batch_id, state=Batch.State.APPLYING).first()
    if batch is None:
        return
    _queue_moves()
    with translation.override(language):
        try:
            sheet = by_name(batch.sheet)
            actions.apply(sheet, batch.pk, batch.owner, confirmed=True, comment=comment)
        except Stale:
            return  # the batch says so itself
        except Refused as refused:
            _stop(batch, Batch.State.CHECKED, refused.message)
        except PermissionDenied:
            _stop(batch, Batch.State.CHECKED, _("You may no longer import this sheet."))
        except Exception:
            logger.exception("an import could not be applied")
            _stop(batch, Batch.State.CHECKED, _unforeseen())


def _stop(batch: Batch, state: Batch.State, reason: str) -> bool:
    running = Batch.objects.filter(pk=batch.pk, state__in=Batch.RUNNING, revision=batch.revision)
    return bool(running.update(state=state, reasons=[reason], active_at=timezone.now()))


def _unforeseen() -> str:
    return _("Something unforeseen happened here; nothing was written. Please try again.")


def take(sheet_class: type[Sheet], upload: Any, file_name: str, user: Any, target: Target) -> Batch:
    """Keep an upload, to be looked through by a job."""
    with disk.full_in_words(), transaction.atomic():
        batch = actions.receive(sheet_class, upload, file_name, user, target)
        try:
            start(look_through, batch)
        except BaseException:
            batch.file.delete(save=False)
            raise
    return batch


def start(job: Task[Any, Any], batch: Batch, *more: str) -> None:
    """Put a job into the queue, and see that somebody works on it."""
    job.enqueue(str(batch.pk), translation.get_language() or settings.LANGUAGE_CODE, *more)
    if not settings.JOB_WORKER:
        transaction.on_commit(wake)


def before(batch: Batch) -> int:
    """How many imports stand in the queue before this one."""
    waiting = Batch.objects.filter(state=Batch.State.WAITING)
    return waiting.filter(created_at__lt=batch.created_at).count()


def wake() -> None:
    """Start a process that works the queue off and ends when it is empty.

    A process, so that a long import neither slows the pages down nor leaves the server larger.
    """
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "sheet", "work"]
    quiet = DEVNULL
    _workers[:] = [worker for worker in _workers if worker.poll() is None]
    _workers.append(
        Popen(command, stdin=quiet, stdout=quiet, start_new_session=True)  # noqa: S603
    )


# Kept until they have ended, so that none is left behind as a zombie.
_workers: list[Popen[bytes]] = []


def work() -> None:
    """Work the queue off, unless another process of this machine does.

    Looked at again after every round, with the place free: a job that came as the round ended
    found it taken, and would be left lying.
    """
    while DBTaskResult.objects.ready().filter(queue_name=QUEUE).exists():
        with only_one("worker") as alone:
            if not alone:
                return
            _round()


def _round() -> None:
    """Until the queue is empty, or somebody else writes for longer than SQLite lets one wait."""
    try:
        _worker().run()
    except OperationalError as error:
        if not is_locked_database_exception(error):
            raise
        time.sleep(PAUSE)


def _worker() -> Worker:
    return Worker(
        queue_names=[QUEUE],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    )
