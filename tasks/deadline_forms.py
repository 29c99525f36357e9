"""Forms about dates: more time for one unit; a quarter moved, locked and unlocked."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tasks.models import Extension, Period
from villages.models import Division, DivisionQuerySet

NAMED = 5


class DayInput(forms.DateInput):
    """The browser's own calendar, which sends and takes days as 2026-10-05."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    widget = DayInput
    input_formats = ["%Y-%m-%d"]


class ReasonField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        longest = Extension._meta.get_field("reason").max_length
        super().__init__(label=_("Reason"), max_length=longest, **kwargs)


class ExtendForm(forms.Form):
    """A unit by its code, name or pinyin, among those that the user may give more time."""

    unit = forms.CharField(
        label=_("Unit"),
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("Name, code or pinyin initials")}),
    )
    until = DayField(label=_("Extended to"))
    reason = ReasonField()

    def __init__(self, data: Any, units: DivisionQuerySet) -> None:
        super().__init__(data, prefix="extend")
        self.units = units

    def clean_unit(self) -> Division:
        text = self.cleaned_data["unit"]
        found = list(self.units.filter(code=text)) or list(self.units.filter(name=text)[:9])
        found = found or list(self.units.search(text).select_related("parent")[:9])
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_now("No unit of yours is called so; try its code."))
        names = ", ".join(f"{unit.name} {unit.code}" for unit in found[:NAMED])
        raise ValidationError(
            _now("Several units are called so: %(names)s. Give the code.") % {"names": names}
        )


class DatesForm(forms.Form):
    opens = DayField(label=_("Opens on"))
    due = DayField(label=_("Due on"))
    locks = DayField(label=_("Locks after"))
    reason = ReasonField()

    def __init__(self, data: Any, period: Period) -> None:
        initial = {name: getattr(period, name) for name in ("opens", "due", "locks")}
        super().__init__(data, prefix="move", initial=initial)


class LockForm(forms.Form):
    reason = ReasonField()

    def __init__(self, data: Any) -> None:
        super().__init__(data, prefix="lock")


class UnlockForm(forms.Form):
    """Asks for a new last day where the old one is past."""

    locks = DayField(label=_("Open until"), required=False)
    reason = ReasonField()

    def __init__(self, data: Any, period: Period, on: datetime.date) -> None:
        super().__init__(data, prefix="unlock")
        self.fields["locks"].required = on > period.locks
        if on <= period.locks:
            self.initial["locks"] = period.locks
