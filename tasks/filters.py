import datetime
import re
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from accounts.models import User
from tasks.models import (
    Entry,
    Light,
    Oddity,
    Opinion,
    ReturnMark,
    ReturnReason,
    Review,
    Section,
    Task,
)
from villages.kinds import KINDS, of_kind
from villages.models import Division, Level

CODE = re.compile(r"^\d{12}$")


ANY, AGAIN = "any", "again"
SECTIONS = {section.name.lower(): section for section in Section}


def reasons_for_returning() -> list[tuple[str, str]]:
    reasons = [(reason.code, str(reason)) for reason in ReturnReason.objects.all()]
    return [(ANY, str(_("Any reason"))), (AGAIN, str(_("Twice or more, still open"))), *reasons]


class EntryFilter(filterset.FilterSet):
    """Which entries of a division and quarter are listed; every choice stays in the address."""

    unit = django_filters.CharFilter(label=_("Unit"), method="by_unit")
    category = django_filters.ChoiceFilter(
        label=_("Category"),
        field_name="task__category",
        choices=Task.Category.choices,
        empty_label=_("All categories"),
    )
    task = django_filters.ModelChoiceFilter(
        label=_("Task"), queryset=Task.objects.none(), empty_label=_("All tasks")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="by_state",
        choices=[
            *Entry.State.choices,
            ("reported", _("Reported")),
            ("unreported", _("Anything not yet reported")),
            ("on_time", _("On time")),
            ("late", _("Reported late")),
        ],
        empty_label=_("All states"),
    )
    light = django_filters.ChoiceFilter(
        label=_("Light"),
        field_name="light",
        choices=[
            (Light.RED, _("Red")),
            (Light.YELLOW, _("Yellow")),
            (Light.GREY, _("Grey")),
            (Light.GREEN, _("Green")),
            (Light.BLUE, _("Blue")),
        ],
        empty_label=_("All lights"),
    )
    returned = django_filters.ChoiceFilter(
        label=_("Was returned"),
        method="by_reason",
        choices=reasons_for_returning,
        empty_label=_("Returned or not"),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind of village"),
        method="by_kind",
        choices=KINDS,
        empty_label=_("All villages"),
    )

    class Meta:
        model = Entry
        fields: list[str] = []

    def __init__(self, *args: Any, tasks: QuerySet[Task], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["task"].queryset = tasks
        self.filters["unit"].field.widget.attrs["placeholder"] = _("Name or pinyin initials")

    def by_unit(self, entries: QuerySet[Entry], name: str, text: str) -> QuerySet[Entry]:
        """A part of a township's name brings its villages along; a full code is one unit alone."""
        if CODE.match(text):
            return entries.filter(division__code=text)
        found = Division.objects.search(text)
        villages = found.filter(level=Level.VILLAGE)
        return entries.filter(division__in=villages) | entries.filter(
            township__in=found.filter(level=Level.TOWNSHIP)
        )

    def by_state(self, entries: QuerySet[Entry], name: str, state: str) -> QuerySet[Entry]:
        reported = [Entry.State.SUBMITTED, Entry.State.ACCEPTED]
        if state == "reported":
            return entries.filter(state__in=reported)
        if state == "unreported":
            return entries.exclude(state__in=[*reported, Entry.State.WITHDRAWN])
        if state in ("on_time", "late"):
            return entries.filter(state__in=reported, is_late=state == "late")
        return entries.filter(state=state)

    def by_kind(self, entries: QuerySet[Entry], name: str, kind: str) -> QuerySet[Entry]:
        return entries.filter(of_kind(kind, "division"))

    def by_reason(self, entries: Any, name: str, code: str) -> Any:
        """Lines returned with a mark of that reason; verdicts taken back do not count."""
        if code == AGAIN:
            return entries.returned_again()
        returned = Review.objects.filter(entry=OuterRef("pk"), verdict="returned", undone_at=None)
        marks = ReturnMark.objects.standing().filter(review__entry=OuterRef("pk"))
        given = Exists(returned) if code == ANY else Exists(marks.filter(reason__code=code))
        return entries.filter(given)


class ReviewFilter(EntryFilter):
    """What of the lines that wait is shown; they are read with_review()."""

    state = None  # type: ignore[assignment]  # all of them wait
    show = django_filters.ChoiceFilter(
        method="by_section",
        widget=forms.HiddenInput,
        choices=[
            *((name, section.label) for name, section in SECTIONS.items()),
            *Oddity.choices,
        ],
    )
    answer = django_filters.ChoiceFilter(
        label=_("Answer"),
        field_name="nothing",
        choices=Entry.Nothing.choices,
        empty_label=_("Any answer"),
    )

    def by_section(self, entries: Any, name: str, show: str) -> Any:
        if show in SECTIONS:
            return entries.in_section(SECTIONS[show])
        return entries.exceptions(Oddity(show))


class SecondTrackFilter(EntryFilter):
    """Reported lines of the tasks that a lead organisation answers for, by its opinion."""

    opinion = django_filters.ChoiceFilter(
        label=_("Opinion"),
        field_name="own_opinion",
        choices=Opinion.Verdict.choices,
        null_label=_("None yet"),
        empty_label=_("With or without an opinion"),
    )


def entry_filter(data: Any, entries: Any, tasks: QuerySet[Task], on: datetime.date) -> EntryFilter:
    """The filter over entries with their light of the day; those no longer owed if asked for."""
    if data.get("state") != Entry.State.WITHDRAWN:
        entries = entries.owed()
    return EntryFilter(data, queryset=entries.with_light(on), tasks=tasks)


def review_filter(
    data: Any, entries: Any, tasks: QuerySet[Task], user: User, on: datetime.date
) -> ReviewFilter:
    """The filter over lines that wait for somebody, as they should meet them."""
    lines = entries.with_light(on).with_review(user)
    return ReviewFilter(data, queryset=lines, tasks=tasks)
