"""The file of a village (一村一档): sections on one page, each declared by the app that knows it.

An app declares its sections in `village_section.py`; see docs/village-file.md for one from start
to end.
"""

from typing import Any

from villages.models import Division
from villages.sections import Filled, Sections

# From a village, a quarter and a reader to what the template shows.
SECTIONS: Sections[[Division, Any, Any], dict[str, Any]] = Sections("village file")
register = SECTIONS.register


def sections_of(village: Division, period: Any, user: Any) -> list[Filled[dict[str, Any]]]:
    return SECTIONS.of(user, village, period, user)
