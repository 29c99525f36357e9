"""What of the coverage calendar is looked at: the choices in its address, each with a default."""

import datetime
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cadres.coverage import Coverage
from cadres.coverage_lists import GAP_DAYS
from cadres.models import PostingKind
from villages.models import Division, Viewer

FIRST_YEAR = 2015
AHEAD = 2  # years to come that plans may reach
SPANS = [(12, _("12 months")), (24, _("24 months"))]


class CalendarForm(forms.Form):
    """The choices as a form that sends them as an address; what makes no sense is the default."""

    use_required_attribute = False

    kind = forms.ChoiceField(label=_("Seat"), required=False)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False)
    months = forms.TypedChoiceField(label=_("Shown"), coerce=int, choices=SPANS, required=False)
    gap = forms.IntegerField(
        label=_("Gaps longer than, in days"), min_value=0, max_value=3660, required=False
    )
    show = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, given: Mapping[str, Any], on: datetime.date) -> None:
        self.on, self.seats = on, seats_shown()
        years = range(on.year + AHEAD, FIRST_YEAR - 1, -1)
        defaults = {"kind": next(iter(self.seats), ""), "year": on.year, "months": 12}
        defaults |= {"gap": GAP_DAYS, "show": ""}
        super().__init__({name: given.get(name) or value for name, value in defaults.items()})
        self._choices("kind", [(code, str(kinds[0])) for code, kinds in self.seats.items()])
        self._choices("year", [(year, str(year)) for year in years])
        if not self.is_valid():
            kept = {name: value for name, value in self.data.items() if name not in self.errors}
            self.data = defaults | kept
            self.full_clean()

    def _choices(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def coverage(self, division: Division, viewer: Viewer) -> Coverage:
        given = self.cleaned_data
        first = datetime.date(given["year"], 1, 1)
        kinds = self.seats[given["kind"]]
        return Coverage(division, viewer, kinds, self.on, first, given["months"])


def seats_shown() -> dict[str, list[PostingKind]]:
    """The kinds that compete for each seat of which a unit has a number, by the code of the
    first of them."""
    by_seat: dict[str, list[PostingKind]] = {}
    for kind in PostingKind.objects.filter(seats__isnull=False):
        by_seat.setdefault(kind.seat, []).append(kind)
    return {kinds[0].code: kinds for kinds in by_seat.values()}
