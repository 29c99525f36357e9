"""Why lines came back, cell by cell, for those who put them right."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.models import Entry, ReturnMark, Review


@dataclass
class Returned:
    """The verdict that sent a line back: what it says, and the cells it marked."""

    comment: str
    marks: list[ReturnMark] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many cells are to be put right; a line without marks counts as one."""
        return len(self.marks) or 1


def returned(entries: Sequence[Entry]) -> dict[int, Returned]:
    """For each returned line its latest verdict that stands: two queries."""
    asked = [entry.pk for entry in entries if entry.state == Entry.State.RETURNED]
    if not asked:
        return {}
    verdicts = Review.objects.filter(
        entry__in=asked, verdict=Review.Verdict.RETURNED, undone_at=None
    ).order_by("at", "pk")
    latest = {review.entry_id: review for review in verdicts}
    marks = ReturnMark.objects.filter(review__in=[review.pk for review in latest.values()])
    found = {pk: Returned(review.comment) for pk, review in latest.items()}
    entry_of = {review.pk: pk for pk, review in latest.items()}
    for mark in marks.select_related("reason"):
        found[entry_of[mark.review_id]].marks.append(mark)
    return found
