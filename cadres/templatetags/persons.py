"""How persons are shown."""

from functools import lru_cache
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import User
from cadres import months
from cadres.models import Education, Person, PoliticalStatus, Sex
from cadres.views.people import Listed

CELL, NOTHING = '<td data-label="{}">{{}}</td>', "–"

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


@lru_cache(maxsize=1)
def _address() -> tuple[str, str]:
    """What stands before and after the key in the address of a person."""
    before, after = reverse("cadres:person", args=[0]).split("0")
    return before, after


@register.simple_tag
def person_rows(persons: list[Listed]) -> SafeString:
    """Lines of the list of persons, of which a page has a hundred: put together here, many
    times quicker than by a template."""
    words = [
        {value: escape(str(label)) for value, label in choices.choices}
        for choices in (Sex, PoliticalStatus, Education)
    ]
    heads = [_("Sex"), _("Born"), _("Political status"), _("Education"), _("Own organisation")]
    heads += [_("Holds today"), _("Unit served at")]
    cells = "".join(CELL.format(escape(head)) for head in heads)
    before, after = _address()
    rows = [
        f'<tr><th scope="row"><a href="{before}{one.pk}{after}">{escape(one.name)}</a></th>'
        f"{cells.format(*_cells(one, words))}</tr>"
        for one in persons
    ]
    return mark_safe("\n".join(rows))


def _cells(one: Listed, words: list[dict[str, str]]) -> tuple[str, ...]:
    """What stands below the heads of the list, escaped."""
    sexes, statuses, levels = words
    born = NOTHING
    if one.birth:
        born = f'{escape(months.shown(one.birth))}&nbsp;<span class="muted">({one.years})</span>'
    return (
        sexes.get(one.sex, ""),
        born,
        statuses.get(one.political_status, NOTHING),
        levels.get(one.education, NOTHING),
        escape(one.organization or NOTHING),
        "<br>".join(map(escape, one.holds)) or NOTHING,
        escape(one.unit),
    )
