from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from cadres.models import Organization, Tag


class OrganizationFilter(filterset.FilterSet):
    q = django_filters.CharFilter(label=_("Name"), method="by_name")
    level = django_filters.ChoiceFilter(
        label=_("Level"), choices=Organization.Sender.choices, empty_label=_("All levels")
    )
    functions = django_filters.ModelChoiceFilter(
        label=_("Functions"), queryset=Tag.objects.all(), empty_label=_("All functions")
    )
    strengths = django_filters.ModelChoiceFilter(
        label=_("Strengths"), queryset=Tag.objects.all(), empty_label=_("All strengths")
    )
    room = django_filters.ChoiceFilter(
        label=_("Can send"),
        method="by_room",
        choices=[("yes", _("More than it has sent")), ("no", _("No more"))],
        empty_label=_("Any number"),
    )

    class Meta:
        model = Organization
        fields: list[str] = []

    def by_name(self, organizations: Any, name: str, text: str) -> Any:
        return organizations.search(text)

    def by_room(self, organizations: Any, name: str, choice: str) -> Any:
        return organizations.with_room(choice == "yes")


def organization_filter(data: Any, organizations: Any) -> OrganizationFilter:
    """Over organisations that are read with_sent()."""
    return OrganizationFilter(data, queryset=organizations)
