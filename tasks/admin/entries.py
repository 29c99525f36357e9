"""Entries in the admin: searched by everybody of the staff, written by the one way there is."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tasks import actions
from tasks.models import Entry, EntryChange, EntrySummary, Review
from villages.admin import ReadOnlyAdmin, ScopedAdmin, ScopedFilter, WithSheet


class EntryAdminForm(forms.ModelForm):
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Entry
        fields = Entry.CONTENT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen_version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        """What moved on since the form was opened is told in the form, where the text stays."""
        cleaned, entry = self.cleaned_data, self.instance
        try:
            actions.check_version(entry, cleaned.get("seen_version", entry.version))
        except ValidationError as conflict:
            # Saving again is then meant for the version that is told here.
            typed: Any = self.data
            self.data = {**typed.dict(), "seen_version": str(entry.version)}
            texts = [entry.get_nothing_display(), entry.narrative, entry.problems, entry.next_steps]
            stored = " · ".join(str(part) for part in [entry.value, *texts] if part)
            raise ValidationError([conflict, f"{_('Stored now:')} {stored or '–'}"]) from conflict
        actions.check_editable(
            entry.task, entry.period, entry.state, actions.today(), entry.extended_to
        )
        return cleaned


@admin.register(Entry)
class EntryAdmin(WithSheet, ScopedAdmin):
    """Entries to search and filter; who may fill one may do so here, by the one way there is."""

    sheet_name = "entries"
    form = EntryAdminForm
    list_display = ["division", "township", "task", "period", "value", "state", "is_late"]
    list_filter = ["period", "state", "is_late", "task__category", ("task", ScopedFilter)]
    list_select_related = ["division", "township", "task", "period"]
    search_fields = ["division__name", "division__pinyin", "task__title"]
    show_full_result_count = False
    ordering = ["pk"]
    list_per_page = 100
    fields = [*("division", "task", "period", "state"), *Entry.CONTENT, "seen_version"]
    readonly_fields = ["division", "task", "period", "state"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None or not allowed:
            return allowed
        fillable: Any = Entry.objects.fillable_by(request.user)  # type: ignore[arg-type]
        return bool(obj.is_editable and fillable.filter(pk=obj.pk).exists())

    def save_model(self, request: Any, obj: Entry, form: Any, change: bool) -> None:
        content = {name: form.cleaned_data[name] for name in Entry.CONTENT}
        edit = actions.Edit(obj.pk, form.cleaned_data["seen_version"], content)
        outcome = actions.save([edit], actions.Author(request.user, EntryChange.Origin.ADMIN))
        for refusal in outcome.refused:
            messages.set_level(request, messages.ERROR)
            messages.error(request, "; ".join(refusal.error.messages))


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ["at", "entry", "level", "verdict", "reviewer", "comment"]
    list_filter = ["verdict", "level", "at"]
    list_select_related = ["entry__division", "entry__task", "entry__period", "reviewer"]
    search_fields = ["comment", "entry__division__name"]
    show_full_result_count = False
    ordering = ["-at", "-pk"]


@admin.register(EntryChange)
class EntryChangeAdmin(ReadOnlyAdmin):
    list_display = ["at", "entry", "verb", "by", "origin", "version"]
    list_filter = ["verb", "origin", "at"]
    list_select_related = ["entry__division", "entry__task", "entry__period", "by"]
    search_fields = ["entry__division__name", "by__username"]
    show_full_result_count = False
    ordering = ["-at", "-pk"]


@admin.register(EntrySummary)
class EntrySummaryAdmin(ReadOnlyAdmin):
    """What the overview sums; kept by the system."""

    list_display = ["township", "period", "task", "owed", "submitted", "accepted", "returned"]
    list_filter = ["period", "task__category"]
    list_select_related = ["township", "period", "task"]
    search_fields = ["township__name"]
    ordering = ["pk"]
