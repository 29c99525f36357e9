"""Setting and ending a contact point, noting a visit or a talk."""

import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import Textarea
from django.utils.translation import gettext_lazy as _

from accounts.numbers import keep_numbers_out, without_numbers
from cadres.meanwhile import TellingForm
from cadres.models import ContactPoint, ContactVisit, HelpForm, Person, PolicyTalk
from cadres.searched import Search, SearchingForm
from villages.models import Division, Level

LONGEST_REASON = 200


class DayInput(forms.DateInput):
    """The browser's own calendar, which sends and takes days as 2026-10-05."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class VillageField(forms.ModelChoiceField):
    """One of the villages of a unit as they stand on a day."""

    def __init__(self, unit: Division, on: datetime.date) -> None:
        villages = Division.objects.within(unit).at(on).filter(level=Level.VILLAGE)
        super().__init__(
            villages.select_related("parent").order_by("parent__code", "code"),
            label=_("Village"),
            error_messages={"required": _("Find the village and choose it.")},
        )


class OfVillageForm(SearchingForm, forms.ModelForm):
    """About a village, which is searched: a county has hundreds of them."""

    village_text = forms.CharField(
        label=_("Find the village"),
        max_length=60,
        required=False,
        help_text=_("Name, code or pinyin."),
    )

    @property
    def search(self) -> Search:
        return self.search_of("village")

    @property
    def others(self) -> list[forms.BoundField]:
        """The fields besides the village."""
        searched = ("village", "village_text")
        return [field for field in self.visible_fields() if field.name not in searched]


class PointForm(OfVillageForm):
    """A new contact point of one of the leaders of a county."""

    use_required_attribute = False

    class Meta:
        model = ContactPoint
        fields = ["leader", "village", "branch", "since", "note"]
        widgets = {"since": DayInput()}

    def __init__(
        self,
        data: Any,
        *,
        county: Division,
        leaders: QuerySet[Person],
        on: datetime.date,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"since": on, **(initial or {})})
        self.fields["leader"].queryset = leaders  # type: ignore[attr-defined]
        self.fields["village"] = VillageField(county, on)
        keep_numbers_out(self, "branch", "note")


class ReasonField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(label=_("Reason"), max_length=LONGEST_REASON, validators=[without_numbers])


class EndForm(TellingForm, forms.Form):
    """The last day of a contact point; `version` is the one that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    until = forms.DateField(label=_("Last day"), widget=DayInput(), input_formats=["%Y-%m-%d"])
    reason = ReasonField()


class TakeBackForm(TellingForm, forms.Form):
    """Why what was noted by mistake goes; `version` is the one that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = ReasonField()


class RemoveForm(TakeBackForm):
    """The same of a visit, on the page of its contact point."""

    visit = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class VersionedForm(forms.ModelForm):
    """A row as it is changed on a page that showed a version of it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)

    def __init__(self, data: Any, *, instance: Any, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, instance=instance, initial=initial)
        if instance.pk:
            # While one still searches, the version stays the one that was shown at first.
            self.initial.setdefault("version", instance.version)

    def clean(self) -> dict[str, Any] | None:
        """What was shown is what is changed: the version that came with the page."""
        cleaned = super().clean()
        if self.instance.pk:
            self.instance.version = self.cleaned_data.get("version") or 0
        return cleaned


class VisitForm(VersionedForm):
    forms = forms.MultipleChoiceField(
        label=_("Forms of help"), choices=HelpForm.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ContactVisit
        fields = ["on", "forms", "problems_raised", "problems_solved", "problems", "results"]
        widgets = {
            "on": DayInput(),
            "problems": Textarea(attrs={"rows": 2}),
            "results": Textarea(attrs={"rows": 2}),
        }

    def __init__(self, data: Any, *, instance: ContactVisit) -> None:
        super().__init__(data, instance=instance)
        keep_numbers_out(self, "problems", "results")
        self.initial["forms"] = [form for form in instance.forms.split(",") if form]

    def clean_forms(self) -> str:
        return ",".join(self.cleaned_data["forms"])


class TalkForm(OfVillageForm, VersionedForm):
    use_required_attribute = False

    class Meta:
        model = PolicyTalk
        fields = ["speaker", "village", "on", "topic", "audience"]
        widgets = {"on": DayInput()}

    def __init__(
        self,
        data: Any,
        *,
        instance: PolicyTalk,
        unit: Division,
        speakers: QuerySet[Person],
        on: datetime.date,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, instance=instance, initial=initial)
        keep_numbers_out(self, "topic")
        self.fields["speaker"].queryset = speakers  # type: ignore[attr-defined]
        self.fields["village"] = VillageField(unit, on)
