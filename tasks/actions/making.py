"""What the city does with a ledger as a whole: begin it from last year's, and close the year."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from tasks.actions.writing import Author, check_ledger_runs
from tasks.models import Entry, Exemption, Ledger, Period, Rule, Task
from villages.models import Level

# What a copy does not take over: what happened to the ledger, and what was said about it.
HAPPENED = {
    *("id", "state", "issued_at", "issued_by", "closed_at", "closed_by"),
    *("notice_reason", "notice_ordered_by", "copied_from", "year", "light_version"),
}

LAST_QUARTER = 4


def check_kept_by(ledger: Ledger, author: Author, permission: str) -> None:
    """A ledger is the business of those who keep it, in the unit that issues it."""
    if not (ledger.is_kept_by(author.user) and author.user.has_perm(permission)):
        raise PermissionDenied


@transaction.atomic
@transaction.atomic
def copy_ledger(ledger: Ledger, year: int, author: Author) -> Ledger:
    """A draft for another year with the tasks, their rules and the further units of this one.

    Tasks that an amendment has withdrawn stay behind. Raises ValidationError with code `year`
    where that year has a ledger.
    """
    check_kept_by(ledger, author, "tasks.add_ledger")
    # Two who copy at once follow each other, and the second is told.
    ledger = Ledger.objects.select_for_update().get(pk=ledger.pk)
    if Ledger.objects.filter(division=ledger.division, year=year).exists():
        message = _("There is a ledger for %(year)d already.") % {"year": year}
        raise ValidationError(message, "year")
    kept = _fields(ledger)
    for name in ("title", "goal"):
        kept[name] = _of_year(kept[name], ledger.year, year)
    copy = Ledger(**kept, year=year, copied_from=ledger)
    copy.full_clean()
    copy.save()
    copy.extra_units.set(ledger.extra_units.all())
    standing = ledger.amendments.standing()
    asked = [task for task in ledger.tasks.all() if standing.asks(task.pk, LAST_QUARTER)]
    copies = {task.pk: _copy_task(task, copy) for task in asked}
    for task in asked:
        if task.supports_id in copies:
            copies[task.pk].supports = copies[task.supports_id]
            copies[task.pk].save(update_fields=["supports"])
    return copy


def _fields(model: Ledger | Task) -> dict[str, Any]:
    columns = model._meta.concrete_fields
    return {f.name: getattr(model, f.name) for f in columns if f.name not in HAPPENED}


def _of_year(text: str, earlier: int, year: int) -> str:
    """Titles and limits name their year: 2026年12月底."""
    return text.replace(str(earlier), str(year))


def _copy_task(task: Task, ledger: Ledger) -> Task:
    kept = _fields(task) | {"ledger": ledger, "continues": task, "supports": None}
    kept["time_limit"] = _of_year(task.time_limit, task.ledger.year, ledger.year)
    copy = Task.objects.create(**kept)
    copy.lead_reviewers.set(task.lead_reviewers.filter(is_active=True))
    rules = task.rules.values("kind", "bound", "blocks")
    Rule.objects.bulk_create(Rule(task=copy, **rule) for rule in rules)
    return copy


@transaction.atomic
def close(ledger: Ledger, author: Author) -> None:
    """End the year: nothing of this ledger is reported, reviewed or amended from then on.

    Raises ValidationError with code `open` while a quarter is not locked, `extended` while
    lines may be reported by an extension, `waiting` while lines wait for review, `asked` while
    exemptions await a decision.
    """
    check_kept_by(ledger, author, "tasks.issue_ledger")
    locked = Ledger.objects.select_for_update().get(pk=ledger.pk)
    check_ledger_runs(locked)
    if missing := hindrances(locked, author):
        raise ValidationError([ValidationError(text, code) for code, text in missing.items()])
    locked.state, locked.closed_at, locked.closed_by = Ledger.State.CLOSED, author.at, author.user
    locked.save(update_fields=["state", "closed_at", "closed_by"])


def hindrances(ledger: Ledger, author: Author) -> Mapping[str, str]:
    """Why the year cannot be closed yet, in words by code; empty where it can."""
    found = {}
    periods = Period.objects.filter(year=ledger.year).order_by("quarter")
    if unlocked := [str(period) for period in periods if not period.is_locked(author.on)]:
        found["open"] = _("Not locked yet: %(quarters)s.") % {"quarters": _(", ").join(unlocked)}
    entries = Entry.objects.filter(task__ledger=ledger).owed()
    if extended := entries.filter(extended_to__gte=author.on).count():
        found["extended"] = _("Lines that may still be reported by an extension: %(count)d.") % {
            "count": extended
        }
    waiting = entries.filter(state=Entry.State.SUBMITTED).order_by()
    counts = dict(waiting.values_list("waiting_at").annotate(Count("pk")))
    if counts:
        where = [f"{level.label} {counts[level]}" for level in Level if counts.get(level)]
        found["waiting"] = _("Lines that wait for review: %(count)d (%(where)s).") % {
            "count": sum(counts.values()),
            "where": _(", ").join(where),
        }
    if asked := Exemption.objects.undecided().filter(entry__task__ledger=ledger).count():
        found["asked"] = _("Exemptions that await a decision: %(count)d.") % {"count": asked}
    return found
