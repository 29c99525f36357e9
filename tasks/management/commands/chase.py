import datetime
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import RequestKey
from cadres.actions.postings import settle_begun
from tasks.actions import chasing, today
from tasks.digest import LOOKS_BACK, digests, send_digests


class Command(BaseCommand):
    help = (
        "Write today's reminders and escalations, mail the digests of the day, forget the keys "
        "of old requests, and move the records of persons whose posting begins. Run it once a "
        "day; running it again does nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done and do nothing"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        on = today()
        old = RequestKey.objects.filter(at__lt=timezone.now() - LOOKS_BACK)
        if dry_run:
            self._tell(on, old.count())
            return
        done = chasing.chase(on)
        self.stdout.write(f"{on}: {done.reminded} units reminded, {done.escalated} told of others")
        sent = send_digests(on)
        self.stdout.write(f"{sent.mails} mails sent")
        forgotten, _by_model = old.delete()
        self.stdout.write(f"{forgotten} keys of old requests forgotten")
        moved = settle_begun(on)
        self.stdout.write(f"{moved} records moved to where a posting began")
        if sent.failed:
            told = ", ".join(f"{username} ({why})" for username, why in sent.failed)
            raise CommandError(f"{len(sent.failed)} mails were not sent: {told}")

    def _tell(self, on: datetime.date, old: int) -> None:
        due = sum(len(units) for _period, units in chasing.due_reminders(on))
        told = {(told.period.pk, told.division_id) for told in chasing.escalations(on)}
        mails = sum(1 for _digest in digests(on))
        self.stdout.write(f"{on}: would remind {due} units and tell {len(told)} of others")
        self.stdout.write(f"would mail {mails} accounts, as reminders stand now")
        self.stdout.write(f"would forget {old} keys of old requests")
