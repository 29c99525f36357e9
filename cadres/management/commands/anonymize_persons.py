from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cadres.actions.anonymizing import anonymize, due
from villages.models import Division, Level


class Command(BaseCommand):
    help = (
        "Makes persons anonymous who have been out of every role for years. Without --apply it "
        "only says how many there are, by county. It cannot be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--years", type=int, default=settings.RETENTION_YEARS)
        parser.add_argument("--apply", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        years, today = options["years"], timezone.localdate()
        if years < 1:
            raise CommandError("--years must be 1 or more.")
        persons = list(due(today, years).without_secrets().select_related("division"))
        for name, count in sorted(_by_county(persons).items()):
            self.stdout.write(f"{name}\t{count}")
        if not options["apply"]:
            self.stdout.write(f"{len(persons)} would be made anonymous; --apply does it.")
            return
        done = anonymize([person.pk for person in persons], None, today, years)
        self.stdout.write(f"{done} made anonymous.")


def _by_county(persons: list[Any]) -> Counter[str]:
    """Of each county; whoever is of the city itself stands under its name."""
    counties = Division.objects.filter(level=Level.COUNTY)
    names = {division.path: division.name for division in counties}
    found: Counter[str] = Counter()
    for person in persons:
        path = person.division.path
        above = next((names[one] for one in names if path.startswith(one)), person.division.name)
        found[above] += 1
    return found
