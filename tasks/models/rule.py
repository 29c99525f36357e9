"""What a task asks of its values, declared for each task and asked the same on every path.

A rule that blocks refuses the value; another asks for an explanation before it is submitted.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models.light import plain
from tasks.models.state import REPORTED
from tasks.models.task import Task
from villages.models import Viewer

if TYPE_CHECKING:
    from tasks.models.entry import Entry

# Fewer neighbours than this say nothing about what is usual.
NEIGHBOURS = 5


@dataclass(frozen=True)
class Around:
    """What a value is held against: earlier quarters, latest first, and neighbouring units."""

    before: Sequence[Decimal] = ()
    neighbours: Sequence[Decimal] = ()

    @property
    def usual(self) -> Decimal:
        return Decimal(statistics.median(self.neighbours))


@dataclass(frozen=True)
class Finding:
    """A rule that a value does not keep, in words."""

    rule: Rule
    message: str

    @property
    def blocks(self) -> bool:
        return self.rule.blocks


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(task__in=Task.objects.visible_to(viewer))


class Rule(models.Model):
    """One demand on the values of a task."""

    class Kind(models.TextChoices):
        AT_LEAST = "at_least", _("At least n")
        AT_MOST = "at_most", _("At most n")
        NEVER_FALLS = "never_falls", _("Never less than the quarter before")
        CHANGE = "change", _("Changes by at most n % from the quarter before")
        OUTLIER = "outlier", _("At most n times what is usual among neighbours")
        UNCHANGED = "unchanged", _("Not the same for n quarters")

    BOUNDLESS = (Kind.NEVER_FALLS,)

    task = models.ForeignKey(Task, models.CASCADE, verbose_name=_("task"), related_name="rules")
    kind = models.CharField(_("rule"), max_length=12, choices=Kind)
    bound = models.DecimalField(_("n"), max_digits=12, decimal_places=2, null=True, blank=True)
    blocks = models.BooleanField(
        _("blocks"),
        default=False,
        help_text=_("Refuses the value; otherwise an explanation is asked for."),
    )

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["task", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "kind"],
                name="rule_once_for_a_task",
                violation_error_message=_("This task has this rule already."),
            ),
            models.CheckConstraint(
                name="rule_has_the_bound_it_needs",
                condition=Q(kind="never_falls", bound=None)
                | ~Q(kind="never_falls") & Q(bound__isnull=False, bound__gte=0),
                violation_error_message=_(
                    "Give the number n of the rule; “never less” takes none."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{'' if self.bound is None else f' ({plain(self.bound)})'}"

    def clean(self) -> None:
        """Rules are about numbers, and all but one have one themselves."""
        if self.bound is None and self.kind not in self.BOUNDLESS:
            raise ValidationError({"bound": _("Give the number n of the rule.")})
        task = getattr(self, "task", None)
        if task is not None and task.measure != Task.Measure.NUMBER:
            raise ValidationError(_("Only a task that is answered by a number takes rules."))

    def broken_by(self, value: Decimal, around: Around) -> str:
        """Why the value does not keep the rule, in words; empty where it does."""
        kind, bound = self.Kind(self.kind), self.bound or Decimal(0)
        if not BROKEN[kind](value, bound, around):
            return ""
        return str(MESSAGES[kind]) % {
            "value": plain(value),
            "bound": plain(bound),
            "last": plain(around.before[0]) if around.before else "",
            "usual": plain(around.usual) if around.neighbours else "",
        }


def _changes(value: Decimal, bound: Decimal, around: Around) -> bool:
    last = around.before[0] if around.before else Decimal(0)
    return bool(last) and abs(value - last) * 100 > bound * last


def _stands_still(value: Decimal, bound: Decimal, around: Around) -> bool:
    earlier = int(bound) - 1
    return 0 < earlier <= len(around.before) and {*around.before[:earlier]} == {value}


def _sticks_out(value: Decimal, bound: Decimal, around: Around) -> bool:
    if len(around.neighbours) < NEIGHBOURS or around.usual <= 0 or not bound:
        return False
    return not around.usual / bound <= value <= around.usual * bound


BROKEN: dict[Rule.Kind, Callable[[Decimal, Decimal, Around], bool]] = {
    Rule.Kind.AT_LEAST: lambda value, bound, around: value < bound,
    Rule.Kind.AT_MOST: lambda value, bound, around: value > bound,
    Rule.Kind.NEVER_FALLS: lambda value, bound, around: value < max(around.before[:1], default=0),
    Rule.Kind.CHANGE: _changes,
    Rule.Kind.OUTLIER: _sticks_out,
    Rule.Kind.UNCHANGED: _stands_still,
}
MESSAGES = {
    Rule.Kind.AT_LEAST: _("%(value)s is less than %(bound)s, the least that can be."),
    Rule.Kind.AT_MOST: _("%(value)s is more than %(bound)s, the most that can be."),
    Rule.Kind.NEVER_FALLS: _("%(value)s is less than the %(last)s of the quarter before."),
    Rule.Kind.CHANGE: _("Changes by more than %(bound)s %% from %(last)s to %(value)s."),
    Rule.Kind.OUTLIER: _("%(value)s, where %(usual)s is usual among the neighbours."),
    Rule.Kind.UNCHANGED: _("%(value)s for %(bound)s quarters in a row."),
}


@dataclass
class Rulebook:
    """The rules of some tasks, with what values in some townships and quarters stand beside.

    Three queries however many lines there are; lines that no rule looks at cost none.
    """

    rules: dict[int, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    before: dict[tuple[int, int], dict[int, Decimal]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    neighbours: dict[tuple[int, int, int], dict[int, Decimal]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @classmethod
    def of(cls, keys: Iterable[tuple[int, int, int]]) -> Self:
        """For lines of these tasks, townships and quarters."""
        from tasks.models.entry import Entry

        book, wanted = cls(), set(keys)
        for rule in Rule.objects.filter(task__in={task for task, _township, _period in wanted}):
            book.rules[rule.task_id].append(rule)
        asked = {key for key in wanted if key[0] in book.rules}
        if not asked:
            return book
        tasks, townships, periods = (set(column) for column in zip(*asked, strict=True))
        near = Entry.objects.owed().filter(
            task__in=tasks, township__in=townships, value__isnull=False
        )
        reported = near.filter(state__in=REPORTED).values_list(
            "task_id", "division_id", "period__quarter", "value"
        )
        for task, division, quarter, value in reported:
            book.before[task, division][quarter] = value or Decimal(0)
        told = near.filter(period__in=periods, task__in=book._tasks_with(Rule.Kind.OUTLIER))
        for *key, division, value in told.values_list(
            "task_id", "township_id", "period_id", "division_id", "value"
        ):
            book.neighbours[key[0], key[1], key[2]][division] = value or Decimal(0)
        return book

    def findings(
        self, entry: Entry, value: Decimal | None, *, quarter: int | None = None
    ) -> Iterator[Finding]:
        """What the rules of its task say to a value of an entry."""
        rules = self.rules.get(entry.task_id)
        if rules and value is not None:
            yield from self.look(
                (entry.task_id, entry.township_id, entry.period_id),
                entry.division_id,
                quarter or entry.period.quarter,
                value,
            )

    def look(
        self, key: tuple[int, int, int], division: int, quarter: int, value: Decimal
    ) -> Iterator[Finding]:
        earlier = self.before.get((key[0], division), {})
        others = self.neighbours.get(key, {})
        around = Around(
            [earlier[q] for q in range(quarter - 1, 0, -1) if q in earlier],
            [other for unit, other in others.items() if unit != division],
        )
        for rule in self.rules.get(key[0], []):
            if message := rule.broken_by(value, around):
                yield Finding(rule, message)

    def _tasks_with(self, kind: str) -> set[int]:
        return {task for task, rules in self.rules.items() if any(r.kind == kind for r in rules)}
