"""How persons are shown."""

from django import template

from accounts.models import User
from cadres import months
from cadres.models import Person

register = template.Library()


@register.filter
def opens_to(person: Person, reader: User) -> bool:
    """Whether a reader may open the file of a person, told by the division that came with it.

    Who has moved on stands in the history of a unit by name alone.
    """
    own = reader.division
    sees = reader.sees_everything or bool(own and own.manages(person.division))
    return sees and person.merged_into_id is None and reader.has_perm("cadres.view_person")


@register.filter
def month(text: str) -> str:
    """1978.05 of 1978-05."""
    return months.shown(text)
