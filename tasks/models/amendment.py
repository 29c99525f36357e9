"""How an issued ledger was changed, and what is therefore asked of whom in which quarter."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.ledger import Ledger
from tasks.models.task import Task
from villages.models import Division, DivisionQuerySet, Viewer


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(ledger__in=Ledger.objects.visible_to(viewer))

    def standing(self) -> "Standing":
        """What these amendments, those of one ledger, come to."""
        return Standing(self.order_by("at", "pk"))


class Amendment(models.Model):
    """A change of an issued ledger: what was owed otherwise until then, when, and why."""

    class Kind(models.TextChoices):
        ADD_TASK = "add_task", _("Task added")
        CHANGE_TASK = "change", _("Task changed")
        WITHDRAW_TASK = "withdraw", _("Task withdrawn")
        ADD_UNIT = "add_unit", _("Unit added")
        WITHDRAW_UNIT = "drop_unit", _("Unit withdrawn")
        DUTIES = "duties", _("Duty lists brought up to date")

    ledger = models.ForeignKey(
        Ledger, models.PROTECT, verbose_name=_("ledger"), related_name="amendments"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    task = models.ForeignKey(
        Task, models.PROTECT, verbose_name=_("task"), null=True, related_name="amendments"
    )
    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), null=True, related_name="+"
    )
    from_quarter = models.PositiveSmallIntegerField(_("from quarter"))
    reason = models.CharField(_("reason"), max_length=200)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    entries = models.PositiveIntegerField(_("entries"), default=0)
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="amendment_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the ledger is amended."),
            )
        ]

    def __str__(self) -> str:
        about = self.task or self.division
        return f"{self.get_kind_display()} · {about}" if about else str(self.get_kind_display())

    @property
    def says(self) -> str:
        """What it did, in a word; a task or unit that was withdrawn before comes back."""
        again = {
            self.Kind.ADD_TASK: _("Task asked for again"),
            self.Kind.ADD_UNIT: _("Unit asked again"),
        }
        words = again.get(self.Kind(self.kind)) if self.before.get("withdrawn") else None
        return str(words or self.get_kind_display())

    @property
    def asked_of(self) -> list[int]:
        """Of the duty lists: the keys of the villages that are asked since."""
        return list(self.after.get("asked_of", ()))

    @property
    def withdrawn_of(self) -> list[int]:
        return list(self.after.get("withdrawn_of", ()))

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Of a changed task: field, before and after, in words."""
        if self.kind != self.Kind.CHANGE_TASK:
            return []
        return [
            (
                str(TASK_FIELDS[name].verbose_name),
                _in_words(name, self.before.get(name)),
                _in_words(name, self.after[name]),
            )
            for name in self.after
            if name in TASK_FIELDS
        ]


TASK_FIELDS = {field.name: field for field in Task._meta.concrete_fields}
YES_NO = {True: _("Yes"), False: _("No")}


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(YES_NO[value])
    choices = dict(TASK_FIELDS[name].flatchoices)
    return str(choices.get(value, "" if value is None else value))


OF_TASKS = {Amendment.Kind.ADD_TASK: True, Amendment.Kind.WITHDRAW_TASK: False}
OF_UNITS = {Amendment.Kind.ADD_UNIT: True, Amendment.Kind.WITHDRAW_UNIT: False}


class Standing:
    """Which tasks are asked for, and which units owe, in which quarter.

    A later amendment holds over an earlier one, from its quarter on; what was never amended
    holds for the whole year, and what was first added does not hold before that.
    """

    def __init__(self, amendments: Iterable[Amendment]) -> None:
        self.tasks: dict[int | None, list[tuple[bool, int]]] = defaultdict(list)
        self.units: dict[int | None, list[tuple[bool, int]]] = defaultdict(list)
        for each in amendments:
            self.add(each)

    def add(self, amendment: Amendment) -> Self:
        kind, since = Amendment.Kind(amendment.kind), amendment.from_quarter
        if kind in OF_TASKS:
            self.tasks[amendment.task_id].append((OF_TASKS[kind], since))
        elif kind in OF_UNITS:
            self.units[amendment.division_id].append((OF_UNITS[kind], since))
        return self

    def asks(self, task_id: int | None, quarter: int) -> bool:
        return _holds(self.tasks.get(task_id, []), quarter)

    def owes(self, division_id: int, quarter: int) -> bool:
        return _holds(self.units.get(division_id, []), quarter)

    def units_of(self, ledger: Ledger, level: str, quarter: int) -> DivisionQuerySet:
        """Who owes the tasks of a level in a quarter; those of the issue, and as amended."""
        amended = {pk: self.owes(pk, quarter) for pk in self.units if pk is not None}
        added = [pk for pk, owes in amended.items() if owes]
        gone = [pk for pk, owes in amended.items() if not owes]
        issued = Q(pk__in=ledger.units(level).order_by().values("pk"))
        below = Division.objects.within(ledger.division).filter(level=level)
        return below.filter(issued | Q(pk__in=added)).exclude(pk__in=gone)


def _holds(steps: list[tuple[bool, int]], quarter: int) -> bool:
    holds = not steps or not steps[0][0]
    for adds, since in steps:
        if quarter >= since:
            holds = adds
    return holds
