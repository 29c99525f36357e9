from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from accounts.models import User
from tasks.models import Exemption, Period


class ExemptionFilter(filterset.FilterSet):
    """Which exemptions are listed; every choice stays in the address."""

    period = django_filters.ModelChoiceFilter(
        label=_("Quarter"),
        field_name="entry__period",
        queryset=Period.objects.order_by("-year", "-quarter"),
        empty_label=_("All quarters"),
    )
    verdict = django_filters.ChoiceFilter(
        label=_("Decision"),
        method="by_verdict",
        choices=[
            ("mine", _("Waiting for me")),
            ("waiting", _("Awaiting decision")),
            ("granted", _("Granted")),
            ("refused", _("Not granted")),
            ("withdrawn", _("Withdrawn")),
            ("lifted", _("Lifted")),
        ],
        empty_label=_("All decisions"),
    )

    class Meta:
        model = Exemption
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def by_verdict(self, exemptions: Any, name: str, choice: str) -> QuerySet[Exemption]:
        found: QuerySet[Exemption]
        if choice == "mine":
            found = exemptions.waiting_for(self.user)
        else:
            found = exemptions.filter(verdict="" if choice == "waiting" else choice)
        return found
