"""Organisations, and the dictionaries that the city keeps for all."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cadres.actions import organizations
from cadres.admin.telling import TellingAdmin
from cadres.models import Organization, PostingKind, Tag, VillageNeed
from villages.admin import ScopedAdmin
from villages.models import Level

TAGS = ("functions", "strengths")


def is_the_citys(request: Any) -> bool:
    """Whether the account acts for the city, which keeps what holds for all."""
    user = request.user
    return bool(user.sees_everything or user.level == Level.CITY)


class DictionaryAdmin(ScopedAdmin):
    """Read by all, kept by the city."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and is_the_citys(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_the_citys(request)


@admin.register(Tag)
class TagAdmin(DictionaryAdmin):
    list_display = ["name"]
    search_fields = ["name"]


@admin.register(PostingKind)
class PostingKindAdmin(DictionaryAdmin):
    list_display = ["name", "english", "code", "level", "held", "seats", "term_months", "order"]
    list_filter = ["level"]
    search_fields = ["name", "english", "code"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """A seat is called by the first kind that competes for it."""
        name = "name" if (get_language() or "").startswith("zh") else "english"
        rivals = PostingKind.objects.filter(seat=OuterRef("seat")).order_by("order", "pk")
        called = Subquery(rivals.values(name)[:1])
        return super().get_queryset(request).annotate(seat_name=called)

    @admin.display(description=_("seat"), ordering="seat")
    def held(self, kind: Any) -> str:
        return str(kind.seat_name)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What postings repeat of their kind stays as long as there are any."""
        if obj is None:
            return []
        held = ["level", "seat", "exclusive_group"] if obj.postings.exists() else []
        return ["code", *held]


@admin.register(Organization)
class OrganizationAdmin(TellingAdmin):
    list_display = ["name", "level", "division", "capacity"]
    list_filter = ["level", "functions"]
    list_select_related = ["division"]
    search_fields = ["name", "pinyin"]
    filter_horizontal = TAGS
    list_per_page = 100

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Those of the units above send people here, and are kept there."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _keeps(request, obj))

    def save_model(self, request: Any, obj: Organization, form: Any, change: bool) -> None:
        tags = {name: form.cleaned_data[name] for name in TAGS if name in form.cleaned_data}
        organizations.keep(obj, request.user, tags, form.changed_data)


def _keeps(request: Any, organization: Organization) -> bool:
    return Organization.objects.kept_by(request.user).filter(pk=organization.pk).exists()


@admin.register(VillageNeed)
class VillageNeedAdmin(ScopedAdmin):
    list_display = ["division", "tag"]
    list_filter = ["tag"]
    list_select_related = ["division", "tag"]
    search_fields = ["division__name", "division__pinyin", "tag__name"]
    autocomplete_fields = ["division", "tag"]
    list_per_page = 100

    def save_model(self, request: Any, obj: VillageNeed, form: Any, change: bool) -> None:
        organizations.keep_need(obj, request.user)

    def delete_model(self, request: Any, obj: VillageNeed) -> None:
        organizations.remove_need(obj, request.user)

    def delete_queryset(self, request: Any, queryset: QuerySet[VillageNeed]) -> None:
        for need in queryset.select_related("division"):
            organizations.remove_need(need, request.user)
