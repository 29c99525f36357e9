"""Lists of rows that refer to persons: telephones and identity numbers stay in the database."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from cadres.models.person import secrets_of
from villages.admin import ReadOnlyAdmin


class PersonsReadOnlyAdmin(ReadOnlyAdmin):
    persons: ClassVar[tuple[str, ...]] = ("person",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*secrets_of(*self.persons))
