"""What is typed about a person, and why something is revealed."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.numbers import has_numbers, keep_numbers_out
from cadres import months
from cadres.masks import is_mask
from cadres.models import Organization, Person, Tag
from cadres.models.identity import checked
from cadres.models.person import SECRETS
from cadres.phones import plain_phone
from villages.models import Division, Level

FIELDS = (
    *("name", "sex", "ethnicity", "birth", "political_status", "party_joined"),
    *("education", "degree", "studied", "identity_type", "organization", "position"),
    *("rank", "rank_level", "has_left_lead", "home", "strengths"),
)
TEXTS = ("name", "ethnicity", "degree", "studied", "position", "rank")
LETTERS = re.compile(r"[^\W\d_]")
SHORTEST_REASON = 5
MONTH = forms.TextInput(attrs={"placeholder": "1978-05", "inputmode": "numeric"})


class MonthText(forms.CharField):
    """A month in the writings of forms; see cadres.months.typed()."""

    def to_python(self, value: Any) -> str:
        return months.typed(super().to_python(value) or "")


class PersonForm(forms.ModelForm):
    """The facts of a person. Telephone and identity number are never shown: an empty box leaves
    them as they are, and what was typed is not shown again either."""

    birth = MonthText(label=_("Month of birth"), required=False, widget=MONTH)
    party_joined = MonthText(label=_("Joined the party"), required=False, widget=MONTH)
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=30)
    identity_number = forms.CharField(label=_("Identity number"), required=False, max_length=30)
    drop_phone = forms.BooleanField(label=_("Remove the telephone"), required=False)
    drop_identity_number = forms.BooleanField(label=_("Remove the identity number"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Person
        fields = FIELDS
        help_texts = {"rank_level": _("Empty: as position and rank tell.")}

    # Whose form it is; the administration says so on a class of its own.
    user: User

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user or self.user
        person = self.instance
        self.initial["seen"] = person.version
        fields: Any = self.fields
        if "organization" not in fields:
            return  # only read in the administration
        keep_numbers_out(self, *TEXTS)
        fields["organization"].queryset = Organization.objects.visible_to(self.user)
        fields["strengths"].widget = forms.CheckboxSelectMultiple()
        fields["strengths"].help_text = ""  # the administration's, about lists
        fields["strengths"].queryset = Tag.objects.all()
        fields["home"].queryset = _homes(self.user, person)
        for name in SECRETS:
            self._mask(name, getattr(person, f"masked_{name}"))

    def _mask(self, name: str, mask: str) -> None:
        field = self.fields[name]
        field.widget = forms.TextInput(attrs={"autocomplete": "off"})
        field.widget.format_value = lambda value: None
        if mask:
            field.widget.attrs["placeholder"] = mask
            field.help_text = _("Empty: it stays as it is.")
        else:
            self.fields.pop(f"drop_{name}", None)

    def clean_phone(self) -> str:
        """Asked here, so that a wrong number beside it does not keep this from being told."""
        typed = plain_phone(self.cleaned_data["phone"])
        if typed and not is_mask(typed):
            field: Any = Person._meta.get_field("phone")
            field.run_validators(typed)
        return typed

    def clean_identity_number(self) -> str:
        typed: str = self.cleaned_data["identity_number"]
        return checked(typed) if typed and not is_mask(typed) else typed

    def clean(self) -> dict[str, Any]:
        """The person as it would be, so that the rules between the fields are asked at once."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in SECRETS:
            typed, drops = cleaned.pop(name, ""), cleaned.pop(f"drop_{name}", False)
            stored = getattr(self.instance, name)
            mask = getattr(self.instance, f"masked_{name}")
            if is_mask(typed) and typed != mask:
                self.add_error(name, _("Type the whole number, or leave the box empty."))
            elif drops and typed:
                self.add_error(name, _("Either type a number or remove it."))
            setattr(self.instance, name, _meant(typed, stored, drops=drops))
        return cleaned

    def values(self) -> dict[str, Any]:
        """By the names of fields, as the verbs take them."""
        found = {name: self.cleaned_data[name] for name in FIELDS}
        return found | {name: getattr(self.instance, name) for name in SECRETS}

    def take(self, refused: ValidationError) -> None:
        """Show what a verb refused, where the form has a field for it."""
        told = getattr(refused, "message_dict", None) or {None: refused.messages}
        for name, messages in told.items():
            self.add_error(name if name in self.fields else None, messages)


def _meant(typed: str, stored: str, *, drops: bool) -> str:
    if drops:
        return ""
    return typed if typed and not is_mask(typed) else stored


def _homes(user: User, person: Person) -> Any:
    """Counties and townships of one's own, those above, and whatever stands already."""
    near = Division.objects.in_line_of(user).exclude(level=Level.VILLAGE)
    return Division.objects.filter(Q(pk__in=near) | Q(pk=person.home_id)).order_by("code")


class RevealForm(forms.Form):
    """Why a number is looked at. The reason is kept, so no number may stand in it."""

    field = forms.ChoiceField(choices=[(name, name) for name in SECRETS])
    reason = forms.CharField(label=_("Reason"), min_length=SHORTEST_REASON, max_length=200)

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"].strip()
        if len(LETTERS.findall(reason)) < SHORTEST_REASON:
            raise ValidationError(_now("Say in words why you need to see it."))
        if has_numbers(reason):
            raise ValidationError(_now("The reason is kept: write no number of a person in it."))
        return reason
