from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from tasks import actions
from tasks.actions import deadlines
from tasks.models import Entry, EntryChange, EntrySummary, Ledger, Period, Review, Task
from villages.admin import ReadOnlyAdmin, ScopedAdmin, ScopedFilter, WithSheet
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
    ]

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        """A task's wide texts in narrow boxes, so that a ledger reads as a table."""
        widgets = {"requirement": forms.Textarea(attrs={"rows": 2, "cols": 30})}
        return super().get_formset(request, obj, widgets=widgets, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _is_draft(obj) and _keeps(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _keeps(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and _is_draft(obj) and _keeps(request, obj)


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
    readonly_fields = ["state", "issued_at", "issued_by"]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Locked while it is written: issuing goes on beside, and a form saves whole rows."""
        found = super().get_object(request, object_id, from_field)
        if request.method == "POST":
            Ledger.objects.select_for_update().get(pk=found.pk)
            found.refresh_from_db()
        return found

    def has_add_permission(self, request: Any) -> bool:
        """One ledger a year, the city's; so every figure counts the same lines."""
        return super().has_add_permission(request) and _keeps_quarters(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who owes what is frozen by issuing, so naming further units comes too late then."""
        fixed = [] if _is_draft(obj) else ["division", "year", "extra_units"]
        return [*self.readonly_fields, *fixed]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _keeps(request, obj)

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

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Thresholds and targets decide the lights that the summaries count."""
        super().save_related(request, form, formsets, change)
        if not _is_draft(form.instance):
            EntrySummary.objects.rebuild(form.instance)


def _keeps(request: Any, ledger: Ledger | None) -> bool:
    user = request.user
    return ledger is None or user.sees_everything or user.division_id == ledger.division_id


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """All tasks of all years, to search; they are written inside their ledger."""

    list_display = ["number", "title", "ledger", "category", "reporting_level", "measure", "unit"]
    list_display_links = ["title"]
    list_filter = ["ledger__year", "category", "reporting_level", "measure"]
    list_select_related = ["ledger"]
    search_fields = ["title", "requirement", "lead_organisation"]
    ordering = ["-ledger__year", "number"]


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
        return super().has_change_permission(request, obj) and _keeps_quarters(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and _keeps_quarters(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _keeps_quarters(request)


def _keeps_quarters(request: Any) -> bool:
    user: User = request.user
    return user.sees_everything or user.level == Level.CITY


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
