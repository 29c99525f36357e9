"""The sheets that read across apps; they only go out."""

from dashboard.sheets.trend import TrendSheet

__all__ = ["TrendSheet"]
