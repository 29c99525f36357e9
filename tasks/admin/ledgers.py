"""Ledgers, their tasks and rules, quarters and the working calendar in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks import actions
from tasks.actions import deadlines
from tasks.models import (
    EntryChange,
    Ledger,
    Period,
    Rule,
    SpecialDay,
    Task,
)
from tasks.models.thresholds import THRESHOLDS
from villages.admin import ScopedAdmin, WithSheet
from villages.models import Level


class TaskInline(admin.TabularInline):
    model = Task
    extra = 0
    fields = [
        "number",
        "category",
        "title",
        "requirement",
        "reporting_level",
        "measure",
        "unit",
        "is_cumulative",
        "target",
        "quarters",
        "final_level",
        "lead_organisation",
        "time_limit",
        "evidence_wanted",
        "weight",
        "duty",
        "supports",
    ]

    readonly_fields = ["quarters_due"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Codes are written, words are read."""
        return [_read(name, obj) for name in self.fields or []]

    @admin.display(description=_("quarters due"))
    def quarters_due(self, task: Task) -> str:
        return task.quarters_in_words

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        """A task's wide texts in narrow boxes, so that a ledger reads as a table."""
        widgets = {"requirement": forms.Textarea(attrs={"rows": 2, "cols": 30})}
        return super().get_formset(request, obj, widgets=widgets, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _is_draft(obj) and _keeps(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Once it is issued, a ledger changes by amendments, which say why."""
        allowed = super().has_change_permission(request, obj)
        return allowed and _is_draft(obj) and _keeps(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and _is_draft(obj) and _keeps(request, obj)


def _read(name: Any, ledger: Any) -> Any:
    return "quarters_due" if name == "quarters" and not _is_draft(ledger) else name


def _is_draft(ledger: Any) -> bool:
    return ledger is None or ledger.state == Ledger.State.DRAFT


@admin.register(Ledger)
class LedgerAdmin(ScopedAdmin):
    """A ledger is kept by the unit that issues it; others may look."""

    list_display = ["title", "division", "year", "state", "issued_at"]
    list_filter = ["state", "year"]
    list_select_related = ["division"]
    search_fields = ["title", "division__name"]
    autocomplete_fields = ["division", "extra_units"]
    inlines = [TaskInline]
    ordering = ["-year"]
    readonly_fields = [
        *("state", "issued_at", "issued_by", "notice_reason", "notice_ordered_by"),
        *("copied_from", "closed_at", "closed_by"),
    ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Locked while it is written: issuing goes on beside, and a form saves whole rows."""
        found = super().get_object(request, object_id, from_field)
        if request.method == "POST":
            Ledger.objects.select_for_update().get(pk=found.pk)
            found.refresh_from_db()
        return found

    def has_add_permission(self, request: Any) -> bool:
        """One ledger a year, the city's; so every figure counts the same lines."""
        return super().has_add_permission(request) and keeps_quarters(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who owes what is frozen by issuing, so naming further units comes too late then."""
        fixed = [] if _is_draft(obj) else ["division", "year", "extra_units", *THRESHOLDS]
        return [*self.readonly_fields, *fixed]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The thresholds apart: once they decide lights, they have a page and versions."""
        names = [name for name in self.get_fields(request, obj) if name not in THRESHOLDS]
        told = None if _is_draft(obj) else _on_the_page_of_lights(obj)
        return [
            (None, {"fields": names}),
            (_("Lights"), {"fields": THRESHOLDS, "description": told}),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj) and _keeps(request, obj)
        return allowed and (obj is None or obj.state != Ledger.State.CLOSED)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (
            super().has_delete_permission(request, obj) and _keeps(request, obj) and _is_draft(obj)
        )

    def get_autocomplete_fields(self, request: Any) -> list[str]:
        """Only the system's administrator chooses a unit among all."""
        return self.autocomplete_fields if request.user.sees_everything else ["extra_units"]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A unit makes its own ledger, none for others."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "division" and not request.user.sees_everything:
            field.queryset = field.queryset.filter(pk=request.user.division_id)
            field.initial = request.user.division_id
        return field


def _on_the_page_of_lights(ledger: Ledger) -> str:
    return format_html(
        '{} <a href="{}">{}</a>',
        _("The ledger is issued: its thresholds are changed on the page of its lights."),
        reverse("tasks:lights", args=[ledger.pk]),
        _("Thresholds of lights"),
    )


def _keeps(request: Any, ledger: Ledger | None) -> bool:
    user = request.user
    return ledger is None or user.sees_everything or user.division_id == ledger.division_id


class RuleInline(admin.TabularInline):
    """What is asked of the values of a task; it may be learnt and mended while people report."""

    model = Rule
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("tasks.view_rule")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _may_keep(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_keep(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_keep(request, obj)


@admin.register(Task)
class TaskAdmin(ScopedAdmin):
    """All tasks of all years, to search; made inside their ledger, their rules are kept here."""

    list_display = ["number", "title", "ledger", "category", "reporting_level", "measure", "unit"]
    list_display_links = ["title"]
    list_filter = ["ledger__year", "category", "reporting_level", "measure"]
    list_select_related = ["ledger"]
    search_fields = ["title", "requirement", "lead_organisation"]
    autocomplete_fields = ["lead_reviewers"]
    readonly_fields = ["ledger", "continues"]
    inlines = [RuleInline]
    ordering = ["-ledger__year", "number"]
    always_free = ("lead_reviewers",)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Accounts that were chosen are told apart as those that are offered."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "lead_reviewers" and field is not None:
            field.queryset = field.queryset.select_related("division")
            field.label_from_instance = lambda account: account.label
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        ledger = obj.ledger if obj else None
        known = [name for name in self.get_fields(request, obj) if name not in self.always_free]
        names = list(dict.fromkeys(_read(name, ledger) for name in known))
        told = None if _is_draft(ledger) else ISSUED
        return [
            (None, {"fields": names, "description": told}),
            (_("Second opinion"), {"fields": self.always_free}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Once the ledger is issued, a task is changed by an amendment, which says why."""
        if obj is None or _is_draft(obj.ledger):
            return list(self.readonly_fields)
        names = [field.name for field in Task._meta.concrete_fields if field.name != "id"]
        return list(dict.fromkeys([*self.readonly_fields, *names, "quarters_due"]))

    @admin.display(description=_("quarters due"))
    def quarters_due(self, task: Task) -> str:
        return task.quarters_in_words

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_keep(request, obj)


ISSUED = _(
    "The ledger is issued: the task itself is changed by an amendment, on the page of the ledger. "
    "Its rules and the accounts of its lead organisation may be changed here."
)


def _may_keep(request: Any, task: Task | None) -> bool:
    """Rules and second opinions may change while the ledger runs, by the unit that issues it."""
    if task is None:
        return True
    return _keeps(request, task.ledger) and task.ledger.state != Ledger.State.CLOSED


@admin.register(Period)
class PeriodAdmin(admin.ModelAdmin):
    """Quarters are common to all; only those who keep ledgers move their dates."""

    list_display = ["__str__", "opens", "due", "locks"]
    list_filter = ["year"]
    ordering = ["-year", "-quarter"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Lines hang on a quarter; it keeps its number, only its days move."""
        return ["year", "quarter"] if obj else []

    def save_model(self, request: Any, obj: Period, form: Any, change: bool) -> None:
        stored = Period.objects.select_for_update().filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        if stored:
            author = actions.Author(request.user, EntryChange.Origin.ADMIN)
            deadlines.note_dates(obj, deadlines.dates_of(stored), author)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and keeps_quarters(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and keeps_quarters(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and keeps_quarters(request)


@admin.register(SpecialDay)
class SpecialDayAdmin(WithSheet, ScopedAdmin):
    """The working calendar is common to all; the city keeps it."""

    sheet_name = "special_days"
    list_display = ["on", "is_workday", "name"]
    list_filter = ["is_workday"]
    search_fields = ["name"]
    date_hierarchy = "on"
    ordering = ["-on"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and keeps_quarters(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and keeps_quarters(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and keeps_quarters(request)


def keeps_quarters(request: Any) -> bool:
    user: User = request.user
    return user.sees_everything or user.level == Level.CITY
