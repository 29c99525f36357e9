"""The sheets of the ledger, in the shapes that the offices use."""

from tasks.sheets.entries import EntrySheet
from tasks.sheets.history import HistorySheet
from tasks.sheets.special_days import SpecialDaySheet
from tasks.sheets.township_ledger import TownshipLedgerSheet
from tasks.sheets.village_values import VillageValuesSheet

__all__ = [
    "EntrySheet",
    "HistorySheet",
    "SpecialDaySheet",
    "TownshipLedgerSheet",
    "VillageValuesSheet",
]
