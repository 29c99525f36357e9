"""The annexes of a bulletin as workbooks."""

from dashboard.sheets.bulletin import BulletinProblemsSheet, BulletinRankingSheet

__all__ = ["BulletinProblemsSheet", "BulletinRankingSheet"]
