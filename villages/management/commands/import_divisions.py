import datetime
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from spreadsheets import actions
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from villages.sheets import DivisionSheet


class Command(BaseCommand):
    help = "Add and update divisions from a code list (code, name, level, parent_code)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .csv or .xlsx file")
        parser.add_argument(
            "--on",
            type=_day,
            metavar="DATE",
            help="the day on which new names and managing units take effect, as 2026-07-01; "
            "today unless it is said",
        )

    def handle(
        self, *args: Any, file: Path, on: datetime.date | None = None, **options: Any
    ) -> None:
        class Dated(DivisionSheet):
            """The sheet as of the day that the command was given."""

        Dated.on = on
        try:
            with file.open("rb") as opened:
                batch = actions.check(DivisionSheet, opened, file.name, user=None)
            if batch.state == Batch.State.WRONG:
                self._report(batch.errors)
            actions.apply(Dated, batch.pk, user=None)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except Refused as refused:
            raise CommandError(refused.message) from refused
        except Stale as stale:
            raise CommandError("\n".join(stale.reasons)) from stale
        self.stdout.write(f"added={batch.new} updated={batch.changed} unchanged={batch.unchanged}")

    def _report(self, errors: list[dict[str, str]]) -> None:
        for error in errors:
            place = f"{error['sheet']} {error['cell']} {error['value']}".rstrip()
            self.stderr.write(f"{place}: {error['message']}")
        raise CommandError(f"{len(errors)} errors; nothing was written.")


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no date; write it as 2026-07-01") from error
