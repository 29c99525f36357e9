from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet


class TargetForm(forms.Form):
    """What a download is about, among what the sheet offers its user."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(initial=sheet.target.as_dict())
        labels = {"division": _("Unit"), "period": sheet.period_label}
        for name, choices in sheet.choices().items():
            # Browsers take an empty choice that is required for none at all.
            has_empty = any(not value for value, _name in choices)
            self.fields[name] = forms.ChoiceField(
                label=labels[name], choices=choices, required=not has_empty
            )


class RevealForm(forms.Form):
    """Why sensitive columns are taken out in clear."""

    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=200)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Workbook"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("The file is empty."),
        },
    )


class ApplyForm(forms.Form):
    """The press on “apply”; of a file with warnings also that they were looked at."""

    confirmed = forms.BooleanField(label=_("I have looked at the warnings; it is right as it is."))
    comment = forms.CharField(label=_("Comment"), max_length=500, required=False)

    def __init__(self, batch: Batch, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        if not batch.warnings:
            self.fields["confirmed"].required = False


def chosen(batch: Batch, data: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """The choices posted for rows that both sides changed: `choice-<row>-<column>`.

    `every` decides all that is still open the one way or the other.
    """
    every = data.get("every", "")
    if every:
        rows = batch.rows.filter(is_decided=False)
        return {
            row.pk: {label: every for label, both in row.conflicts.items() if not both["choice"]}
            for row in rows
        }
    choices: dict[int, dict[str, str]] = {}
    for name, value in data.items():
        prefix, _dash, rest = name.partition("-")
        row, _dash, label = rest.partition("-")
        if prefix == "choice" and row.isascii() and row.isdigit() and len(row) < 19:
            choices.setdefault(int(row), {})[label] = value
    return choices
