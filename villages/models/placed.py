"""Rows that belong to a place: whoever sees the place sees them."""

import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from villages.models.division import Division
from villages.models.division_queryset import Viewer

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class PlacedQuerySet(models.QuerySet[Row_co]):
    """Rows of divisions; `place` is the way from the row to its division."""

    place = "division"

    def visible_to(self, viewer: Viewer) -> Self:
        """Those of the own unit and below."""
        if viewer.sees_everything:
            return self.all()
        return self.filter(**{f"{self.place}__in": Division.objects.visible_to(viewer)})

    def standing_on(self, on: datetime.date) -> Self:
        """Those of places that exist on a day; see DivisionQuerySet.at."""
        begun, ends = f"{self.place}__valid_from", f"{self.place}__valid_to"
        return self.filter(
            Q(**{begun: None}) | Q(**{f"{begun}__lte": on}),
            Q(**{ends: None}) | Q(**{f"{ends}__gt": on}),
        )

    def within(self, division: Division) -> Self:
        return self.filter(**{f"{self.place}__path__startswith": division.path})
