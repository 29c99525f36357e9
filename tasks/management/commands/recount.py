import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasks.models import EntrySummary, Ledger
from tasks.models.summary import COUNTED, KEY


class Command(BaseCommand):
    help = (
        "Count all summaries afresh from their entries, ledger by ledger. Every write keeps them "
        "true; this is for a database that was changed by hand, and to be sure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, help="the ledgers of one year only")

    def handle(self, *args: Any, year: int | None, **options: Any) -> None:
        ledgers = Ledger.objects.issued().order_by("year", "pk")
        if year is not None:
            ledgers = ledgers.filter(year=year)
        if not ledgers:
            raise CommandError("There is no issued ledger to count.")
        for ledger in ledgers:
            start = time.monotonic()
            before = self._rows(ledger)
            rows = EntrySummary.objects.rebuild(ledger)
            after = self._rows(ledger)
            wrong = sum(before.get(key) != after.get(key) for key in {*before, *after})
            seconds = time.monotonic() - start
            self.stdout.write(f"{ledger.year}: {rows} rows, {wrong} were wrong, {seconds:.1f} s")

    def _rows(self, ledger: Ledger) -> dict[Any, Any]:
        rows = EntrySummary.objects.filter(task__ledger=ledger).values_list(*KEY, *COUNTED)
        return {row[: len(KEY)]: row[len(KEY) :] for row in rows}
