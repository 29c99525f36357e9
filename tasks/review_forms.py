"""What a reviewer says with a return: for many lines at once, or cell by cell for one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tasks import actions
from tasks.models import Opinion, ReturnMark, ReturnReason
from tasks.models.returning import PART_LABELS

OTHER = "other"
WHOLE_LINE = "line"
LONGEST_NOTE = ReturnMark._meta.get_field("note").max_length
LONGEST_COMMENT = Opinion._meta.get_field("comment").max_length
NO_REASON = _("Choose a reason.")
NO_WORDS = _("Say in words why, where the reason is “other”.")


def words_field(label: Any) -> forms.CharField:
    attrs = {"rows": 1, "placeholder": label, "aria-label": label}
    return forms.CharField(
        label=label, max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs=attrs)
    )


class ReasonField(forms.ChoiceField):
    """One of the reasons in use, which are read once for all fields of a page."""

    def __init__(self, reasons: Sequence[ReturnReason], **kwargs: Any) -> None:
        self.reasons = {reason.code: reason for reason in reasons}
        choices = [("", _("Reason")), *((r.code, str(r)) for r in reasons)]
        super().__init__(choices=choices, **kwargs)

    def clean(self, value: Any) -> ReturnReason | None:
        return self.reasons.get(super().clean(value))


class ReturnForm(forms.Form):
    """For every chosen line the same: a reason, words, and which cells."""

    # It stands beside the button that accepts, which asks for no reason.
    use_required_attribute = False

    comment = words_field(_("Reason for returning, in words"))
    parts = forms.MultipleChoiceField(
        label=_("Cells to put right; none chosen: the whole line"),
        choices=list(PART_LABELS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, reasons: Sequence[ReturnReason]) -> None:
        super().__init__(data)
        self.fields["reason"] = ReasonField(
            reasons, label=_("Reason"), error_messages={"required": NO_REASON}
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        check_words(self, cleaned.get("reason"), "comment")
        return cleaned

    def marks(self, seen: Sequence[actions.Seen]) -> list[actions.Mark]:
        said = self.cleaned_data
        parts = said["parts"] or [""]
        return [
            actions.Mark(item.entry_id, part, said["reason"], said["comment"])
            for item in seen
            for part in parts
        ]


def check_words(form: forms.Form, reason: ReturnReason | None, name: str) -> None:
    """“Other” says nothing by itself."""
    said = form.cleaned_data.get(name, "").strip()
    if reason and reason.code == OTHER and not said and name not in form.errors:
        form.add_error(name, ValidationError(NO_WORDS, "words"))


@dataclass(frozen=True)
class Cell:
    """One cell of a line that may be marked: its name, and the fields of its mark."""

    label: Any
    reason: forms.BoundField
    note: forms.BoundField


class CellsForm(forms.Form):
    """For one line: each cell with a reason of its own; `line` stands for the whole."""

    use_required_attribute = False

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, reasons: Sequence[ReturnReason], entry_id: int, version: int = 0
    ) -> None:
        super().__init__(data, prefix=f"m{entry_id}", initial={"version": version})
        self.entry_id = entry_id
        for part, label in self.parts().items():
            self.fields[f"{part}_reason"] = ReasonField(reasons, label=label, required=False)
            self.fields[f"{part}_note"] = words_field(_("In words"))

    @staticmethod
    def parts() -> Mapping[str, Any]:
        return {WHOLE_LINE: _("Whole line"), **PART_LABELS}

    def cells(self) -> Iterator[Cell]:
        for part, label in self.parts().items():
            yield Cell(label, self[f"{part}_reason"], self[f"{part}_note"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for part in self.parts():
            reason, note = f"{part}_reason", f"{part}_note"
            if cleaned.get(note) and not cleaned.get(reason) and reason not in self.errors:
                self.add_error(reason, NO_REASON)
            check_words(self, cleaned.get(reason), note)
        if not self.errors and not any(cleaned.get(f"{part}_reason") for part in self.parts()):
            raise ValidationError(_now("Mark at least one cell, with a reason."), "nothing")
        return cleaned

    @property
    def seen(self) -> list[actions.Seen]:
        return [actions.Seen(self.entry_id, self.cleaned_data["version"])]

    @property
    def marks(self) -> list[actions.Mark]:
        said = self.cleaned_data
        return [
            actions.Mark(
                self.entry_id,
                "" if part == WHOLE_LINE else part,
                said[f"{part}_reason"],
                said[f"{part}_note"],
            )
            for part in self.parts()
            if said[f"{part}_reason"]
        ]


class OpinionForm(forms.Form):
    """What a lead organisation says of the chosen lines; an objection has words."""

    use_required_attribute = False

    do = forms.ChoiceField(choices=Opinion.Verdict.choices)
    comment = forms.CharField(
        label=_("Opinion in words"),
        max_length=LONGEST_COMMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Opinion in words")}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        objects = cleaned.get("do") == Opinion.Verdict.OBJECTS
        if objects and not cleaned.get("comment") and "comment" not in self.errors:
            self.add_error("comment", ValidationError(_now("Say what the objection is."), "words"))
        return cleaned
