"""Tables of the pages of figures, and the annexes of a bulletin; they only go out."""

from dashboard.sheets.bulletin import BulletinProblemsSheet, BulletinRankingSheet
from dashboard.sheets.figures import AttentionSheet, MatrixSheet, RankingSheet
from dashboard.sheets.trend import TrendSheet

__all__ = [
    "AttentionSheet",
    "BulletinProblemsSheet",
    "BulletinRankingSheet",
    "MatrixSheet",
    "RankingSheet",
    "TrendSheet",
]
