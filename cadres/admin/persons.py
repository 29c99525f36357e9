"""Persons in the administration: by the form and the verbs of the pages, and as masked."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from cadres.actions import persons
from cadres.admin.telling import TellingAdmin
from cadres.models import Person
from cadres.models.person import SECRETS
from cadres.person_forms import FIELDS, PersonForm
from villages.admin import ScopedFilter

MASKED = {"phone": "shown_phone", "identity_number": "shown_identity_number"}


@admin.register(Person)
class PersonAdmin(TellingAdmin):
    form = PersonForm
    list_display = ["name", "sex", "birth", "organization", "position", "division"]
    list_filter = [
        *("sex", "political_status", "education", "has_left_lead"),
        ("organization", ScopedFilter),
    ]
    list_select_related = ["organization", "division"]
    search_fields = ["name", "pinyin"]
    autocomplete_fields = ["division"]
    list_per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*SECRETS)

    @admin.display(description=_("telephone"))
    def shown_phone(self, person: Person) -> str:
        return person.masked_phone

    @admin.display(description=_("identity number"))
    def shown_identity_number(self, person: Person) -> str:
        return person.masked_identity_number

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        """Who only reads meets the numbers masked; a division is chosen once."""
        if obj is not None and not self.has_change_permission(request, obj):
            return [*FIELDS, "division", *MASKED.values()]
        drops = [f"drop_{name}" for name in SECRETS if obj and getattr(obj, name)]
        return [*FIELDS, "division", *SECRETS, *drops, "seen"]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        """Where a person serves is told by appointments and elections."""
        shown = list(MASKED.values())
        return ["division", *shown] if obj else shown

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("PersonFormOfAdmin", (form,), {"user": request.user})

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.is_standing)

    @method_decorator(sensitive_post_parameters(*SECRETS))
    def changeform_view(self, request: Any, object_id: Any = None, *args: Any, **more: Any) -> Any:
        return super().changeform_view(request, object_id, *args, **more)

    def save_model(self, request: Any, obj: Person, form: Any, change: bool) -> None:
        values = form.values()
        if change:
            version = form.cleaned_data.get("seen") or 0
            persons.change(obj.pk, version, values, request.user)
        else:
            persons.add(obj, request.user, values["strengths"])
