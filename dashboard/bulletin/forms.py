"""Forms of the bulletin: which quarter, its texts, and another template."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tasks.models import Bulletin, Period


class QuarterField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        if obj.due < timezone.localdate():
            return str(obj)
        return _now("%(quarter)s (not yet due)") % {"quarter": obj}


class NewForm(forms.Form):
    """Of which quarter the figures are frozen: of one that has begun to be reported."""

    period = QuarterField(
        Period.objects.none(),
        label=_("Quarter"),
        empty_label=None,
        help_text=_(
            "Of a quarter that is not yet due, much may still come in on time: nobody is named as "
            "silent or overdue, and ranks are not the last word."
        ),
    )

    def __init__(self, data: Any, periods: Any, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        chosen: Any = self.fields["period"]
        chosen.queryset = periods


class TextsForm(forms.ModelForm):
    """What is written of a bulletin while it is a draft, and which version the writer saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    class Meta:
        model = Bulletin
        fields = Bulletin.TEXTS
        widgets = {
            "rectify_by": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "practices": forms.Textarea(attrs={"rows": 6}),
            "problems_more": forms.Textarea(attrs={"rows": 4}),
            "requirements": forms.Textarea(attrs={"rows": 8}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def clean_rectify_by(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["rectify_by"]
        if day < timezone.localdate():
            message = _now("This day has passed; give one by which things can still be put right.")
            raise ValidationError(message, "past")
        return day

    def texts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in Bulletin.TEXTS}

    def meet(self, stored: Bulletin) -> None:
        """Keep what was typed; saving it again is then meant for the version that stands now."""
        typed: Any = self.data
        self.data = {**typed.dict(), "version": str(stored.version)}


class TemplateForm(forms.Form):
    file = forms.FileField(
        label=_("Word document"),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx"}),
        error_messages={"required": _("Choose a file first."), "empty": _("The file is empty.")},
    )
