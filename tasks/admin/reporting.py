"""What goes on around the entries: dates moved, lines exempted, files, reminders, amendments.

All of it is written on the pages and read here; the dictionary of reasons is kept here.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tasks.admin.ledgers import keeps_quarters
from tasks.models import (
    Amendment,
    Evidence,
    Exemption,
    Extension,
    LightOverride,
    LightRule,
    PeriodChange,
    RankingExclusion,
    Reminder,
    ReturnReason,
)
from tasks.models.thresholds import THRESHOLDS
from villages.admin import ReadOnlyAdmin, ScopedAdmin

OF_ENTRY = ["entry__division", "entry__task", "entry__period"]


@admin.register(ReturnReason)
class ReturnReasonAdmin(ScopedAdmin):
    """One that is not wanted any more is taken out of use; what it was said of keeps it."""

    list_display = ["name", "english", "code", "position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "english", "code"]
    ordering = ["position", "code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Figures are told apart by the code."""
        return ["code"] if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and keeps_quarters(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and keeps_quarters(request)


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin):
    list_display = ["division", "period", "until", "reason", "granted_by", "granted_at", "ended_at"]
    list_filter = ["period"]
    list_select_related = ["division", "period", "granted_by"]
    search_fields = ["division__name", "reason"]
    ordering = ["-granted_at", "-pk"]


@admin.register(PeriodChange)
class PeriodChangeAdmin(ReadOnlyAdmin):
    list_display = ["at", "period", "verb", "by", "reason"]
    list_filter = ["verb", "period"]
    list_select_related = ["period", "by"]
    search_fields = ["reason", "by__name"]
    ordering = ["-at", "-pk"]


@admin.register(Amendment)
class AmendmentAdmin(ReadOnlyAdmin):
    list_display = [
        *("at", "ledger", "kind", "task", "division"),
        *("from_quarter", "entries", "reason", "by"),
    ]
    list_filter = ["kind", "ledger__year"]
    list_select_related = ["ledger", "task", "division", "by"]
    search_fields = ["reason", "task__title", "division__name"]
    ordering = ["-at", "-pk"]


@admin.register(LightRule)
class LightRuleAdmin(ReadOnlyAdmin):
    list_display = ["at", "ledger", "version", *THRESHOLDS, "reason", "by"]
    list_filter = ["ledger__year"]
    list_select_related = ["ledger", "by"]
    search_fields = ["reason", "ledger__title"]
    ordering = ["-at", "-pk"]


@admin.register(LightOverride)
class LightOverrideAdmin(ReadOnlyAdmin):
    list_display = [
        "at",
        "division",
        "period",
        "task",
        "light",
        "until",
        "reason",
        "by",
        "ended_at",
    ]
    list_filter = ["period", "light"]
    list_select_related = ["division", "period", "task", "by"]
    search_fields = ["reason", "division__name"]
    ordering = ["-at", "-pk"]


@admin.register(Exemption)
class ExemptionAdmin(ReadOnlyAdmin):
    list_display = ["entry", "reason", "asked_by", "asked_at", "verdict", "decided_by"]
    list_filter = ["verdict", "asked_at"]
    list_select_related = [*OF_ENTRY, "asked_by", "decided_by"]
    search_fields = ["reason", "entry__division__name"]
    show_full_result_count = False
    ordering = ["-asked_at", "-pk"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    """Which files there are. They themselves are opened where they belong, on the entry."""

    list_display = ["name", "entry", "kind", "size", "added_by", "added_at", "removed_at"]
    list_filter = ["kind", "added_at"]
    list_select_related = [*OF_ENTRY, "added_by"]
    search_fields = ["name", "entry__division__name"]
    exclude = ["file"]
    show_full_result_count = False
    ordering = ["-added_at", "pk"]


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = ["on", "division", "period", "by", "is_escalation", "words"]
    list_filter = ["is_escalation", "period", "on"]
    list_select_related = ["division", "period", "by"]
    search_fields = ["division__name", "words"]
    show_full_result_count = False
    ordering = ["-on", "-pk"]


@admin.register(RankingExclusion)
class RankingExclusionAdmin(ReadOnlyAdmin):
    """Set and ended on the ranking of the unit above."""

    list_display = ["division", "period", "reason", "by", "at", "ended_by", "ended_at"]
    list_filter = ["period", "at"]
    list_select_related = ["division", "period", "by", "ended_by"]
    search_fields = ["division__name", "reason"]
    ordering = ["-at", "-pk"]
