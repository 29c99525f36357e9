import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.models import Entry, Task
from tasks.models.content import PART_OF

DIGITS_OF_A_KEY = 19  # the databases' largest number has as many
FILLABLE_NOTHING = [
    ("", _("Report a value")),
    (Entry.Nothing.NIL, Entry.Nothing.NIL.label),
    (Entry.Nothing.NOT_APPLICABLE, Entry.Nothing.NOT_APPLICABLE.label),
]


class NumberInput(forms.TextInput):
    """Digits as a Chinese keyboard writes them, full width, are digits all the same."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        given = super().value_from_datadict(data, files, name)
        return unicodedata.normalize("NFKC", given) if isinstance(given, str) else given


class EntryForm(forms.ModelForm):
    """The content of one entry; the measure of its task decides how it is answered."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Entry
        fields = Entry.CONTENT
        widgets = {
            "narrative": forms.Textarea(attrs={"rows": 2}),
            "problems": forms.Textarea(attrs={"rows": 1}),
            "next_steps": forms.Textarea(attrs={"rows": 1}),
            "explanation": forms.Textarea(attrs={"rows": 1}),
        }

    def __init__(self, data: Any, instance: Entry) -> None:
        initial = {"version": instance.version}
        super().__init__(data, instance=instance, prefix=f"e{instance.pk}", initial=initial)
        nothing: Any = self.fields["nothing"]
        nothing.choices = self._nothing_choices(instance)
        measure = instance.task.measure
        if measure == Task.Measure.TEXT:
            del self.fields["value"]
        elif measure == Task.Measure.YES_NO:
            self.fields["value"] = forms.TypedChoiceField(
                label=_("Answer"),
                choices=[("", "—"), ("1", _("Yes")), ("0", _("No"))],
                coerce=Decimal,
                empty_value=None,
                required=False,
            )
            if instance.value is not None:
                self.initial["value"] = str(int(instance.value))
        else:
            self._plain_number(instance)
        for name, field in self.fields.items():
            # What was handed out comes back beside what was typed, so that a line which only
            # somebody else changed meanwhile is no conflict.
            field.show_hidden_initial = name != "version"
            if name != "version":  # nobody meets it, so it has no name
                field.widget.attrs["aria-label"] = f"{instance.task.title} {field.label}"
            field.widget.attrs["data-entry-field"] = name
            # Of a returned line only what was marked opens again.
            field.disabled = name in PART_OF and not instance.may_change(PART_OF[name])

    def _nothing_choices(self, instance: Entry) -> list[tuple[str, Any]]:
        """An exemption is granted elsewhere; it is shown here only where it stands."""
        exempt = (Entry.Nothing.EXEMPT, Entry.Nothing.EXEMPT.label)
        return [*FILLABLE_NOTHING, exempt] if instance.nothing == exempt[0] else FILLABLE_NOTHING

    def _plain_number(self, instance: Entry) -> None:
        self.fields["value"].widget = NumberInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "class": "number"}
        )
        if instance.value is not None:
            self.initial["value"] = f"{instance.value.normalize():f}"

    @property
    def is_touched(self) -> bool:
        """Whether anything was typed; a version that moved on is none of the author's doing."""
        return bool(set(self.changed_data) - {"version"})

    @property
    def seen_version(self) -> int:
        """The version that the page showed; 0 where the request names none."""
        version = str(self["version"].value())
        known = version.isdecimal() and len(version) < DIGITS_OF_A_KEY
        return int(version) if known else 0

    def meant_for(self, version: int) -> None:
        """Where the form is shown again, saving again is meant for the version it then shows."""
        data: Any = self.data
        data[f"{self.prefix}-version"] = str(version)

    @property
    def content(self) -> dict[str, Any]:
        """The cleaned content alone, as actions.Edit takes it, with the line ends of all others."""
        cleaned = {n: self.cleaned_data[n] for n in Entry.CONTENT if n in self.cleaned_data}
        return {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value
            for name, value in cleaned.items()
        }
