import datetime
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tasks.actions import evidencing


class Command(BaseCommand):
    help = "Let go of files of evidence that a crash left without a row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        # A file younger than this may be one whose row is just being written.
        parser.add_argument("--hours", type=int, default=24, metavar="N")

    def handle(self, *args: Any, hours: int, **options: Any) -> None:
        before = timezone.now() - datetime.timedelta(hours=hours)
        self.stdout.write(f"files={evidencing.tidy(before)}")
