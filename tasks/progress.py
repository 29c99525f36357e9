"""How far each unit of a township is with its quarter."""

from dataclasses import dataclass

from tasks.models import Counts, Entry
from tasks.models.light import light_inputs
from tasks.models.summary import counting
from tasks.place import Place
from villages.models import Division


@dataclass(frozen=True)
class Progress:
    division: Division
    counts: Counts


def progress_of_units(place: Place) -> list[Progress]:
    """The township itself, then its villages, with the counts of their entries: two queries."""
    entries = Entry.objects.within(place.division).owed().filter(period=place.period)
    group = entries.alias(**light_inputs()).order_by().values("division_id")
    counts = {row["division_id"]: Counts.of(row) for row in group.annotate(**counting())}
    divisions = Division.objects.filter(pk__in=counts).defer("pinyin").order_by("level", "code")
    return [Progress(division, counts[division.pk]) for division in divisions]
