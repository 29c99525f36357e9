"""Shares of the registers: rounded as people round, without saying more than is true."""

from decimal import ROUND_HALF_UP, Decimal

STEP = Decimal("0.1")
ALL = Decimal(100)


def percent(part: int, whole: int) -> Decimal | None:
    """With one decimal; 100 only where nothing is missing, 0 only where nothing is there."""
    if not whole:
        return None
    rounded = (Decimal(part) * ALL / whole).quantize(STEP, ROUND_HALF_UP)
    if part < whole:
        rounded = min(rounded, ALL - STEP)
    return max(rounded, STEP) if part else rounded
