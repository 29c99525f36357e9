from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django_tasks_db.models import DBTaskResult

from spreadsheets.models import Batch

# The queue is a means; an import itself says how far it is.
admin.site.unregister(DBTaskResult)


@admin.register(Batch)
class BatchAdmin(admin.ModelAdmin):
    """The account's own imports; they are made and applied on the sheet pages."""

    list_display = ["created_at", "file_name", "sheet", "owner", "state", "new", "changed"]
    list_filter = ["sheet", "state", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["file_name", "digest"]
    ordering = ["-created_at"]
    fields = [
        *("file_name", "sheet", "owner", "digest", "target", "state"),
        *("new", "changed", "unchanged", "created_at", "applied_at"),
    ]

    def view_on_site(self, obj: Batch) -> str:
        return obj.get_absolute_url()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        return Batch.objects.visible_to(request.user)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """An import of somebody else is not there."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission
