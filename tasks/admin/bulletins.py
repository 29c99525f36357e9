"""Bulletins and their templates in the admin: written and issued on the pages, read here."""

from django.contrib import admin

from tasks.models import Bulletin, BulletinTemplate
from villages.admin import ReadOnlyAdmin


@admin.register(Bulletin)
class BulletinAdmin(ReadOnlyAdmin):
    list_display = ["number", "title", "division", "period", "state", "frozen_at", "issued_at"]
    list_filter = ["state", "period"]
    list_select_related = ["division", "period"]
    search_fields = ["number", "title", "division__name"]
    exclude = ["figures"]
    ordering = ["-frozen_at", "-pk"]


@admin.register(BulletinTemplate)
class BulletinTemplateAdmin(ReadOnlyAdmin):
    list_display = ["at", "name", "size", "by"]
    list_select_related = ["by"]
    search_fields = ["name", "by__name"]
    exclude = ["file"]
    ordering = ["-pk"]
