"""The demo city: real counties; invented townships, villages and people; a year half reported.

Everything is drawn from seeded random numbers and fixed dates, so every build is the same.
"""
