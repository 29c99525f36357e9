"""What is typed of village teams: the result of an election, a member, leaving, a new term."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.numbers import keep_numbers_out, without_numbers
from cadres import months
from cadres.meanwhile import TellingForm
from cadres.models import Person, Sex, TeamMember, VillageTeam
from cadres.names import plain_name

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
SOMEBODY_ELSE = "new"


class MonthTyped(forms.CharField):
    """A month as people type it: 1978-05, 1978.5, 197805, 1978年5月."""

    def __init__(self, **kwargs: Any) -> None:
        given = {"required": False, "max_length": 12, **kwargs}
        super().__init__(**given)
        self.widget.attrs.setdefault("placeholder", "1978.05")

    def clean(self, value: Any) -> str:
        month = months.typed(str(super().clean(value) or ""))
        if month and not months.is_month(month):
            raise ValidationError(_now("Type a month as 1978.05."))
        return month

    def prepare_value(self, value: Any) -> Any:
        return str(value).replace("-", ".") if value else value


class ElectionForm(TellingForm, forms.ModelForm[VillageTeam]):
    version = forms.IntegerField(widget=forms.HiddenInput)
    confirmed = forms.BooleanField(label=_("The members listed here are right"), required=False)
    reason = forms.CharField(
        label=_("Reason for setting it back"),
        max_length=200,
        required=False,
        validators=[without_numbers],
        help_text=_("Only where an election that was finished becomes one that is not."),
    )

    class Meta:
        model = VillageTeam
        fields = ["state", "elected_on", "turnout"]
        widgets = {"elected_on": DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        if not self.instance.is_carried_over:
            del self.fields["confirmed"]
        if not self.instance.is_finished:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("state") != VillageTeam.State.FINISHED:
            given["elected_on"] = given["turnout"] = None
        return given

    def said(self) -> VillageTeam:
        """The team as the form says it, of the version that was shown."""
        self.instance.version = self.cleaned_data["version"]
        return self.instance


class MemberForm(TellingForm, forms.ModelForm[TeamMember]):
    """The positions and facts of a member; of a new one the person too."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    since = MonthTyped(label=_("In this office since"))

    class Meta:
        model = TeamMember
        fields = [
            *("party_position", "committee_position", "supervision_position", "since"),
            *("education", "political_status"),
            *("is_new", "is_entrepreneur", "is_veteran", "is_returnee", "is_graduate", "note"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        keep_numbers_out(self, "note")

    def said(self) -> TeamMember:
        self.instance.version = self.cleaned_data["version"]
        return self.instance

    def _post_clean(self) -> None:
        """The rules of a row are asked where it is stored, beside the other rows of its team."""
        self.instance = forms.models.construct_instance(
            self, self.instance, self._meta.fields, self._meta.exclude
        )


class NewMemberForm(MemberForm):
    name = forms.CharField(label=_("Full name"), max_length=40, validators=[without_numbers])
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices)
    birth = MonthTyped(label=_("Month of birth"))

    field_order = ["name", "sex", "birth"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        del self.fields["version"]
        if "person" in self.data:
            self.fields["person"] = forms.ChoiceField(
                label=_("Who is it?"),
                choices=[(SOMEBODY_ELSE, _("Somebody else of this name")), *self._choices()],
                widget=forms.RadioSelect,
            )

    def alike(self) -> list[Person]:
        """Persons on record who may be meant: of the same name, and not of another birth."""
        name, birth = str(self.data.get("name", "")), str(self.data.get("birth", ""))
        found = Person.objects.visible_to(self.user).standing().filter(name=plain_name(name))
        try:
            month = MonthTyped().clean(birth)
        except ValidationError:
            month = ""
        if month:
            found = found.filter(birth__in=["", month])
        return list(found.select_related("division")[:20])

    def _choices(self) -> list[tuple[str, str]]:
        return [
            (str(person.pk), f"{person.name} {person.birth} {person.division.short_name}")
            for person in self.alike()
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        choice = given.get("person")
        if choice is None and not self.errors and self.alike():
            self.fields["person"] = forms.ChoiceField(
                label=_("Who is it?"),
                choices=[*self._choices(), (SOMEBODY_ELSE, _("Somebody else of this name"))],
                widget=forms.RadioSelect,
            )
            self.add_error("person", _now("There is a person of this name already: say who."))
        return given

    @property
    def is_somebody_else(self) -> bool:
        """Whether the user says so of those of the same name."""
        return self.cleaned_data.get("person") == SOMEBODY_ELSE

    def said(self) -> TeamMember:
        given = self.cleaned_data
        chosen = given.get("person", SOMEBODY_ELSE)
        if chosen != SOMEBODY_ELSE:
            seen = Person.objects.visible_to(self.user).standing()
            self.instance.person = seen.get(pk=chosen)
            return self.instance
        self.instance.person = Person(
            name=given["name"],
            sex=given["sex"],
            birth=given["birth"],
            education=given["education"],
            political_status=given["political_status"],
        )
        return self.instance


class LeaveForm(TellingForm, forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    left = MonthTyped(label=_("Left in"), required=True)
    left_reason = forms.ChoiceField(
        label=_("Reason for leaving"), choices=TeamMember.LeftReason.choices
    )
