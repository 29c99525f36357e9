"""The story of one entry: its changes with the verdicts, opinions and questions in between."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from tasks.models import Entry, EntryChange, Evidence, Exemption, Opinion, ReturnMark, Review


@dataclass(frozen=True)
class Event:
    """One thing that happened: who, when, by which way, what before and after, what was said.

    `batch` is the import that wrote it, where the reader is its owner; `file` the evidence it is
    about, where that still stands.
    """

    at: datetime.datetime
    by: User | None
    what: str
    way: str = ""
    version: int = 0
    # From which state into which.
    moved: tuple[str, str] | None = None
    differences: Sequence[tuple[str, str, str]] = ()
    said: str = ""
    marks: Sequence[ReturnMark] = ()
    note: str = ""
    batch: UUID | None = None
    file: Evidence | None = None
    file_name: str = ""
    tone: str = ""
    # Of two at the same moment the one written later stands above.
    rank: tuple[int, int] = (0, 0)


TONES = {"accept": "good", "return": "bad", "exempt": "good"}
VERDICT_OF = {"accept": "accepted", "return": "returned"}


@dataclass
class Story:
    """Everything that is told of one entry, read in as many queries as there are kinds."""

    entry: Entry
    changes: list[EntryChange] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    opinions: list[Opinion] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    @classmethod
    def of(cls, entry: Entry) -> "Story":
        return cls(
            entry,
            list(entry.changes.select_related("by")),
            list(entry.reviews.select_related("reviewer").prefetch_related("marks__reason")),
            list(entry.opinions.select_related("by")),
            list(entry.exemptions.select_related("asked_by", "decided_by")),
            list(entry.evidence.select_related("added_by")),
        )

    @property
    def files(self) -> list[Evidence]:
        """Those that stand."""
        return [file for file in self.evidence if file.removed_at is None]

    @property
    def last_return(self) -> Review | None:
        """Why it came back, where it has come back."""
        if self.entry.state != Entry.State.RETURNED:
            return None
        returns = (r for r in self.reviews if r.verdict == "returned" and r.undone_at is None)
        return next(returns, None)

    @property
    def open_question(self) -> Exemption | None:
        return next((one for one in self.exemptions if not one.verdict), None)

    @property
    def granted(self) -> Exemption | None:
        """The exemption by which the line is exempt."""
        return next((e for e in self.exemptions if e.verdict == Exemption.Verdict.GRANTED), None)

    def events(self, reader: User) -> list[Event]:
        """Latest first."""
        told = [
            *self._changes(reader),
            *self._lone_reviews(),
            *map(_opinion, self.opinions),
            *_questions(self.exemptions, {c.at for c in self.changes if c.verb == "submit"}),
        ]
        return sorted(told, key=lambda event: (event.at, event.rank), reverse=True)

    def _changes(self, reader: User) -> Iterator[Event]:
        reviews = {review.version + 1: review for review in self.reviews}
        files = {str(file.pk): file for file in self.files}
        for change in self.changes:
            change.entry = self.entry
            review = reviews.get(change.version)
            if review and VERDICT_OF.get(change.verb) != review.verdict:
                review = None
            yield Event(
                at=change.at,
                by=change.by,
                what=change.get_verb_display(),
                way=change.get_origin_display(),
                version=change.version,
                moved=change.moved,
                differences=change.differences,
                said=_of_review(review) if review else _said(change.after),
                marks=list(review.marks.all()) if review else (),
                note=_taken_back(review),
                batch=change.batch if change.by_id == reader.pk else None,
                file=files.get(change.after.get("evidence", "")),
                file_name=change.after.get("file", ""),
                tone=TONES.get(change.verb, ""),
                rank=(1, change.version),
            )

    def _lone_reviews(self) -> Iterator[Event]:
        """Verdicts of which no change tells, as in a history that was brought from elsewhere."""
        told = {(change.version, VERDICT_OF.get(change.verb)) for change in self.changes}
        for review in self.reviews:
            if (review.version + 1, review.verdict) not in told:
                yield Event(
                    at=review.at,
                    by=review.reviewer,
                    what=review.get_verdict_display(),
                    version=review.version,
                    said=_of_review(review),
                    marks=list(review.marks.all()),
                    note=_taken_back(review),
                    tone="bad" if review.verdict == "returned" else "good",
                    rank=(2, review.version),
                )


def _said(after: Mapping[str, Any]) -> str:
    return " · ".join(after[name] for name in ("reason", "comment") if after.get(name))


def _of_review(review: Review) -> str:
    """What the reviewer wrote; nothing where the comment only repeats the marks."""
    for name in ("name", "english"):
        said = [f"{getattr(mark.reason, name)} {mark.note}".strip() for mark in review.marks.all()]
        if review.comment == "；".join(dict.fromkeys(said))[:500]:
            return ""
    return review.comment


def _taken_back(review: Review | None) -> str:
    return _("This verdict was taken back later.") if review and review.undone_at else ""


def _opinion(opinion: Opinion) -> Event:
    objects = opinion.verdict == Opinion.Verdict.OBJECTS
    return Event(
        at=opinion.at,
        by=opinion.by,
        what=_("lead organisation: %(opinion)s") % {"opinion": opinion.get_verdict_display()},
        version=opinion.version,
        said=opinion.comment,
        tone="bad" if objects else "",
        rank=(3, opinion.pk),
    )


def _questions(
    exemptions: Iterable[Exemption], submitted: Collection[datetime.datetime]
) -> Iterator[Event]:
    """Asked, refused and withdrawn; what was granted and lifted stands among the changes."""
    for one in exemptions:
        asked, ended = (0, one.pk), (4, one.pk)
        yield Event(
            one.asked_at, one.asked_by, _("asked for exemption"), said=one.reason, rank=asked
        )
        if one.is_withdrawn and one.decided_at:
            what = _("withdrew the question for exemption")
            if one.decided_at in submitted:
                what = _("withdrew the question for exemption by submitting the line")
            yield Event(one.decided_at, one.decided_by, what, rank=ended)
        elif one.verdict == Exemption.Verdict.REFUSED and one.decided_at:
            what = _("refused the exemption")
            yield Event(
                one.decided_at, one.decided_by, what, said=one.comment, tone="bad", rank=ended
            )
