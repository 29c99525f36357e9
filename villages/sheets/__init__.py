"""The divisions and the facts of villages as sheets, and finding the unit that a row means."""

from villages.sheets.divisions import DivisionSheet
from villages.sheets.finder import DivisionFinder, plain_name, units_of
from villages.sheets.profiles import VillageProfileSheet

__all__ = ["DivisionFinder", "DivisionSheet", "VillageProfileSheet", "plain_name", "units_of"]
