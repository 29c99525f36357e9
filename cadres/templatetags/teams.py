"""How members of village teams and the figures of terms look."""

import datetime

from django import template
from django.utils.translation import gettext as _

from cadres import months
from cadres.models import TeamMember
from cadres.term_chart import shown, term_chart

register = template.Library()
register.simple_tag(term_chart)
register.simple_tag(shown, name="figure_of")

MARKS = ("is_new", "is_entrepreneur", "is_veteran", "is_returnee", "is_graduate")


@register.filter
def month(value: str) -> str:
    """1978.05, as forms write it."""
    return months.shown(value)


@register.filter
def age_on(member: TeamMember, on: datetime.date) -> str:
    age = months.age(member.person.birth, on)
    return "–" if age is None else str(age)


@register.filter
def marks(member: TeamMember) -> list[str]:
    """What is told from the positions, then what was ticked."""
    found = [_("Dual role")] if member.has_dual_role else []
    found += [_("In both committees")] if member.is_cross_appointed else []
    fields = [TeamMember._meta.get_field(name) for name in MARKS]
    ticked = [field for field in fields if getattr(member, field.name)]
    return found + [str(field.verbose_name) for field in ticked]  # type: ignore[union-attr]
