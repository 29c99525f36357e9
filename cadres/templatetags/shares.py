"""How shares of the registers look."""

from django import template

from cadres.shares import percent

register = template.Library()


@register.filter
def share(part: int, whole: int) -> str:
    """In percent, or a dash where there is nothing to have a share of."""
    rounded = percent(part, whole)
    return "–" if rounded is None else str(rounded)
