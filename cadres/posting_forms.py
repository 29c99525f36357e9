"""What can be done with one posting, each as a form; `version` is the one that the page showed."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.numbers import without_numbers
from cadres.actions.posting_rules import soon_enough
from cadres.meanwhile import TellingForm
from cadres.models import Organization, Posting
from cadres.models.organization import OrganizationQuerySet
from cadres.months import FIRST_YEAR, LAST_YEAR, months_later

ENDS = [choice for choice in Posting.EndReason.choices if choice[0] != Posting.EndReason.SWAPPED]

MAY_BE_DOUBTFUL = ("start", "planned_end", "organization")


def sensible(day: datetime.date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(_("Look at the year: nobody serves then."))


def yet_to_come(day: datetime.date) -> None:
    today = timezone.localdate()
    if not today < day <= months_later(today, 120):
        raise ValidationError(_("A planned end is yet to come, within ten years."))


def day_field(**says: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    validators = [sensible, *says.pop("validators", ())]
    return forms.DateField(widget=widget, validators=validators, **says)


def _text(label: Any, rows: int = 2, **says: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=widget, validators=[without_numbers], **says)


def _words(label: Any, **says: Any) -> forms.CharField:
    return forms.CharField(label=label, validators=[without_numbers], **says)


class OfPosting(TellingForm, forms.Form):
    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class DoubtedForm(OfPosting):
    """A form with a box `confirmed`: seen once there are doubts, and for as long as it is ticked.

    The box stands for the values that it was shown with, which `doubted` repeats: of others it
    is asked again.
    """

    doubted = forms.Field(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.data.get(self.add_prefix("confirmed")):
            self.fields["confirmed"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        given["confirmed"] &= given.get("doubted") == self._typed()
        return given

    def _typed(self) -> str:
        """The values that may be doubtful, as they were sent."""
        return " ".join(self.data.get(self.add_prefix(name), "") for name in MAY_BE_DOUBTFUL)

    def ask(self, doubts: Iterable[str]) -> None:
        """Show what speaks against it, to be confirmed."""
        sent: Any = self.data
        self.data = sent.dict() | {
            self.add_prefix("doubted"): self._typed(),
            self.add_prefix("confirmed"): "",
        }
        self.fields["confirmed"].widget = forms.CheckboxInput()
        self.add_error("confirmed", [*doubts, _now("Tick the box if it is right all the same.")])


class EndForm(OfPosting):
    end = day_field(
        label=_("Last day"), help_text=_("May be yet to come."), validators=[soon_enough]
    )
    end_reason = forms.ChoiceField(label=_("Reason"), choices=ENDS)
    hand_over = _text(_("Hand-over note"), 3, max_length=2000, required=False)


class ExtendForm(DoubtedForm):
    planned_end = day_field(
        label=_("Planned until"),
        help_text=_("The last day of the term."),
        validators=[yet_to_come],
    )
    reason = _words(_("Reason"), max_length=200)
    confirmed = forms.BooleanField(label=_("Extend it all the same"), required=False)


class TakeBackForm(OfPosting):
    reason = _words(_("Why it was wrong"), max_length=200)


class CorrectForm(DoubtedForm):
    """Everything but person, unit and kind, which would be another posting."""

    start = day_field(label=_("In the post since"))
    planned_end = day_field(label=_("Planned until"), required=False)
    end = day_field(label=_("Last day"), required=False)
    end_reason = forms.ChoiceField(
        label=_("Reason for ending"),
        choices=[("", "–"), *Posting.EndReason.choices],
        required=False,
    )
    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=_("Sending organisation"), required=False
    )
    title = _words(_("Title of the post"), max_length=60, required=False)
    batch = _words(_("Rotation batch"), max_length=30, required=False)
    cohort = forms.IntegerField(
        label=_("Year of recruitment"), min_value=1990, max_value=2100, required=False
    )
    note = _words(_("Note"), max_length=200, required=False)
    hand_over = _text(_("Hand-over note"), 3, max_length=2000, required=False)
    reason = _words(_("Why it is put right"), max_length=200)
    confirmed = forms.BooleanField(label=_("Put it right all the same"), required=False)

    def __init__(
        self,
        *args: Any,
        organizations: OrganizationQuerySet,
        has_cohort: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organization"]
        field.queryset = organizations
        if not has_cohort:
            del self.fields["cohort"]


class ExchangeForm(TellingForm, forms.Form):
    """Two postings as the preview showed them, and the first day in the other's place."""

    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    other_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    on = day_field(label=_("First day in the other's place"), validators=[soon_enough])
    reason = _words(_("Reason"), max_length=200)
