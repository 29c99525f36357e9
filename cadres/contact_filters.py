"""Which contact points, leaders and talks are listed; every choice stays in the address."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from cadres.models import ContactPoint, Person, PolicyTalk, Posting
from villages.models import Division, Level

WITHOUT, ENDED = "without", "ended"


class OfUnitFilter(filterset.FilterSet):
    """With a choice of the county, where the list is of the whole city."""

    county = django_filters.ModelChoiceFilter(
        label=_("County or district"),
        method="by_county",
        queryset=Division.objects.none(),
        empty_label=_("All counties"),
    )

    def __init__(self, data: Any, *, unit: Division, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if unit.level == Level.CITY:
            counties = Division.objects.within(unit).filter(level=Level.COUNTY)
            self.filters["county"].queryset = counties.at(timezone.localdate())
        else:
            del self.filters["county"]

    def by_county(self, rows: Any, name: str, county: Division) -> Any:
        return rows.within(county)


STANDINGS = [(WITHOUT, _("Leaders without one")), (ENDED, _("Ended"))]


class PointFilter(OfUnitFilter):
    """Contact points in force, or those that have ended."""

    q = django_filters.CharFilter(label=_("Leader or village"), method="by_name")
    show = django_filters.ChoiceFilter(
        label=_("Which"), method="by_standing", choices=STANDINGS, empty_label=_("In force")
    )

    class Meta:
        model = ContactPoint
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["q"].field.widget.attrs["placeholder"] = _("Name or pinyin initials")

    def by_name(self, points: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        villages = Division.objects.search(text).filter(level=Level.VILLAGE)
        leaders = Person.objects.search(text)
        return points.filter(
            Q(leader__in=leaders.values("pk")) | Q(village__in=villages.values("pk"))
        )

    def by_standing(self, points: Any, name: str, choice: str) -> Any:
        return points


class LeaderFilter(PointFilter):
    """The same choices over the postings of leaders who have no contact point."""

    class Meta:
        model = Posting
        fields: list[str] = []

    def by_name(self, postings: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        return postings.filter(person__in=Person.objects.search(text).values("pk"))


class TalkFilter(OfUnitFilter):
    """Talks, or the villages in which there was none this year."""

    q = django_filters.CharFilter(label=_("Speaker or village"), method="by_name")
    year = django_filters.NumberFilter(
        label=_("Year"), method="by_year", min_value=1921, max_value=2100
    )
    show = django_filters.ChoiceFilter(
        label=_("Which"),
        method="by_standing",
        choices=[(WITHOUT, _("Villages without one this year"))],
        empty_label=_("Talks"),
    )

    class Meta:
        model = PolicyTalk
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["q"].field.widget.attrs["placeholder"] = _("Name or pinyin initials")

    def by_name(self, talks: Any, name: str, text: str) -> Any:
        villages = Division.objects.search(text).filter(level=Level.VILLAGE)
        speakers = Person.objects.search(text)
        return talks.filter(
            Q(speaker__in=speakers.values("pk")) | Q(village__in=villages.values("pk"))
        )

    def by_year(self, talks: Any, name: str, year: Any) -> Any:
        return talks.in_year(int(year))

    def by_standing(self, talks: Any, name: str, choice: str) -> Any:
        return talks


class VillageFilter(TalkFilter):
    """The same choices over villages; the year is the one that the page counts."""

    class Meta:
        model = Division
        fields: list[str] = []

    def by_name(self, villages: Any, name: str, text: str) -> Any:
        return villages.search(text)

    def by_year(self, villages: Any, name: str, year: Any) -> Any:
        return villages
