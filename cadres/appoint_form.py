"""Appointing somebody: unit, person and organisation are searched on the server, in one form."""

import datetime
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.numbers import without_numbers
from cadres.models import Organization, Person, Posting, PostingKind
from cadres.models.posting import PostingQuerySet, units_decided_on_by
from cadres.posting_forms import day_field
from cadres.searched import FOUND, Search, SearchingForm, Taken
from villages.models import Division

SEARCHED = ("division", "person", "organization")


class AppointForm(SearchingForm, forms.Form):
    """What is typed stays typed while one searches; `do` says whether it is a search."""

    use_required_attribute = False

    kind = forms.ModelChoiceField(
        PostingKind.objects.all(), label=_("Kind"), to_field_name="code", empty_label=None
    )
    division_text = forms.CharField(label=_("Find the unit"), max_length=60, required=False)
    division = forms.ModelChoiceField(
        Division.objects.none(),
        label=_("Unit"),
        to_field_name="code",
        error_messages={
            "required": _("Find the unit and choose it."),
            "invalid_choice": _("Choose a unit that you decide on."),
        },
    )
    person_text = forms.CharField(label=_("Find the person"), max_length=40, required=False)
    person = forms.ModelChoiceField(
        Person.objects.none(),
        label=_("Person"),
        error_messages={"required": _("Find the person and choose it.")},
    )
    organization_text = forms.CharField(
        label=_("Find the sending organisation"),
        max_length=60,
        required=False,
        help_text=_("Where none is chosen it is the person's own."),
    )
    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=_("Sending organisation"), required=False
    )
    start = day_field(label=_("In the post since"))
    planned_end = day_field(
        label=_("Planned until"), required=False, help_text=_("Empty: the usual term of the kind.")
    )
    title = forms.CharField(
        label=_("Title of the post"), max_length=60, required=False, validators=[without_numbers]
    )
    batch = forms.CharField(
        label=_("Rotation batch"), max_length=30, required=False, validators=[without_numbers]
    )
    cohort = forms.IntegerField(
        label=_("Year of recruitment"), min_value=1990, max_value=2100, required=False
    )
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, validators=[without_numbers]
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        validators=[without_numbers],
        help_text=_("Needed where something is doubtful, as a village of another kind."),
    )

    def __init__(self, data: Any, user: User, division: Division, on: datetime.date) -> None:
        super().__init__(data)
        self.user, self.where, self.on = user, division, on
        if self.kind_now and not self.kind_now.earliest_cohort:
            del self.fields["cohort"]
        offered: dict[str, Any] = {
            "division": units_decided_on_by(user).select_related("parent").order_by("path"),
            "person": Person.objects.visible_to(user).standing(),
            "organization": Organization.objects.visible_to(user),
        }
        for name, rows in offered.items():
            field: Any = self.fields[name]
            field.queryset = rows

    @cached_property
    def kind_now(self) -> PostingKind | None:
        return PostingKind.objects.filter(code=self.data.get("kind", "")).first()

    @property
    def searches(self) -> "list[Search]":
        """For each of the three: the field to type into, what is chosen, and what was found."""
        return [self.search_of(name) for name in SEARCHED]

    def are_few(self, name: str, rows: Any) -> bool:
        """A unit needs no search where there are few; persons are always searched."""
        return name == "division" and super().are_few(name, rows)

    def offered(self, name: str) -> Any:
        field: Any = self.fields[name]
        rows, kind = field.queryset, self.kind_now
        if name == "division":
            within = rows.within(self.where).at(self.on)
            return within.filter(level=kind.level) if kind else within.none()
        if name == "person" and kind:
            free = rows.exclude(pk__in=self._excluding(kind).values("person"))
            return free.select_related("organization", "division").without_secrets()
        return rows

    def taken(self, name: str) -> list[Taken]:
        """Whoever fits the text and holds a posting that excludes the kind."""
        text, kind = self.typed(f"{name}_text").strip(), self.kind_now
        if name != "person" or kind is None or not text:
            return []
        field: Any = self.fields[name]
        held = self._excluding(kind)
        persons = field.queryset.filter(pk__in=held.values("person")).search(text)[:FOUND]
        names = dict(persons.values_list("pk", "name"))
        seen = held.visible_to(self.user).filter(person__in=list(names))
        holds = {
            posting.person_id: f"{posting.kind} · {posting.division.short_name}"
            for posting in seen.select_related("kind", "division")
        }
        return [Taken(name, holds.get(key, "")) for key, name in names.items()]

    def _excluding(self, kind: PostingKind) -> PostingQuerySet:
        """Whoever holds one of these cannot take one of the kind."""
        return Posting.objects.on(self.on).filter(exclusive_group=kind.exclusive_group)

    def posting(self) -> Posting:
        """Of what was typed and chosen; the form must be valid."""
        given: Mapping[str, Any] = self.cleaned_data
        person = given["person"]
        names = ("kind", "division", "start", "planned_end", "title", "batch", "cohort", "note")
        sender = given["organization"] or person.organization
        says = {name: given.get(name) for name in names}
        return Posting(person=person, organization=sender, **says)
