"""Rows of rosters, of which a page has hundreds: put together here, many times quicker than by
a template."""

from functools import lru_cache
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cadres.views.postings import Row

register = template.Library()

ROW = (
    '<tr><th scope="row" class="nowrap"><a href="{}">{}</a></th><td>{}</td>'
    '<td class="nowrap" data-label="%s">{}</td><td class="nowrap" data-label="%s">{}</td>'
    '<td class="nowrap" data-label="%s">{}</td><td data-label="%s">{}</td>'
    '<td class="nowrap" data-label="%s">{}</td>'
    '<td class="nowrap" data-label="%s">{}</td>'
    '<td class="nowrap"><span class="chip {}">{}</span> <small class="muted">{}</small></td></tr>'
)


@lru_cache(maxsize=8)
def _row(language: str) -> str:
    """A row in the words of a language: on a phone its cells stand below each other, named."""
    heads = (
        *(_("County or district"), _("Town, township or street"), _("Village or community")),
        *(_("Sending organisation"), _("In the post since"), _("Planned until")),
    )
    return ROW % tuple(escape(head) for head in heads)


@lru_cache(maxsize=1)
def _address() -> tuple[str, str]:
    """What stands before and after the key in the address of a posting."""
    before, after = reverse("cadres:posting", args=[0]).split("0")
    return before, after


@register.simple_tag
def roster_row(row: Row) -> SafeString:
    """One posting of the roster: cells in the order of its head."""
    before, after = _address()
    where = (row.county, row.township, row.village, row.sender)
    link, state = f"{before}{row.posting.pk}{after}", (row.state.value, row.state.label)
    who = (link, row.name, row.kind)
    told = [escape(str(cell)) for cell in (*who, *where, row.since)]
    ends = [escape(str(cell)) for cell in (*state, row.until)]
    return mark_safe(_row(get_language() or "").format(*told, _planned(row), *ends))


def _planned(row: Row) -> str:
    """Nothing at all without a planned end: an empty cell takes no line on a phone."""
    if not row.planned:
        return ""
    return f'{escape(row.planned)} <small class="muted">{escape(str(row.left))}</small>'
