"""What a reviewer does with entries that wait: accept, return, and take a verdict back."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import AccessLog, User
from tasks.actions.writing import (
    WRITE_BATCH,
    Author,
    Change,
    Outcome,
    Seen,
    check_ledger_runs,
    check_version,
    write,
)
from tasks.models import Entry, EntryChange, ReturnMark, ReturnReason, Review
from tasks.models.content import PARTS
from villages.models import Level

LEVELS = list(Level)
VERB_OF = {
    Review.Verdict.ACCEPTED: EntryChange.Verb.ACCEPT,
    Review.Verdict.RETURNED: EntryChange.Verb.RETURN,
}
SKIPPED = ("not_waiting", "own")


@dataclass(frozen=True)
class Mark:
    """A cell to be put right: `part` as in ReturnMark, empty for the whole line."""

    entry_id: int
    part: str
    reason: ReturnReason
    note: str = ""


def accept(seen: Sequence[Seen], author: Author, act: UUID | None = None) -> Outcome:
    """Accept what was shown: for good at the task's final level, else for the level above.

    `act` names what was decided together, so that it can be taken back together.
    """

    def change(entry: Entry) -> Change:
        level = Level(entry.waiting_at)
        final = LEVELS.index(level) <= LEVELS.index(Level(entry.task.final_level))
        if final:
            entry.state, entry.waiting_at = Entry.State.ACCEPTED, ""
        else:
            entry.waiting_at = level.above or Level.CITY
        entry.decided_at = author.at
        return True

    return _review(seen, author, change, Verdict(Review.Verdict.ACCEPTED, act=act))


def return_(
    seen: Sequence[Seen],
    author: Author,
    comment: str,
    marks: Iterable[Mark] = (),
    act: UUID | None = None,
) -> Outcome:
    """Give entries back to those who fill them, with the reason; only marked cells reopen."""
    marks_of: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        marks_of[mark.entry_id].append(mark)
    comment = comment.strip()
    if not comment and any(item.entry_id not in marks_of for item in seen):
        raise ValidationError(_("Say why it is returned."), "comment")
    Review._meta.get_field("comment").run_validators(comment)

    def change(entry: Entry) -> Change:
        entry.period.check_open(author.on, entry.extended_to)
        entry.state, entry.waiting_at = Entry.State.RETURNED, ""
        entry.reopened_parts = _reopened(entry, marks_of.get(entry.pk, []))
        entry.decided_at = author.at
        return {"comment": verdict.words(entry)}

    verdict = Verdict(Review.Verdict.RETURNED, comment, marks_of, act)
    return _review(seen, author, change, verdict)


def _reopened(entry: Entry, marks: Sequence[Mark]) -> str:
    """The marked parts; nothing where a whole line is marked, or no cell in particular.

    A task that is answered in words has its value in them.
    """
    parts = {mark.part for mark in marks}
    if "" in parts:
        return ""
    if "value" in parts and entry.task.measure == entry.task.Measure.TEXT:
        parts.add("narrative")
    return ",".join(part for part in (*PARTS, "evidence") if part in parts)


@dataclass(frozen=True)
class Verdict:
    """What is decided about some entries, and what is said with it."""

    kind: Review.Verdict
    comment: str = ""
    marks: Mapping[int, Sequence[Mark]] | None = None
    act: UUID | None = None

    def marks_of(self, entry: Entry) -> Sequence[Mark]:
        return (self.marks or {}).get(entry.pk, ())

    def words(self, entry: Entry) -> str:
        """The comment; where there is none, the reasons of the marks."""
        said = [" ".join([str(m.reason), m.note]).strip() for m in self.marks_of(entry)]
        return (self.comment or "；".join(dict.fromkeys(said)))[:500]


def _review(
    seen: Sequence[Seen],
    author: Author,
    decide: Callable[[Entry], Change],
    verdict: Verdict,
) -> Outcome:
    level = _level_of(author.user)
    versions = {item.entry_id: item.version for item in seen}
    shown: dict[int, int] = {}
    stands: set[int] = set()

    def look_around(entries: list[Entry]) -> None:
        moved = [entry.pk for entry in entries if entry.version == versions[entry.pk] + 1]
        stands.update(_standing(moved, verdict.kind, author.user) if moved else ())

    def change(entry: Entry) -> Change:
        if entry.pk in stands:
            return False
        check_version(entry, versions[entry.pk])
        _check_waiting_for(entry, author.user)
        shown[entry.pk] = entry.version
        return decide(entry)

    with transaction.atomic():
        visible = Entry.objects.visible_to(author.user)
        verb = VERB_OF[verdict.kind]
        outcome = write(versions, visible, change, author, verb, look_around=look_around)
        reviews = [
            Review(
                entry=entry,
                version=shown[entry.pk],
                level=level,
                reviewer=author.user,
                verdict=verdict.kind,
                comment=verdict.words(entry),
                at=author.at,
                act=verdict.act,
            )
            for entry in outcome.done
        ]
        _keep(Review.objects.bulk_create(reviews), verdict)
    _note_skipped(outcome, author, verdict.kind)
    return outcome


def _level_of(reviewer: User) -> Level:
    """The level at which somebody reviews; raises PermissionDenied for who does not."""
    if not reviewer.has_perm("tasks.review_entry") or reviewer.level is None:
        raise PermissionDenied
    return reviewer.level


def _check_waiting_for(entry: Entry, user: User) -> None:
    check_ledger_runs(entry.task.ledger)
    if entry.state != Entry.State.SUBMITTED or entry.waiting_at != user.level:
        raise ValidationError(_("This line is not waiting for your review."), "not_waiting")
    if entry.submitted_by_id == user.pk:
        raise ValidationError(_("Nobody reviews their own submission."), "own")


def _keep(reviews: Iterable[Review], verdict: Verdict) -> None:
    ReturnMark.objects.bulk_create(
        ReturnMark(review=review, part=mark.part, reason=mark.reason, note=mark.note)
        for review in reviews
        for mark in verdict.marks_of(review.entry)
    )


def _note_skipped(outcome: Outcome, author: Author, verdict: Review.Verdict) -> None:
    """A step that somebody tried to skip stands in the access log."""
    skipped = [r for r in outcome.refused if getattr(r.error, "code", "") in SKIPPED]
    for refusal in skipped[:20]:
        AccessLog.note(
            author.user,
            AccessLog.Action.REFUSED,
            f"{verdict.label} · {refusal.entry}",
            entry=refusal.entry.pk,
            code=refusal.error.code,
        )


def _standing(moved: list[int], verdict: Review.Verdict, reviewer: User) -> Iterable[int]:
    """Those of which this very verdict was the last step: the button was pressed twice."""
    last = Review.objects.filter(entry__in=moved, version=F("entry__version") - 1, undone_at=None)
    return last.filter(verdict=verdict, reviewer=reviewer).values_list("entry", flat=True)


def undo(act: UUID, author: Author) -> Outcome:
    """Take back what the author decided together, wherever nothing happened since.

    Raises PermissionDenied for who does not review any more.
    """
    level = _level_of(author.user)
    given = Review.objects.filter(act=act, reviewer=author.user, undone_at=None)
    with transaction.atomic():
        reviews = {review.entry_id: review for review in given.select_for_update().order_by("pk")}

        def change(entry: Entry) -> Change:
            review = reviews[entry.pk]
            if entry.version != review.version + 1:
                raise ValidationError(
                    _("Somebody went on with this line; your verdict stands."), "conflict"
                )
            check_ledger_runs(entry.task.ledger)
            if review.level != level:
                raise ValidationError(_("This line is not waiting for your review."), "not_waiting")
            entry.state, entry.waiting_at = Entry.State.SUBMITTED, review.level
            entry.decided_at = None
            return True

        visible = Entry.objects.visible_to(author.user)
        outcome = write(reviews, visible, change, author, EntryChange.Verb.UNDO)
        undone = [reviews[entry.pk].pk for entry in outcome.done]
        for start in range(0, len(undone), WRITE_BATCH):
            some = undone[start : start + WRITE_BATCH]
            Review.objects.filter(pk__in=some).update(undone_at=author.at)
    return outcome
