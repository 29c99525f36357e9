"""What the city does to an issued ledger: who owes what changes, dated, reasoned and visible.

Each verb locks the ledger, so amendments follow one another; makes, withdraws or asks again for
the lines of the quarters from which it holds; and leaves an Amendment that says so. Lines that
are accepted stay as they are, and so does every quarter that is locked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.actions.deadlines import hand_down
from tasks.actions.making import check_kept_by
from tasks.actions.writing import (
    Author,
    Change,
    Outcome,
    check_ledger_runs,
    count,
    together,
    write,
)
from tasks.models import (
    Amendment,
    Entry,
    EntryChange,
    EntryQuerySet,
    Ledger,
    Period,
    Task,
)
from tasks.models.duty import idle
from villages.models import Division, DivisionQuerySet, Level

# What of a task may be changed while it is reported: not who owes it when, nor how it is answered.
CHANGEABLE = (
    *("title", "short_title", "requirement", "lead_organisation", "time_limit"),
    *("unit", "target", "evidence_wanted", "weight", "final_level"),
)
# What a new task says: its number continues that of the others.
OF_A_NEW_TASK = (
    *("category", "title", "short_title", "requirement", "lead_organisation", "time_limit"),
    *("reporting_level", "measure", "unit", "is_cumulative", "target", "quarters"),
    *("evidence_wanted", "weight", "final_level", "duty", "supports"),
)
DUTIES = Amendment.Kind.DUTIES
ADDING = (Amendment.Kind.ADD_TASK, Amendment.Kind.ADD_UNIT, DUTIES)
WITHDRAWING = (Amendment.Kind.WITHDRAW_TASK, Amendment.Kind.WITHDRAW_UNIT, DUTIES)
FIRST_QUARTER = 1


@dataclass(frozen=True)
class Effect:
    """How many lines an amendment asks for, withdraws, and leaves because they are accepted."""

    asked: int = 0
    withdrawn: int = 0
    kept: int = 0
    # Of those asked for, how many would be overdue the moment they exist.
    late: int = 0
    # Of the duty lists: the keys of the villages that are asked, and that are asked no longer.
    asked_of: list[int] = field(default_factory=list)
    withdrawn_of: list[int] = field(default_factory=list)


def add_task(
    ledger: Ledger, fields: Mapping[str, Any], from_quarter: int, reason: str, author: Author
) -> Amendment:
    """A task more, owed by all units of its level in its quarters from that one on."""
    with transaction.atomic():
        ledger = _locked(ledger, author)
        return _carry_out(adding(ledger, fields, from_quarter, reason, author), author)


def adding(
    ledger: Ledger, fields: Mapping[str, Any], from_quarter: int, reason: str, author: Author
) -> Amendment:
    """The amendment that add_task() would make, nothing of it stored; checks the task."""
    last = ledger.tasks.aggregate(last=Max("number"))["last"] or 0
    task = Task(ledger=ledger, number=last + 1, **{n: fields[n] for n in fields})
    # Not Task.clean(), which knows of no amendment.
    task.clean_duty()
    task.clean_fields()
    task.validate_unique()
    task.validate_constraints()
    kind = Amendment.Kind.ADD_TASK
    return plan(ledger, kind, from_quarter, reason, author, task=task)


def withdraw_task(task: Task, from_quarter: int, reason: str, author: Author) -> Amendment:
    """Nobody owes the task any more, from that quarter on."""
    return _amend(task, Amendment.Kind.WITHDRAW_TASK, from_quarter, reason, author)


def restore_task(task: Task, from_quarter: int, reason: str, author: Author) -> Amendment:
    """Ask again for a task that was withdrawn; what had been written stands as a draft."""
    return _amend(task, Amendment.Kind.ADD_TASK, from_quarter, reason, author)


def _amend(
    task: Task, kind: Amendment.Kind, from_quarter: int, reason: str, author: Author
) -> Amendment:
    with transaction.atomic():
        ledger = _locked(task.ledger, author)
        planned = plan(ledger, kind, from_quarter, reason, author, task=task)
        return _carry_out(planned, author)


def add_unit(
    ledger: Ledger, division: Division, from_quarter: int, reason: str, author: Author
) -> Amendment:
    """A unit more that owes the tasks of its level; or one that was withdrawn, again."""
    with transaction.atomic():
        ledger = _locked(ledger, author)
        kind = Amendment.Kind.ADD_UNIT
        planned = plan(ledger, kind, from_quarter, reason, author, division=division)
        done = _carry_out(planned, author)
        if not ledger.units(division.level).filter(pk=division.pk).exists():
            ledger.extra_units.add(division)
        return done


def withdraw_unit(
    ledger: Ledger, division: Division, from_quarter: int, reason: str, author: Author
) -> Amendment:
    """The unit itself owes nothing more; units below it go on."""
    with transaction.atomic():
        ledger = _locked(ledger, author)
        kind = Amendment.Kind.WITHDRAW_UNIT
        planned = plan(ledger, kind, from_quarter, reason, author, division=division)
        done = _carry_out(planned, author)
        ledger.extra_units.remove(division)
        return done


def update_duties(ledger: Ledger, from_quarter: int, reason: str, author: Author) -> Amendment:
    """Ask the duty lists of the villages to which somebody was sent since, and of those where
    nobody is any more no longer."""
    with transaction.atomic():
        ledger = _locked(ledger, author)
        return _carry_out(plan(ledger, DUTIES, from_quarter, reason, author), author)


def change_task(task: Task, fields: Mapping[str, Any], reason: str, author: Author) -> Amendment:
    """Other words, another target, another weight; for the whole year, lines stay as they are."""
    with transaction.atomic():
        ledger = _locked(task.ledger, author)
        changed = Task.objects.select_for_update().get(pk=task.pk, ledger=ledger)
        kind = Amendment.Kind.CHANGE_TASK
        done = plan(ledger, kind, FIRST_QUARTER, reason, author, task=changed)
        _check(done)
        done.before, done.after = changing(changed, fields)
        done.entries = Entry.objects.filter(task=changed).owed().count()
        changed.save()
        done.save()
        _count_again(Entry.objects.filter(task=changed))
        return done


def changing(task: Task, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the fields, check the task, and return what changed, before and after, as text."""
    before = {name: _as_kept(getattr(task, name)) for name in CHANGEABLE}
    for name in CHANGEABLE:
        setattr(task, name, fields.get(name, getattr(task, name)))
    task.full_clean()
    after = {name: _as_kept(getattr(task, name)) for name in CHANGEABLE}
    changed = [name for name in CHANGEABLE if before[name] != after[name]]
    if not changed:
        raise ValidationError(_("Nothing was changed."), "same")
    return {name: before[name] for name in changed}, {name: after[name] for name in changed}


def _as_kept(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)


def _locked(ledger: Ledger, author: Author) -> Ledger:
    """The ledger as it stands, held until this amendment is done."""
    check_kept_by(ledger, author, "tasks.add_amendment")
    return Ledger.objects.select_for_update().get(pk=ledger.pk)


def plan(
    ledger: Ledger,
    kind: Amendment.Kind,
    from_quarter: int,
    reason: str,
    author: Author,
    *,
    task: Task | None = None,
    division: Division | None = None,
) -> Amendment:
    """An amendment that is not stored yet, checked for what it says of itself."""
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the ledger is amended.")})
    planned = Amendment(
        ledger=ledger,
        kind=kind,
        task=task,
        division=division,
        from_quarter=from_quarter,
        reason=reason.strip(),
        at=author.at,
        by=author.user,
    )
    planned.clean_fields(exclude=["task", "division", "before", "after"])
    comes_back = task.pk is not None if task else _was_withdrawn(ledger, division)
    if kind in ADDING and comes_back:
        planned.before = {"withdrawn": True}
    return planned


def _was_withdrawn(ledger: Ledger, division: Division | None) -> bool:
    steps = ledger.amendments.filter(division=division).order_by("at", "pk")
    last = steps.values_list("kind", flat=True).last()
    return last == Amendment.Kind.WITHDRAW_UNIT


def effect_of(amendment: Amendment, author: Author) -> Effect:
    """What an amendment that is not stored yet would do.

    Raises ValidationError with code `closed`, `draft`, `quarter`, `locked` or `unit` where it
    may not be, and `nothing` where it would change no line.
    """
    _check(amendment)
    periods = _open_periods(amendment, author)
    effect, nobody = Effect(), True
    if amendment.kind in ADDING:
        counts = [
            (period, _missing(task, period, units).count() + _gone(task, period, units).count())
            for task, period, units in _due(amendment, periods)
        ]
        late = sum(count for period, count in counts if period.due < author.on)
        effect = Effect(asked=sum(count for _period, count in counts), late=late)
        nobody = not counts
    if amendment.kind in WITHDRAWING:
        lines = _lines(amendment, periods)
        kept = lines.filter(state=Entry.State.ACCEPTED).count()
        effect = replace(effect, withdrawn=lines.count() - kept, kept=kept)
        nobody = nobody and not kept
    if not (effect.asked or effect.withdrawn):
        raise ValidationError(_why_nothing(amendment, effect, nobody), "nothing")
    return _with_villages(effect, amendment, periods) if amendment.kind == DUTIES else effect


def _with_villages(effect: Effect, amendment: Amendment, periods: list[Period]) -> Effect:
    due = list(_due(amendment, periods))
    asked = {key for one in due for key in _missing(*one).values_list("pk", flat=True)}
    asked |= {key for one in due for key in _gone(*one).values_list("division", flat=True)}
    left = _lines(amendment, periods).exclude(state=Entry.State.ACCEPTED)
    withdrawn = set(left.values_list("division", flat=True))
    return replace(effect, asked_of=sorted(asked), withdrawn_of=sorted(withdrawn))


def _why_nothing(amendment: Amendment, effect: Effect, nobody: bool) -> str:
    """Why no line would change; `nobody` owes anything that the amendment is about."""
    if effect.kept:
        message = _("This would change no line: what it concerns is accepted already and stays.")
    elif not nobody:
        message = _("This would change no line; it stands like that already.")
    elif amendment.kind in ADDING and amendment.task:
        message = _("This would change no line: the task is due in %(due)s, none of them left.")
        return message % {"due": amendment.task.quarters_in_words}
    else:
        message = _(
            "This would change no line; it stands like that already: "
            "nothing is owed from %(quarter)s on."
        )
    return message % {"quarter": dict(Period.quarter.field.flatchoices)[amendment.from_quarter]}


def _check(amendment: Amendment) -> None:
    ledger, division = amendment.ledger, amendment.division
    if ledger.state == Ledger.State.DRAFT:
        raise ValidationError(_("A draft is not amended: change its tasks themselves."), "draft")
    check_ledger_runs(ledger)
    if division is None:
        return
    if division.level not in (Level.TOWNSHIP, Level.VILLAGE) or not ledger.division.manages(
        division
    ):
        message = _("Only towns, streets, villages and communities below the ledger's unit report.")
        raise ValidationError({"division": ValidationError(message, "unit")})


def open_periods(ledger: Ledger, author: Author) -> list[Period]:
    """The quarters that may still be amended: those that are not locked."""
    periods = Period.objects.filter(year=ledger.year).order_by("quarter")
    return [period for period in periods if not period.is_locked(author.on)]


def _open_periods(amendment: Amendment, author: Author) -> list[Period]:
    """Those from which it holds; what is locked changes on no way, this one neither."""
    since = amendment.from_quarter
    periods = Period.objects.filter(year=amendment.ledger.year, quarter__gte=since)
    found = list(periods.order_by("quarter"))
    if since < FIRST_QUARTER or not found:
        raise ValidationError({"from_quarter": ValidationError(_("Choose a quarter."), "quarter")})
    if locked := [period for period in found if period.is_locked(author.on)]:
        message = _("%(quarter)s is locked; amend from a later quarter on.") % {
            "quarter": locked[-1]
        }
        raise ValidationError({"from_quarter": ValidationError(message, "locked")})
    return found


Due = tuple[Task, Period, DivisionQuerySet]


def _due(amendment: Amendment, periods: list[Period]) -> Iterator[Due]:
    """For each task and quarter that it touches, who owes it once the amendment holds."""
    ledger, division = amendment.ledger, amendment.division
    standing = ledger.amendments.standing().add(amendment)
    tasks: Iterable[Task] = [amendment.task] if amendment.task else ledger.tasks.all()
    if amendment.kind == DUTIES:
        tasks = ledger.tasks.exclude(duty="")
    for task in tasks:
        for period in periods:
            quarter = period.quarter
            if str(quarter) in task.quarters and standing.asks(task.pk, quarter):
                of_level = standing.units_of(ledger, task.reporting_level, quarter)
                units = task.owing(of_level, timezone.localdate(amendment.at))
                yield task, period, units.filter(pk=division.pk) if division else units


def _missing(task: Task, period: Period, units: DivisionQuerySet) -> DivisionQuerySet:
    there = Entry.objects.filter(task_id=task.pk, period=period)
    return units.exclude(pk__in=there.values("division"))


def _gone(task: Task, period: Period, units: DivisionQuerySet) -> EntryQuerySet:
    withdrawn = Entry.objects.filter(task_id=task.pk, period=period, state=Entry.State.WITHDRAWN)
    return withdrawn.filter(division__in=units.order_by().values("pk"))


def _lines(amendment: Amendment, periods: list[Period]) -> EntryQuerySet:
    """What is owed of a task, or by a unit, in some quarters."""
    lines = Entry.objects.filter(task__ledger=amendment.ledger, period__in=periods).owed()
    if amendment.kind == DUTIES:
        return lines.filter(idle(timezone.localdate(amendment.at)))
    if amendment.task:
        return lines.filter(task=amendment.task)
    return lines.filter(division=amendment.division)


def _carry_out(amendment: Amendment, author: Author) -> Amendment:
    # Quarters are locked after ledgers and before lines, as whoever moves a date does.
    year = Period.objects.filter(year=amendment.ledger.year).order_by("pk")
    list(year.select_for_update().values_list("pk"))
    effect = effect_of(amendment, author)
    periods = _open_periods(amendment, author)
    amendment.after = {name: count for name, count in vars(effect).items() if count}
    task = amendment.task
    if task is not None and task._state.adding:
        task.save()
        amendment.task_id = task.pk
    if amendment.kind in ADDING:
        amendment.entries = effect.asked
        _ask(amendment, periods, author)
    if amendment.kind in WITHDRAWING:
        # As counted under the lock: a line accepted in this very moment stays.
        amendment.entries += _withdraw(amendment, _lines(amendment, periods), author)
    amendment.save()
    return amendment


def _ask(amendment: Amendment, periods: list[Period], author: Author) -> None:
    """Make the lines that are missing, and bring back those that had been withdrawn."""
    due = list(_due(amendment, periods))
    again = [pk for one in due for pk in _gone(*one).values_list("pk", flat=True)]
    lines = Entry.objects.filter(task__in={task.pk for task, _p, _u in due}, period__in=periods)

    def restore(entry: Entry) -> Change:
        entry.state = Entry.State.DRAFT if entry.holds_anything else Entry.State.BLANK
        return {"comment": amendment.reason}

    with together(again, Entry.objects.all()):
        for task, period, units in due:
            Entry.objects.expect(task, period, _missing(task, period, units))
        _write(amendment, again, restore, author, EntryChange.Verb.RESTORE)
        for period in periods:
            hand_down(lines.filter(period=period), period)
        _count_again(lines)


def _withdraw(amendment: Amendment, lines: EntryQuerySet, author: Author) -> int:
    """Whatever is not accepted by now; a line that is submitted waits nowhere any more."""

    def withdraw(entry: Entry) -> Change:
        if entry.state in (Entry.State.ACCEPTED, Entry.State.WITHDRAWN):
            return False
        entry.state, entry.waiting_at, entry.reopened_parts = Entry.State.WITHDRAWN, "", ""
        return {"comment": amendment.reason}

    pks = list(lines.values_list("pk", flat=True))
    return len(_write(amendment, pks, withdraw, author, EntryChange.Verb.WITHDRAW).done)


def _write(
    amendment: Amendment,
    pks: list[int],
    change: Callable[[Entry], Change],
    author: Author,
    verb: EntryChange.Verb,
) -> Outcome:
    own = Entry.objects.visible_to(author.user).filter(task__ledger=amendment.ledger)
    return write(pks, own, change, author, verb, whole=True)


def _count_again(entries: EntryQuerySet) -> None:
    keys = entries.order_by().values_list("task_id", "township_id", "period_id").distinct()
    count(set(keys))
