"""By what the list of persons is filtered; every choice stays in the address."""

import datetime
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from cadres.models import (
    Education,
    Person,
    PoliticalStatus,
    Posting,
    PostingKind,
    Sex,
)
from cadres.models.organization import OrganizationQuerySet
from cadres.months import born_until
from cadres.quick_select import QuickSelect
from cadres.roles_held import held_any, holding, roles

NONE = "none"
# Full years on the day of the list, both ends included.
AGES = {"35": (0, 35), "45": (36, 45), "55": (46, 55), "60": (56, 60), "over": (61, 150)}
AGE_BANDS = [
    ("35", _("35 and younger")),
    ("45", "36–45"),
    ("55", "46–55"),
    ("60", "56–60"),
    ("over", _("over 60")),
    (NONE, _("Month of birth not entered")),
]


class PersonFilter(filterset.FilterSet):
    q = django_filters.CharFilter(label=_("Full name"), method="by_name")
    role = django_filters.ChoiceFilter(
        label=_("Holds today"),
        method="by_role",
        empty_label=_("Any role or none"),
        widget=QuickSelect,
    )
    organization = django_filters.CharFilter(label=_("Own organisation"), method="by_organization")
    sex = django_filters.ChoiceFilter(
        label=_("Sex"), choices=Sex.choices, empty_label=_("Women and men"), widget=QuickSelect
    )
    age = django_filters.ChoiceFilter(
        label=_("Age"),
        method="by_age",
        choices=AGE_BANDS,
        empty_label=_("All ages"),
        widget=QuickSelect,
    )
    education = django_filters.ChoiceFilter(
        label=_("Education"),
        choices=Education.choices,
        empty_label=_("All levels"),
        widget=QuickSelect,
    )
    political = django_filters.ChoiceFilter(
        label=_("Political status"),
        field_name="political_status",
        choices=PoliticalStatus.choices,
        empty_label=_("All"),
        widget=QuickSelect,
    )

    class Meta:
        model = Person
        fields: list[str] = []

    def __init__(
        self, *args: Any, organizations: OrganizationQuerySet, on: datetime.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.organizations, self.on = organizations, on
        self.kinds = list(PostingKind.objects.all())
        self.filters["role"].extra["choices"] = self._roles()
        self.filters["organization"].field.widget.attrs |= {
            "placeholder": _("Name or pinyin initials"),
            "maxlength": 40,
        }
        # Browsers send nothing that the pattern forbids, so that no number gets into an address.
        self.filters["q"].field.widget.attrs |= {
            "placeholder": _("Name or pinyin"),
            "pattern": r"[^0-9０-９]*",
            "title": _("A name or its pinyin; nobody is found by a number."),
            "maxlength": 40,
        }

    def _roles(self) -> list[tuple[str, str]]:
        kinds = [(f"kind:{kind.code}", str(kind)) for kind in self.kinds]
        others = [(f"role:{role.name}", str(role.label)) for role in roles()]
        return [*kinds, *others, (NONE, str(_("Without any role")))]

    def by_name(self, persons: Any, name: str, text: str) -> Any:
        return persons.search(text)

    def by_organization(self, persons: Any, name: str, text: str) -> Any:
        """Of those that the reader sees, of whom a list would be too long."""
        return persons.filter(organization__in=self.organizations.search(text).order_by())

    def by_role(self, persons: Any, name: str, choice: str) -> Any:
        if choice == NONE:
            return persons.exclude(held_any(self.on, self.on))
        what, _colon, code = choice.partition(":")
        if what == "role":
            return persons.filter(holding(self.on, code))
        held = Posting.objects.on(self.on).filter(kind__code=code)
        return persons.filter(pk__in=held.order_by().values("person"))

    def by_age(self, persons: Any, name: str, band: str) -> Any:
        if band == NONE:
            return persons.filter(birth="")
        youngest, oldest = AGES[band]
        born = Q(
            birth__lte=born_until(youngest, self.on), birth__gt=born_until(oldest + 1, self.on)
        )
        return persons.filter(born)
