from typing import Any

import django_filters
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from cadres.models import TeamMember, VillageTeam
from cadres.team_rules import in_words, with_fault
from villages.models import Division, Level

DUAL, NOT_DUAL, UNCONFIRMED, NOT_ELECTED = "dual", "not_dual", "unconfirmed", "not_elected"


class TeamFilter(filterset.FilterSet):
    """Which teams of a term are listed; every choice stays in the address."""

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
        return any(self.data.get(name) for name in self.filters)

    def by_unit(self, teams: Any, name: str, text: str) -> Any:
        """A part of a township's or a county's name brings its villages along."""
        found = Division.objects.search(text)
        villages = teams.filter(village__in=found.filter(level=Level.VILLAGE))
        townships = found.filter(level=Level.TOWNSHIP)
        counties = found.filter(level=Level.COUNTY)
        return (
            villages
            | teams.filter(village__parent__in=townships)
            | teams.filter(village__parent__parent__in=counties)
        )

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
