from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from cadres.models import TeamMember, VillageTeam
from cadres.team_rules import in_words, with_fault
from villages.models import Division, DivisionQuerySet, Level

DUAL, NOT_DUAL, UNCONFIRMED, NOT_ELECTED = "dual", "not_dual", "unconfirmed", "not_elected"


class TeamFilter(filterset.FilterSet):
    """Which teams of a term are listed; every choice stays in the address."""

    # Not a choice of its own: sent along, so that the page stays at its term.
    term = django_filters.CharFilter(method="all_of_page", widget=forms.HiddenInput)
    unit = django_filters.CharFilter(label=_("Unit"), method="by_unit")
    state = django_filters.ChoiceFilter(
        label=_("Election"),
        method="by_state",
        choices=[
            *VillageTeam.State.choices,
            (NOT_ELECTED, _("Not elected yet")),
            (UNCONFIRMED, _("Members not confirmed")),
        ],
        empty_label=_("All states"),
    )
    dual = django_filters.ChoiceFilter(
        label=_("Secretary and director"),
        method="by_dual",
        choices=[(DUAL, _("In one person")), (NOT_DUAL, _("Not in one person"))],
        empty_label=_("All teams"),
    )
    fault = django_filters.ChoiceFilter(
        label=_("Warning"), method="by_fault", choices=in_words, empty_label=_("With or without")
    )

    class Meta:
        model = VillageTeam
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["unit"].field.widget.attrs["placeholder"] = _("Name or pinyin initials")

    @property
    def narrows(self) -> bool:
        return any(self.data.get(name) for name in self.filters if name != "term")

    def villages(self, not_opened: DivisionQuerySet) -> DivisionQuerySet:
        """Of villages without a team those that fit: nothing is known of them but that they wait
        for their election."""
        asked = {name for name in self.filters if self.data.get(name)}
        is_waiting = self.data.get("state") in (NOT_ELECTED, VillageTeam.State.NOT_BEGUN)
        if not is_waiting or asked & {"dual", "fault"}:
            return not_opened.none()
        text = self.data.get("unit", "")
        return not_opened.filter(_below(text, "")) if text else not_opened

    def all_of_page(self, teams: Any, name: str, value: str) -> Any:
        return teams

    def by_unit(self, teams: Any, name: str, text: str) -> Any:
        """A part of a township's or a county's name brings its villages along."""
        return teams.filter(_below(text, "village__"))

    def by_state(self, teams: Any, name: str, state: str) -> Any:
        if state == NOT_ELECTED:
            return teams.exclude(state=VillageTeam.State.FINISHED)
        if state == UNCONFIRMED:
            return teams.filter(is_carried_over=True)
        return teams.filter(state=state)

    def by_dual(self, teams: Any, name: str, choice: str) -> Any:
        in_office = TeamMember.objects.in_office().filter(team=OuterRef("pk"))
        if choice == DUAL:
            return teams.filter(Exists(in_office.dual_role()))
        return teams.filter(Exists(in_office.secretaries()), ~Exists(in_office.dual_role()))

    def by_fault(self, teams: Any, name: str, fault: str) -> Any:
        return with_fault(teams, fault)


def _below(text: str, path: str) -> Q:
    """Villages, by the path to them, that are or lie in a unit of such a name."""
    found = Division.objects.search(text)
    return (
        Q(**{f"{path}pk__in": found.filter(level=Level.VILLAGE)})
        | Q(**{f"{path}parent__in": found.filter(level=Level.TOWNSHIP)})
        | Q(**{f"{path}parent__parent__in": found.filter(level=Level.COUNTY)})
    )
