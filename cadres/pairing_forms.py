"""Forms about rounds of matching: a new one, its criteria, and what is tried out."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.numbers import keep_numbers_out, without_numbers
from cadres.models import (
    Organization,
    PairingCandidate,
    PairingMark,
    PairingPlace,
    PairingRound,
    PostingKind,
    Tag,
)
from cadres.models.pairing_round import WEIGHTS
from cadres.models.person import secrets_of
from cadres.pairing.facts import HomeAvoidance, Rules
from cadres.pairing_page import Attempt
from cadres.pairing_words import told_apart
from villages.models import Division, Level


class DayInput(forms.DateInput):
    """The browser's own calendar, which sends and takes days as 2026-10-05."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Telling(forms.BaseForm):
    """A form that shows what a verb refused, at the field where it has that field."""

    def tell(self, error: ValidationError) -> None:
        told = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
        for name, errors in told.items():
            self.add_error(name if name in self.fields else None, errors)


class RoundForm(Telling, forms.ModelForm[PairingRound]):
    """What a round is about; kinds that ask for the year of recruitment are appointed singly."""

    class Meta:
        model = PairingRound
        fields = ["title", "kind", "start", "planned_end"]
        widgets = {"start": DayInput, "planned_end": DayInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_numbers_out(self, "title")
        kind: Any = self.fields["kind"]
        kind.queryset = PostingKind.objects.filter(level=Level.VILLAGE, earliest_cohort=None)


class CriteriaForm(Telling, forms.ModelForm[PairingRound]):
    """The criteria and limits of a round."""

    class Meta:
        model = PairingRound
        fields = [*WEIGHTS.values(), "home_avoidance", "least_fit"]

    def __init__(self, data: Any, of: PairingRound) -> None:
        # A copy, because checking writes into it.
        super().__init__(data, instance=PairingRound.objects.get(pk=of.pk))

    @property
    def criteria(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    @property
    def attempt(self) -> Attempt:
        given = self.cleaned_data
        weights = {criterion: given[name] for criterion, name in WEIGHTS.items()}
        return Attempt(Rules(weights, HomeAvoidance(given["home_avoidance"]), given["least_fit"]))

    @property
    def says(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class CandidateField(forms.ModelChoiceField):
    """Candidates by name, with what tells namesakes apart."""

    def __init__(self) -> None:
        super().__init__(PairingCandidate.objects.none(), label=_("candidate"))

    def label_from_instance(self, candidate: Any) -> str:
        return " · ".join([candidate.person.name, *told_apart(candidate.person)])


class MarkForm(Telling, forms.Form):
    """What is decided on a pair, and why."""

    candidate = CandidateField()
    verdict = forms.ChoiceField(label=_("decision"), choices=PairingMark.Verdict.choices)
    reason = forms.CharField(
        label=_("reason"),
        max_length=200,
        required=False,
        validators=[without_numbers],
        help_text=_("Kept with the decision; not needed to see what it would do."),
    )

    def __init__(self, data: Any, place: PairingPlace) -> None:
        super().__init__(data)
        self.place = place
        candidates: Any = self.fields["candidate"]
        candidates.queryset = (
            place.round.candidates.in_reach()
            .select_related("person__organization")
            .defer(*secrets_of("person"))
            .order_by("person__pinyin", "pk")
        )

    @property
    def attempt(self) -> Attempt:
        """The pair as if it were decided on, by the rules that the round has."""
        given = self.cleaned_data
        pair = self.place.pk, given["candidate"].pk
        pins = given["verdict"] == PairingMark.Verdict.PIN
        return Attempt(self.place.round.rules, pair, pins)


class WishForm(Telling, forms.ModelForm[PairingCandidate]):
    """Counties that the person has stated."""

    class Meta:
        model = PairingCandidate
        fields = ["prefers", "avoids"]
        widgets = {
            "prefers": forms.CheckboxSelectMultiple,
            "avoids": forms.CheckboxSelectMultiple,
        }

    def __init__(self, data: Any, candidate: PairingCandidate) -> None:
        super().__init__(data, instance=candidate)
        counties = Division.objects.within(candidate.round.division).filter(level=Level.COUNTY)
        for field in self.fields.values():
            field.queryset = counties  # type: ignore[attr-defined]
            field.help_text = ""


class VillageFilter(forms.Form):
    """Vacant villages: by name, by unit, weak ones alone."""

    q = forms.CharField(label=_("Name, code or pinyin"), required=False, max_length=60)
    unit = forms.ModelChoiceField(Division.objects.none(), label=_("Unit"), required=False)
    weak = forms.BooleanField(label=_("weak villages only"), required=False)

    def __init__(self, data: Any, of: PairingRound) -> None:
        super().__init__(data)
        units: Any = self.fields["unit"]
        units.queryset = Division.objects.filter(parent=of.division)


class PersonFilter(forms.Form):
    """People who could be sent: by name, by organisation, by strength."""

    q = forms.CharField(label=_("Name or pinyin"), required=False, max_length=40)
    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=_("Organisation"), required=False
    )
    strength = forms.ModelChoiceField(Tag.objects.all(), label=_("Strength"), required=False)
    left = forms.BooleanField(label=_("has left a leading post"), required=False)

    def __init__(self, data: Any, organizations: Any) -> None:
        super().__init__(data)
        choices: Any = self.fields["organization"]
        choices.queryset = organizations
