"""Forms about a ledger as a whole: issuing it at short notice, and amending it."""

import datetime
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tasks import actions
from tasks.actions import amending
from tasks.models import Amendment, Ledger, Period, Task
from tasks.models.duty import Duty
from tasks.models.light import plain
from villages.models import Division, DivisionQuerySet, Level

CODE = re.compile(r"^\d{12}$")
NAMED_AT_ONCE = 5


class IssueForm(forms.Form):
    """Why the notice is short, and by whose order."""

    reason = forms.CharField(
        label=_("Reason for the short notice"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    ordered_by = forms.CharField(
        label=_("By order of"),
        max_length=40,
        help_text=_("The name of the person who decided it."),
    )


class AmendmentForm(forms.Form):
    """From which quarter on, and why; each kind of amendment adds what it is about.

    Once it is valid, `effect` says what the amendment would do, and `act()` does it.
    """

    use_required_attribute = False
    kind = ""
    heading: Any = ""
    # Of a changed task: field, before and after, in words.
    differences: Sequence[tuple[str, str, str]] = ()

    from_quarter = forms.TypedChoiceField(label=_("From quarter"), coerce=int)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Everybody who sees the ledger reads it."),
    )

    def __init__(
        self, data: Any, *, ledger: Ledger, author: actions.Author, task: Task | None
    ) -> None:
        super().__init__(data)
        # Not where it is done at once: pressed a second time, it stands like that already.
        self.foresees = not data or data.get("do") != "confirm"
        self.ledger, self.author, self.task = ledger, author, task
        self.effect = actions.Effect()
        if "from_quarter" in self.fields:
            periods: list[Period] = amending.open_periods(ledger, author)
            field: Any = self.fields["from_quarter"]
            field.choices = [(period.quarter, str(period)) for period in periods]
            self.initial["from_quarter"] = _usual_start(periods, author.on)
        self.order_fields([n for n in self.fields if n not in ("from_quarter", "reason")])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.foresees and not self.errors:
            try:
                self.effect = self.foresee()
            except ValidationError as error:
                self.tell(error)
        return cleaned

    def tell(self, error: ValidationError) -> None:
        """At the field where the form has it, else above the form."""
        told = error.error_dict if hasattr(error, "error_dict") else {"__all__": [error]}
        for name, errors in told.items():
            self.add_error(name if name in self.fields else None, errors)

    @property
    def content(self) -> dict[str, Any]:
        return {n: v for n, v in self.cleaned_data.items() if n not in ("from_quarter", "reason")}

    @property
    def said(self) -> tuple[int, str, actions.Author]:
        return self.cleaned_data["from_quarter"], self.cleaned_data["reason"], self.author

    def foresee(self) -> actions.Effect:
        raise NotImplementedError

    def act(self) -> Amendment:
        raise NotImplementedError

    @property
    def told(self) -> list[tuple[str, str]]:
        """What was filled in, in words, for the page that asks to confirm."""
        rows = []
        for field in self:
            if self.differences and field.name != "reason":
                continue
            value = self.cleaned_data.get(field.name)
            choices = dict(getattr(field.field, "choices", []))
            if isinstance(value, bool):
                value = _("Yes") if value else _("No")
            if value not in (None, ""):
                rows.append((str(field.label), str(choices.get(value, value))))
        return rows


def _usual_start(periods: Sequence[Period], on: datetime.date) -> int | None:
    """The first quarter that is not past due: what it asks for can still come in time."""
    coming = [period.quarter for period in periods if period.due >= on]
    return next(iter(coming), periods[-1].quarter if periods else None)


class TaskFields(forms.ModelForm):
    """The fields of a task as the admin knows them, to be used by the forms below."""

    class Meta:
        model = Task
        fields = amending.OF_A_NEW_TASK
        widgets = {"requirement": forms.Textarea(attrs={"rows": 3})}


def _task_fields(names: tuple[str, ...]) -> dict[str, forms.Field]:
    return {name: field for name, field in TaskFields().fields.items() if name in names}


class AddTaskForm(AmendmentForm):
    kind = "add_task"
    heading = _("Add a task")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = _task_fields(amending.OF_A_NEW_TASK) | self.fields
        helped: Any = self.fields["supports"]
        helped.queryset = self.ledger.tasks.filter(duty=Duty.FIRST_SECRETARY)

    def foresee(self) -> actions.Effect:
        planned = amending.adding(self.ledger, self.content, *self.said)
        return actions.effect_of(planned, self.author)

    def act(self) -> Amendment:
        return actions.add_task(self.ledger, self.content, *self.said)


class ChangeTaskForm(AmendmentForm):
    kind = "change"
    heading = _("Change a task")
    from_quarter = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = _task_fields(amending.CHANGEABLE) | self.fields
        for name in amending.CHANGEABLE:
            self.initial[name] = getattr(self.task, name)
        if self.initial["target"] is not None:
            self.initial["target"] = plain(self.initial["target"])

    def foresee(self) -> actions.Effect:
        task = Task.objects.get(pk=self._its().pk)
        before, after = amending.changing(task, self.content)
        kind = Amendment.Kind.CHANGE_TASK
        self.differences = Amendment(kind=kind, before=before, after=after).differences
        return actions.Effect()

    def act(self) -> Amendment:
        reason = self.cleaned_data["reason"]
        return actions.change_task(self._its(), self.content, reason, self.author)

    def _its(self) -> Task:
        if self.task is None:
            raise ValidationError(_("Choose a task."))
        return self.task


class WithdrawTaskForm(AmendmentForm):
    kind = "withdraw"
    heading = _("Withdraw a task")

    def foresee(self) -> actions.Effect:
        return actions.effect_of(self._planned(), self.author)

    def _planned(self) -> Amendment:
        from_quarter, reason, author = self.said
        kind = Amendment.Kind.ADD_TASK if self.kind == "restore" else Amendment.Kind.WITHDRAW_TASK
        return amending.plan(self.ledger, kind, from_quarter, reason, author, task=self.task)

    def act(self) -> Amendment:
        done: Amendment = self._verb(self.task, *self.said)
        return done

    _verb: Any = staticmethod(actions.withdraw_task)


class RestoreTaskForm(WithdrawTaskForm):
    kind = "restore"
    heading = _("Ask for a task again")
    _verb = staticmethod(actions.restore_task)


class AddUnitForm(AmendmentForm):
    kind = "add_unit"
    heading = _("Add a unit")
    amends = Amendment.Kind.ADD_UNIT
    _verb: Any = staticmethod(actions.add_unit)

    division = forms.CharField(
        label=_("Unit"),
        max_length=60,
        help_text=_("Its 12-digit code, or its name: a town, a street, a village, a community."),
    )

    def offered(self) -> DivisionQuerySet:
        """What has ended is given no new work."""
        return self._below().at(timezone.localdate())

    def _below(self) -> DivisionQuerySet:
        below = Division.objects.within(self.ledger.division)
        return below.filter(level__in=[Level.TOWNSHIP, Level.VILLAGE])

    def clean_division(self) -> Division:
        """By code, or by a name that only one unit below has."""
        text = self.cleaned_data["division"].strip()
        units = self.offered()
        if CODE.match(text):
            found = list(units.filter(code=text))
        else:
            found = list(units.filter(name=text)) or list(units.search(text)[: NAMED_AT_ONCE + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("No such unit is known below yours."))
        names = "; ".join(f"{unit.name} {unit.code}" for unit in found[:NAMED_AT_ONCE])
        message = _now("Several units fit: %(names)s. Give the code.") % {"names": names}
        raise ValidationError(message)

    def foresee(self) -> actions.Effect:
        from_quarter, reason, author = self.said
        division = self.cleaned_data["division"]
        planned = amending.plan(
            self.ledger, self.amends, from_quarter, reason, author, division=division
        )
        return actions.effect_of(planned, author)

    def act(self) -> Amendment:
        done: Amendment = self._verb(self.ledger, self.cleaned_data["division"], *self.said)
        return done


class WithdrawUnitForm(AddUnitForm):
    kind = "drop_unit"
    heading = _("Withdraw a unit")
    amends = Amendment.Kind.WITHDRAW_UNIT
    _verb = staticmethod(actions.withdraw_unit)

    def offered(self) -> DivisionQuerySet:
        return self._below()


class DutiesForm(AmendmentForm):
    """Who came and who left: lines for those who came, and none for those who left."""

    kind = "duties"
    heading = _("Bring the duty lists up to date")

    def foresee(self) -> actions.Effect:
        planned = amending.plan(self.ledger, Amendment.Kind.DUTIES, *self.said)
        return actions.effect_of(planned, self.author)

    def act(self) -> Amendment:
        return amending.update_duties(self.ledger, *self.said)


OF_A_LEDGER = (AddTaskForm, AddUnitForm, WithdrawUnitForm, DutiesForm)
OF_A_TASK = (ChangeTaskForm, WithdrawTaskForm, RestoreTaskForm)
FORMS = {form.kind: form for form in (*OF_A_LEDGER, *OF_A_TASK)}
CHOICES = [(form.kind, form.heading) for form in OF_A_LEDGER]
