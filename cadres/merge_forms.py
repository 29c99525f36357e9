from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.numbers import without_numbers

KEPT = [without_numbers]


class ProposeForm(forms.Form):
    """Why two records are of one person; what is taken from which stands beside the values."""

    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=200, validators=KEPT)


class DecideForm(forms.Form):
    do = forms.ChoiceField(choices=[("merge", _("Merge")), ("refuse", _("They are two persons"))])
    comment = forms.CharField(label=_("Comment"), max_length=200, required=False, validators=KEPT)
