"""Asking for an exemption, deciding on it, lifting it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class AskForm(forms.Form):
    """Why a line need not be reported; `version` is the one that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why the unit should be exempt.")},
    )


class LiftForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    comment = forms.CharField(
        label=_("Why it is asked for again"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why the exemption is lifted.")},
    )


class DecideForm(forms.Form):
    """The words for all that is decided at once; refusing needs some."""

    use_required_attribute = False

    comment = forms.CharField(
        label=_("Comment"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Comment; needed to refuse")}),
    )

    def __init__(self, data: Any = None, *, refuses: bool = False) -> None:
        super().__init__(data)
        field = self.fields["comment"]
        field.required = refuses
        field.error_messages["required"] = _("Say why the exemption is refused.")
        field.widget.attrs["aria-label"] = _("Comment; needed to refuse")
