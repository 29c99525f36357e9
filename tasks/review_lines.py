"""What a reviewer is told about the lines of a page: why each is where it is, and what changed.

The content that was seen or returned is found by walking the history backwards from what stands
now; all lines of a page together take the same few queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from typing import Any

from django.db.models import Count, Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.models import (
    Entry,
    EntryChange,
    Evidence,
    Oddity,
    Opinion,
    Period,
    ReturnMark,
    Review,
    Rulebook,
    Section,
    Task,
)
from tasks.models.content import PARTS, TEXTS
from tasks.models.light import plain
from tasks.models.returning import PART_LABELS
from tasks.models.waiting import CONTENT_VERBS

FILES = ("attach", "detach")
NEAR = 24


def shared_start(one: str, other: str) -> str:
    both = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _same in both)


@dataclass(frozen=True)
class Difference:
    """One cell then and now, in words."""

    part: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return str(PART_LABELS[self.part])

    @cached_property
    def around(self) -> tuple[str, str]:
        """The ends that both texts share, of which a reader needs only the nearest words."""
        if self.part not in TEXTS:
            return "", ""
        start = shared_start(self.before, self.after)
        before, after = self.before[len(start) :], self.after[len(start) :]
        return start, shared_start(before[::-1], after[::-1])[::-1]

    @property
    def old(self) -> str:
        start, end = self.around
        return self.before[len(start) : len(self.before) - len(end)]

    @property
    def new(self) -> str:
        start, end = self.around
        return self.after[len(start) : len(self.after) - len(end)]

    @property
    def lead(self) -> str:
        start, _end = self.around
        return start if len(start) <= NEAR else f"…{start[-NEAR:]}"

    @property
    def tail(self) -> str:
        _start, end = self.around
        return end if len(end) <= NEAR else f"{end[:NEAR]}…"


@dataclass(frozen=True)
class Answer:
    """A mark of a return, and what became of its cell; None where nothing changed."""

    mark: ReturnMark
    difference: Difference | None


@dataclass
class Line:
    """One line that waits, with everything that is to be said about it."""

    entry: Any
    verdict: Review | None = None
    findings: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    objections: list[Opinion] = field(default_factory=list)
    files: int = 0

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Why it is an exception: the kind, and its name in words."""
        flags = {
            Oddity.OBJECTION: self.entry.is_objected,
            Oddity.UNUSUAL: self.entry.is_unusual,
            # What answers a return is shown by its marks.
            Oddity.CHANGED: self.entry.is_changed and not self.verdict,
            Oddity.LATE: self.entry.is_late,
        }
        return [(kind.value, str(kind.label)) for kind, holds in flags.items() if holds]

    @property
    def answers(self) -> list[Answer]:
        """The marks of the return that it answers; those of the whole line have no cell."""
        changed = {difference.part: difference for difference in self.differences}
        marks = self.verdict.marks.all() if self.verdict else []
        return [Answer(mark, changed.get(mark.part)) for mark in marks]

    @property
    def other_differences(self) -> list[Difference]:
        """What changed beside the marked cells."""
        marked = {answer.mark.part for answer in self.answers}
        return [difference for difference in self.differences if difference.part not in marked]

    @property
    def changed_parts(self) -> set[str]:
        """The cells that are shown with what they were before."""
        return {difference.part for difference in self.differences}


@dataclass(frozen=True)
class Group:
    """The lines of one section that stand on a page."""

    section: Section
    count: int
    lines: list[Line]

    @property
    def name(self) -> str:
        return self.section.name.lower()


def groups_of(lines: Iterable[Line], counts: Mapping[Section, int]) -> list[Group]:
    by_section: dict[Section, list[Line]] = defaultdict(list)
    for line in lines:
        by_section[Section(line.entry.section)].append(line)
    return [Group(section, counts.get(section, 0), by_section[section]) for section in by_section]


def lines_of(entries: Sequence[Any], period: Period) -> list[Line]:
    """For entries of one quarter that were read with_review() and with their tasks."""
    lines = {entry.pk: Line(entry) for entry in entries}
    _add_verdicts(lines)
    _add_differences(lines)
    _add_findings(lines, period)
    _add_objections(lines)
    shown = Evidence.objects.standing().filter(entry__in=lines).order_by().values("entry")
    for row in shown.annotate(files=Count("pk")):
        lines[row["entry"]].files = row["files"]
    return list(lines.values())


def _add_verdicts(lines: Mapping[int, Line]) -> None:
    answering = {
        pk: line.entry.returned_version
        for pk, line in lines.items()
        if line.entry.returned_version is not None
    }
    marks = ReturnMark.objects.select_related("reason")
    given = Review.objects.filter(entry__in=answering, verdict="returned", undone_at=None)
    for review in given.select_related("reviewer").prefetch_related(Prefetch("marks", marks)):
        if review.version == answering[review.entry_id]:
            lines[review.entry_id].verdict = review


def _add_differences(lines: Mapping[int, Line]) -> None:
    since = {
        pk: line.entry.returned_version or line.entry.seen_since
        for pk, line in lines.items()
        if line.entry.is_changed or line.entry.returned_version is not None
    }
    changes: dict[int, list[EntryChange]] = defaultdict(list)
    wanted = EntryChange.objects.filter(entry__in=since, verb__in=CONTENT_VERBS)
    for change in wanted.order_by("-version").only("entry", "version", "verb", "before"):
        if change.version > since[change.entry_id]:
            changes[change.entry_id].append(change)
    for pk, later in changes.items():
        lines[pk].differences = differences(lines[pk].entry, later)


def differences(entry: Entry, later: Sequence[EntryChange]) -> list[Difference]:
    """What became of an entry by these changes, the latest first, cell by cell."""
    now = entry.content
    then = dict(now)
    for change in later:
        then |= {name: value for name, value in change.before.items() if name in then}
    found = [
        Difference(part, in_words(entry.task, then, part), in_words(entry.task, now, part))
        for part, names in PARTS.items()
        if any(then[name] != now[name] for name in names)
    ]
    if files := _files(later):
        found.append(Difference("evidence", "", files))
    return found


def in_words(task: Task, content: Mapping[str, Any], part: str) -> str:
    if part != "value":
        return str(content[part])
    if content["nothing"]:
        return str(Entry.Nothing(content["nothing"]).label)
    if content["value"] is None:
        return ""
    value = Decimal(content["value"])
    if task.measure == Task.Measure.YES_NO:
        return _("Yes") if value else _("No")
    return plain(value)


def _files(later: Iterable[EntryChange]) -> str:
    verbs = [change.verb for change in later if change.verb in FILES]
    added, removed = (verbs.count(verb) for verb in FILES)
    told = []
    if added:
        text = ngettext("%(count)d file added", "%(count)d files added", added)
        told.append(text % {"count": added})
    if removed:
        text = ngettext("%(count)d file removed", "%(count)d files removed", removed)
        told.append(text % {"count": removed})
    return " · ".join(told)


def _add_findings(lines: Mapping[int, Line], period: Period) -> None:
    """What the rules say today to the values that were unusual when they were handed in."""
    unusual = [line for line in lines.values() if line.entry.is_unusual]
    keys = [(line.entry.task_id, line.entry.township_id, line.entry.period_id) for line in unusual]
    book = Rulebook.of(keys)
    for line in unusual:
        found = book.findings(line.entry, line.entry.value, quarter=period.quarter)
        line.findings = [finding.message for finding in found]


def _add_objections(lines: Mapping[int, Line]) -> None:
    objected = [pk for pk, line in lines.items() if line.entry.is_objected]
    said = Opinion.objects.standing().filter(entry__in=objected, verdict="objects")
    for opinion in said.select_related("by").order_by("at", "pk"):
        lines[opinion.entry_id].objections.append(opinion)
