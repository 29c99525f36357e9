from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anyang_ledger.demo import city, people
from anyang_ledger.demo.scale import FULL, SMALL


class Command(BaseCommand):
    help = (
        "Build the demo city: the 9 counties of Anyang with invented townships, villages and "
        "people, and a ledger of 2026 reported into its fourth quarter. A city that stands "
        "already is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--small",
            action="store_true",
            help="build 1 county with 3 townships and 30 villages only",
        )

    def handle(self, *args: Any, small: bool, **options: Any) -> None:
        try:
            size = city.build(SMALL if small else FULL)
        except city.OccupiedError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Sign in with the password {people.PASSWORD} as")
        self.stdout.write(f"  {people.ADMINISTRATOR:<24} administrator of the system")
        for account in people.examples():
            self.stdout.write(
                f"  {account.username:<24} {account.get_role_display()}, {account.division}"
            )
        self.stdout.write(str(size))
