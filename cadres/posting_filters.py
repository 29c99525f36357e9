"""Which postings a roster lists; every choice stays in the address."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from cadres.models import Organization, Posting, PostingKind
from cadres.months import day_of
from villages.kinds import KINDS, of_kind
from villages.models import Division

# Before the name of a seat for which several kinds compete: all of them.
OF_SEAT = "seat-"
CURRENT, ALL = "current", "all"
SOON = (90, 60, 30)
STATES = [
    (CURRENT, _("Held on the day")),
    *((f"ending{days}", format_lazy("{} {}", _("Ending, days:"), days)) for days in SOON),
    ("overdue", _("Beyond the term")),
    ("future", _("Yet to begin")),
    ("ended", _("Ended")),
    (ALL, _("All states")),
]


class PostingFilter(filterset.FilterSet):
    """Of a unit and below, on a day, which is today unless another is chosen."""

    q = django_filters.CharFilter(label=_("Person, unit or organisation"), method="by_text")
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), method="by_kind", empty_label=_("All kinds")
    )
    unit = django_filters.ChoiceFilter(
        label=_("Unit"), method="by_unit", empty_label=_("All units")
    )
    sender = django_filters.ChoiceFilter(
        label=_("Sent by"),
        field_name="organization__level",
        choices=Organization.Sender.choices,
        empty_label=_("All senders"),
    )
    village = django_filters.ChoiceFilter(
        label=_("Kind of village"),
        method="by_village",
        choices=KINDS,
        empty_label=_("All villages"),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), method="by_state", choices=STATES, empty_label=None
    )
    on = django_filters.DateFilter(
        label=_("On the day"),
        method="by_day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Posting
        fields: list[str] = []

    def __init__(
        self, data: Any, *, below: list[Division], today: datetime.date, **kw: Any
    ) -> None:
        given = data.copy()
        self.day = day_of(given.get("on")) or today
        given["on"] = self.day.isoformat()
        if given.get("state") not in dict(STATES):
            given["state"] = CURRENT
        super().__init__(given, **kw)
        self.below = {unit.code: unit for unit in below}
        units = [(code, unit.short_name) for code, unit in self.below.items()]
        self.filters["unit"].extra["choices"] = units
        self.kinds = list(PostingKind.objects.all())
        self.filters["kind"].extra["choices"] = list(_kind_choices(self.kinds))
        self.filters["q"].field.widget.attrs["placeholder"] = _("Name or pinyin initials")

    def by_text(self, postings: Any, name: str, text: str) -> QuerySet[Posting]:
        found: QuerySet[Posting] = postings.search(text)
        return found

    def by_kind(self, postings: Any, name: str, code: str) -> QuerySet[Posting]:
        is_seat = code.startswith(OF_SEAT)
        about = {"seat": code.removeprefix(OF_SEAT)} if is_seat else {"kind__code": code}
        found: QuerySet[Posting] = postings.filter(**about)
        return found

    def by_unit(self, postings: Any, name: str, code: str) -> QuerySet[Posting]:
        found: QuerySet[Posting] = postings.within(self.below[code])
        return found

    def by_village(self, postings: Any, name: str, kind: str) -> QuerySet[Posting]:
        standing = postings.standing_on(self.day)
        found: QuerySet[Posting] = standing.filter(of_kind(kind, "division"))
        return found

    def by_day(self, postings: Any, name: str, day: datetime.date) -> QuerySet[Posting]:
        return postings  # type: ignore[no-any-return]  # it says on which day a state is meant

    def by_state(self, postings: Any, name: str, state: str) -> QuerySet[Posting]:
        found: QuerySet[Posting] = {
            CURRENT: postings.on,
            "overdue": postings.overdue,
            "future": postings.future,
            "ended": postings.over,
            ALL: lambda day: postings,
            **{f"ending{n}": _within(postings, n) for n in SOON},
        }[state](self.day)
        return found


def _kind_choices(kinds: list[PostingKind]) -> Iterator[tuple[str, str]]:
    """Each kind by itself, after those that compete for one seat together."""
    sharing = defaultdict[str, list[PostingKind]](list)
    for kind in kinds:
        sharing[kind.seat].append(kind)
    for kind in kinds:
        rivals = sharing[kind.seat]
        if rivals[0] is kind and len(rivals) > 1:
            yield f"{OF_SEAT}{kind.seat}", " / ".join(map(str, rivals))
        yield kind.code, str(kind)


def _within(postings: Any, days: int) -> Any:
    return lambda day: postings.coming_to_an_end(day, days)
