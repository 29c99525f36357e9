"""How shares of the registers look: rounded as people round, without saying more than is true."""

from decimal import ROUND_HALF_UP, Decimal

from django import template

register = template.Library()

STEP = Decimal("0.1")
ALL = Decimal(100)


@register.filter
def share(part: int, whole: int) -> str:
    """In percent with one decimal; 100 only where nothing is missing, 0 only where nothing is."""
    if not whole:
        return "–"
    rounded = (Decimal(part) * ALL / whole).quantize(STEP, ROUND_HALF_UP)
    if part < whole:
        rounded = min(rounded, ALL - STEP)
    if part:
        rounded = max(rounded, STEP)
    return str(rounded)
