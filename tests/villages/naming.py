from collections.abc import Iterable

from tests.world import UNITS
from villages.models import Division

NAMES = {code: name for name, code in UNITS.items()}


def short_names(divisions: Iterable[Division]) -> set[str]:
    """Divisions by their short names in tests.world."""
    return {NAMES[division.code] for division in divisions}
