"""Who is proposed for which village (派需结合、因村定人): facts, fit, limits, and the proposal.

Nothing here knows the database; see docs/decisions/0021-matching.md.
"""
