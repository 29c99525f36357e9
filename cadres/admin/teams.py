"""Terms, standards and indicators, which the city keeps here; teams, which are written on their
pages and read here."""

import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.admin.lists import PersonsReadOnlyAdmin
from cadres.models import (
    Criterion,
    StandardAssessment,
    TeamMember,
    Term,
    TermIndicator,
    VillageTeam,
)
from villages.admin import ReadOnlyAdmin, ScopedAdmin
from villages.models import Level


class KeptByCity(ScopedAdmin):
    """One table for all units, which only the city changes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and _is_of_city(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_of_city(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_of_city(request)


def _is_of_city(request: Any) -> bool:
    user: User = request.user
    return user.sees_everything or user.level == Level.CITY


@admin.register(Term)
class TermAdmin(KeptByCity):
    list_display = ["name", "year", "started", "years", "due"]
    search_fields = ["name", "year"]
    ordering = ["-year"]

    @admin.display(description=_("next elections"))
    def due(self, term: Term) -> datetime.date:
        return term.next_due

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Addresses and imports name a term by its year."""
        return ["year"] if obj else []


@admin.register(Criterion)
class CriterionAdmin(KeptByCity):
    """Sixteen of them stand from the beginning; what changes is their wording."""

    list_display = ["__str__", "standard", "group", "number", "label"]
    list_editable = ["group", "label"]
    list_filter = ["standard"]
    search_fields = ["group", "label"]
    ordering = ["-standard", "number"]
    readonly_fields = ["standard", "number"]


@admin.register(TermIndicator)
class TermIndicatorAdmin(KeptByCity):
    """Who is counted is chosen from a list: there are no formulas to get wrong."""

    list_display = ["order", "name", "told", "direction", "is_in_use", "is_suggestion"]
    list_display_links = ["name"]
    list_editable = ["order", "is_in_use", "is_suggestion"]
    list_filter = ["is_in_use", "is_suggestion", "population"]
    search_fields = ["name", "english"]
    ordering = ["order", "pk"]
    fieldsets = [
        (_("What it is called"), {"fields": ["name", "english"]}),
        (
            _("What is counted"),
            {
                "fields": ["measure", "population", "counted", "parameter"],
                "description": _(
                    "A share is of those among whom it is counted, on the day of the election: "
                    "choose who of them is counted. A mean age is of all of them: leave “who is "
                    "counted” empty. Years of age are asked for “at most so many years old” only."
                ),
            },
        ),
        (
            _("How it is judged"),
            {
                "fields": ["direction"],
                "description": _(
                    "Reached where the figure of the later term moved this way, however little."
                ),
            },
        ),
        (
            _("Where it stands"),
            {
                "fields": ["order", "is_in_use", "is_suggestion"],
                "description": _(
                    "Those in use stand on the page in their order, the smallest number first. "
                    "A suggestion is marked as one until the city confirms it: then take the tick "
                    "away."
                ),
            },
        ),
    ]

    @admin.display(description=_("what it says"))
    def told(self, indicator: TermIndicator) -> str:
        return indicator.definition

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The names are sentences: they have the width of one."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in ("name", "english"):
            field.widget.attrs["class"] = "vLargeTextField"
        if field and db_field.name == "measure":
            field.label = _("Share or mean age")
        return field


@admin.register(VillageTeam)
class VillageTeamAdmin(ReadOnlyAdmin):
    list_display = ["village", "term", "state", "elected_on", "turnout", "is_carried_over"]
    list_filter = ["term", "state", "is_carried_over"]
    list_select_related = ["village", "term"]
    search_fields = ["village__name", "village__pinyin", "village__code__startswith"]
    ordering = ["-term__year", "village__code"]
    list_per_page = 100


@admin.register(TeamMember)
class TeamMemberAdmin(PersonsReadOnlyAdmin):
    list_display = [
        *("person", "team", "party_position", "committee_position"),
        *("supervision_position", "since", "left"),
    ]
    list_filter = ["team__term", "party_position", "committee_position", "is_new"]
    list_select_related = ["person", "team__term", "team__village"]
    search_fields = ["person__name", "person__pinyin", "team__village__name"]
    ordering = ["-team__term__year", "team__village__code", "pk"]
    list_per_page = 100


@admin.register(StandardAssessment)
class StandardAssessmentAdmin(PersonsReadOnlyAdmin):
    list_display = ["person", "division", "standard", "year", "met", "by"]
    list_filter = ["standard", "year"]
    list_select_related = ["person", "division", "by"]
    search_fields = ["person__name", "division__name"]
    ordering = ["-year", "division__code", "pk"]
