"""Forms about lights: the thresholds of a ledger, and a light that is set by hand."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from tasks.deadline_forms import DayField, ReasonField
from tasks.models import Ledger, Light, Thresholds
from tasks.models.thresholds import THRESHOLDS


class Telling(forms.Form):
    """A form that shows what a verb refused, at the field where it has that field."""

    def tell(self, error: ValidationError) -> None:
        told = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
        for name, errors in told.items():
            self.add_error(name if name in self.fields else None, errors)


class ThresholdsForm(Telling):
    """The five thresholds; and why, which is wanted once they are applied."""

    reason = ReasonField(required=False, help_text=_("Everybody who keeps the ledger reads it."))

    def __init__(self, data: Any, ledger: Ledger) -> None:
        super().__init__(data, initial={name: getattr(ledger, name) for name in THRESHOLDS})
        for name in THRESHOLDS:
            column: Any = Ledger._meta.get_field(name)
            self.fields[name] = column.formfield()

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [self[name] for name in THRESHOLDS]

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(**{name: self.cleaned_data[name] for name in THRESHOLDS})


class OverrideForm(Telling):
    light = forms.ChoiceField(label=_("Light shown"), choices=Light.choices)
    until = DayField(label=_("Holds until"), help_text=_("The last day on which it is shown."))
    reason = ReasonField(widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        # Nothing is chosen beforehand: which colour is to be shown must be meant.
        field: Any = self.fields["light"]
        field.choices = [("", "–"), *Light.choices]
