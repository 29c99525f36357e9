from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from villages import actions
from villages.forms import DivisionForm, ReorganisationForm
from villages.models import Division, DivisionChange, Level, VillageProfile


class ScopedAdmin(admin.ModelAdmin):
    """Shows what the account may see, and offers nothing else to choose.

    What may be seen is `visible_to` of the model's own queryset, as on every page.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        manager: Any = self.model._default_manager
        seen: QuerySet[Any] = manager.visible_to(request.user)
        return seen.order_by(*self.get_ordering(request))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """A foreign object is not there, as on every page."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(
            db_field, request, **self._offered(db_field, request, kwargs)
        )

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, **self._offered(db_field, request, kwargs)
        )

    def _offered(self, db_field: Any, request: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        manager = db_field.related_model._default_manager
        if hasattr(manager, "visible_to"):
            kwargs["queryset"] = manager.visible_to(request.user)
        return kwargs


class ScopedFilter(admin.RelatedFieldListFilter):
    """Offers for choice only what the account may see."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        seen = field.related_model._default_manager.visible_to(request.user)
        return [(related.pk, str(related)) for related in seen]


class ReadOnlyAdmin(ScopedAdmin):
    """For what only the system writes."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class WithSheet(admin.ModelAdmin):
    """Adds to a list the button that leads to the model's sheet."""

    change_list_template = "admin/change_list_with_sheet.html"
    sheet_name: str

    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        context = {"sheet_name": self.sheet_name, **(extra_context or {})}
        return super().changelist_view(request, context)


@admin.register(Division)
class DivisionAdmin(WithSheet, ScopedAdmin):
    sheet_name = "divisions"
    form = DivisionForm
    list_display = ["code", "name", "level", "kind", "parent", "valid_from", "valid_to"]
    list_filter = ["level", "kind"]
    list_select_related = ["parent"]
    search_fields = ["name", "code__startswith", "pinyin"]
    autocomplete_fields = ["parent"]
    ordering = ["code"]
    list_per_page = 100

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The level stands fixed beside the form, so the form knows whether a parent is due."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj and "parent" in form.base_fields:
            form.base_fields["parent"].required = obj.level != Level.CITY
        return form

    def save_model(self, request: HttpRequest, obj: Division, form: Any, change: bool) -> None:
        obj.place(form.cleaned_data.get("takes_effect_on"))

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        """A new division changes nothing on a day, and who only looks changes nothing at all."""
        fields = list(super().get_fields(request, obj))
        fields.remove("takes_effect_on")
        if obj and self.has_change_permission(request, obj):
            fields.insert(fields.index("parent") + 1, "takes_effect_on")
        return fields

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """The own division is changed from above, as in the sheet; the city by itself."""
        allowed = super().has_change_permission(request, obj)
        is_own = obj is not None and obj.pk == request.user.division_id
        return allowed and not (is_own and obj.parent_id)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Divisions end on a day (`valid_to`); their figures stay."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The code is what everything else refers to; the level decides what may hang below."""
        return ["code", "level"] if obj else []


@admin.register(DivisionChange)
class DivisionChangeAdmin(ScopedAdmin):
    """Adding a change merges or splits; deleting one takes it back. Its basis may be put right."""

    list_filter = ["kind", "on"]
    list_select_related = ["source__parent", "target", "old_parent"]
    search_fields = ["source__name", "target__name", "note"]
    ordering = ["-on", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("source__changes_from__old_parent")

    def get_list_display(self, request: Any) -> list[Any]:
        @admin.display(description=_("before → after"))
        def ends(change: DivisionChange) -> str:
            return f"{change.before(request.user)} → {change.after(request.user)}"

        return ["on", "kind", "source", ends, "note"]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj:
            return super().get_form(request, obj, change=change, **kwargs)
        form = super().get_form(request, obj, change=change, form=ReorganisationForm, **kwargs)
        below = Division.objects.visible_to(request.user).exclude(pk=request.user.division_id)
        for name, column in (("sources", "source"), ("targets", "target")):
            field: Any = form.base_fields[name]
            field.queryset = below
            relation: Any = DivisionChange._meta.get_field(column)
            field.widget = AutocompleteSelectMultiple(relation, self.admin_site)
            field.widget.choices = field.choices
        return form

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        if obj is None:
            return ReorganisationForm.Meta.fields
        fields = ["kind", "on", "source", "target", "old_value", "note"]
        if obj.old_parent and not _sees(request, obj.old_parent):
            fields.remove("old_value")  # the name of a unit of others
        return fields

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        return ["kind", "on", "source", "target", "old_value"] if obj else []

    def save_model(self, request: Any, obj: DivisionChange, form: Any, change: bool) -> None:
        """The verb writes a row for each unit; the form shows the first as what was added."""
        if change:
            return super().save_model(request, obj, form, change)
        first = form.perform()[0]
        obj.pk, obj.source, obj.target = first.pk, first.source, first.target
        return None

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _keeps_both(request, obj)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Taking back puts a unit under its old managing unit again, so that one is kept too."""
        old = obj and obj.old_parent
        keeps_old = old is None or _sees(request, old)
        allowed = super().has_delete_permission(request, obj) and keeps_old
        return allowed and _keeps_both(request, obj)

    def delete_model(self, request: Any, obj: DivisionChange) -> None:
        actions.take_back(obj)

    def delete_view(self, request: Any, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            self.message_user(request, "".join(error.messages), messages.ERROR)
            return redirect("admin:villages_divisionchange_change", object_id)

    def get_actions(self, request: Any) -> Any:
        """Changes are taken back one by one, the last one first."""
        return {k: v for k, v in super().get_actions(request).items() if k != "delete_selected"}


def _sees(request: Any, *units: Division) -> bool:
    user = request.user
    return user.sees_everything or bool(user.division and all(map(user.division.manages, units)))


def _keeps_both(request: Any, change: Any) -> bool:
    """Both ends of a change see its record; whoever is above both keeps it."""
    return change is None or _sees(request, change.source, change.target)


@admin.register(VillageProfile)
class VillageProfileAdmin(WithSheet, ScopedAdmin):
    sheet_name = "village_profiles"
    list_display = [
        "division",
        "village_type",
        "is_demonstration",
        "development_mode",
        "leading_industry",
    ]
    list_filter = ["village_type", "is_demonstration", "development_mode"]
    list_select_related = ["division"]
    search_fields = ["division__name", "division__code__startswith", "division__pinyin"]
    autocomplete_fields = ["division"]
    ordering = ["division__code"]
    list_per_page = 100
