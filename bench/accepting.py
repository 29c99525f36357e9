"""5,000 lines of a county accepted at once, with their history and the sums, and taken back."""

from collections.abc import Iterator
from itertools import count
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from bench import city
from bench.databases import use
from bench.measure import Run, Times
from bench.table import Line
from tasks import actions
from tasks.models import Entry, EntryChange, EntrySummary, Ledger, Period
from villages.models import Level

LINES = 5_000
AT_MOST_ROUNDS = 3
# Seconds of CPU, as promised to those who accept a county.
GOAL = 2.0


def accepting(run: Run) -> Iterator[Line]:
    use("full", city.build_full)
    reviewer = User.objects.get(username=city.COUNTY)
    period = Period.objects.get(quarter=city.QUARTER)
    village = User.objects.get(username=city.VILLAGE)
    below = Entry.objects.within(reviewer.division).filter(period=period)  # type: ignore[arg-type]
    chosen = list(below.order_by("pk").values_list("pk", flat=True)[:LINES])
    Entry.objects.filter(pk__in=chosen).update(
        state=Entry.State.SUBMITTED,
        waiting_at=Level.COUNTY,
        submitted_by=village,
        first_submitted_at=timezone.now(),
    )
    EntrySummary.objects.rebuild(Ledger.objects.get())
    ours, bare, back, acts = Times(), Times(), Times(), count(1)
    for _ in range(run.heavy_rounds(AT_MOST_ROUNDS)):
        act = UUID(int=next(acts))
        ours.seconds.append(run.clock(lambda act=act: _accept(chosen, reviewer, act)))  # type: ignore[misc]
        back.seconds.append(run.clock(lambda act=act: _undo(act, reviewer)))  # type: ignore[misc]
        bare.seconds.append(run.clock(lambda: _bare(chosen)))
    against = "one UPDATE"
    yield Line(f"accept {LINES:,} lines", ours.p50, bare.p50, against, "s", GOAL, absolute=True)
    yield Line(f"take {LINES:,} verdicts back", back.p50, bare.p50, against, "s")


def _author(user: User) -> actions.Author:
    return actions.Author(user, EntryChange.Origin.PAGE)


def _accept(chosen: list[int], reviewer: User, act: UUID) -> None:
    versions = Entry.objects.filter(pk__in=chosen).values_list("pk", "version")
    seen = [actions.Seen(pk, version) for pk, version in versions]
    outcome = actions.accept(seen, _author(reviewer), act=act)
    if len(outcome.done) != LINES:
        raise RuntimeError(f"{len(outcome.done)} accepted, {outcome.refused[:1]}")


def _undo(act: UUID, reviewer: User) -> None:
    outcome = actions.undo(act, _author(reviewer))
    if len(outcome.done) != LINES:
        raise RuntimeError(f"{len(outcome.done)} taken back, {outcome.refused[:1]}")


@transaction.atomic
def _bare(chosen: list[int]) -> None:
    """The same rows touched, without history or sums."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Entry._meta.db_table} SET version = version + 1"
            f" WHERE id IN ({', '.join(map(str, chosen))})"
        )
