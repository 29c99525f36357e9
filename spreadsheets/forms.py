from django import forms
from django.utils.translation import gettext_lazy as _

from spreadsheets.sheet import Sheet


class TargetForm(forms.Form):
    """What a download is about, among what the sheet offers its user."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(initial=sheet.target.as_dict())
        labels = {"division": _("Unit"), "period": _("Quarter")}
        for name, choices in sheet.choices().items():
            self.fields[name] = forms.ChoiceField(label=labels[name], choices=choices)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Workbook"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("The file is empty."),
        },
    )
