"""Tables of the pages of figures, to take along; they only go out."""

from dashboard.sheets.figures import AttentionSheet, MatrixSheet, RankingSheet
from dashboard.sheets.trend import TrendSheet

__all__ = ["AttentionSheet", "MatrixSheet", "RankingSheet", "TrendSheet"]
