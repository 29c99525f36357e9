from argparse import ArgumentParser
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

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                batch = actions.check(DivisionSheet, opened, file.name, user=None)
            if batch.state == Batch.State.WRONG:
                self._report(batch.errors)
            actions.apply(DivisionSheet, batch.pk, user=None)
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
