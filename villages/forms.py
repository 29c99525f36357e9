"""What a manager types to change the tree; the verbs are in villages/actions.py."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from villages import actions
from villages.models import Division, DivisionChange


class DivisionForm(forms.ModelForm):
    """A division, and from which day its new name or managing unit holds."""

    takes_effect_on = forms.DateField(
        label=_("takes effect on"),
        required=False,
        widget=AdminDateWidget,
        help_text=_("Of a new name or another managing unit: its first day. Empty: today."),
    )

    class Meta:
        model = Division
        fields = ("code", "name", "level", "kind", "parent", "valid_from", "valid_to")

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        on = self.cleaned_data.get("takes_effect_on")
        if on and self.instance.pk and {"name", "parent"} & set(self.changed_data):
            try:
                DivisionChange.objects.check_day([self.instance], on)
            except ValidationError as error:
                self.add_error("takes_effect_on", error)
        return cleaned


class ReorganisationForm(forms.ModelForm):
    """A merge or a split. Sent, it is done: units end, and what they manage goes along."""

    kind = forms.ChoiceField(
        label=_("kind of change"),
        choices=[
            (kind.value, kind.label)
            for kind in (DivisionChange.ChangeKind.MERGE, DivisionChange.ChangeKind.SPLIT)
        ],
        help_text=_("A rename or a transfer is made at the division itself."),
    )
    sources = forms.ModelMultipleChoiceField(
        Division.objects.none(),
        label=_("from"),
        help_text=_("The units that are merged, or the one that is split."),
    )
    targets = forms.ModelMultipleChoiceField(
        Division.objects.none(),
        label=_("to"),
        help_text=_("The one unit that goes on, or those that the split leaves."),
    )
    goes_on = forms.BooleanField(label=_("The unit that is split goes on"), required=False)

    class Meta:
        model = DivisionChange
        fields = ("kind", "on", "sources", "targets", "goes_on", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        said = self.cleaned_data
        merges = said.get("kind") == DivisionChange.ChangeKind.MERGE
        one, message = (
            ("targets", _("Several units are merged into one: name that one here."))
            if merges
            else ("sources", _("One unit is split: name that one here."))
        )
        if len(said.get(one) or [None]) > 1:
            self.add_error(one, message)
        if not self.errors:
            self._try()
        return cleaned

    def _try(self) -> None:
        """Do it and roll it back, so that whatever the verb refuses is told on the page."""
        try:
            with transaction.atomic():
                self.perform()
                transaction.set_rollback(True)
        except ValidationError as error:
            self.add_error(None, error)

    def perform(self) -> list[DivisionChange]:
        said = self.cleaned_data
        sources, targets, on, note = (said[k] for k in ("sources", "targets", "on", "note"))
        if said["kind"] == DivisionChange.ChangeKind.MERGE:
            return actions.merge(sources, targets[0], on, note)
        return actions.split(sources[0], targets, on, note, goes_on=said["goes_on"])
