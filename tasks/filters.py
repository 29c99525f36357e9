import datetime
import re
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import filterset

from tasks.models import Entry, Light, Task
from villages.models import Division, Level

CODE = re.compile(r"^\d{12}$")


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


def entry_filter(data: Any, entries: Any, tasks: QuerySet[Task], on: datetime.date) -> EntryFilter:
    """The filter over entries with their light of the day; those no longer owed if asked for."""
    if data.get("state") != Entry.State.WITHDRAWN:
        entries = entries.owed()
    return EntryFilter(data, queryset=entries.with_light(on), tasks=tasks)
