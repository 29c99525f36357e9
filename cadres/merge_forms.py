from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.saved_filters import has_numbers


class _WithoutNumbers(forms.CharField):
    """A text that is kept and read by many."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if has_numbers(value or ""):
            raise ValidationError(_now("This is kept: write no number of a person in it."))


class ProposeForm(forms.Form):
    """Why two records are of one person; what is taken from which stands beside the values."""

    reason = _WithoutNumbers(label=_("Reason"), min_length=4, max_length=200)


class DecideForm(forms.Form):
    do = forms.ChoiceField(choices=[("merge", _("Merge")), ("refuse", _("They are two persons"))])
    comment = _WithoutNumbers(label=_("Comment"), max_length=200, required=False)
