"""The verbs of an entry, said by somebody of the cast; and what the database then holds."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError

from tasks import actions
from tasks.models import Entry, EntryChange, EntryQuerySet, EntrySummary, Review
from tests.world import NOW, World

CHINA = NOW.tzinfo


def moment(
    month: int, day: int, hour: int = 9, minute: int = 0, *, year: int = 2026
) -> datetime.datetime:
    """A time on the clock in Anyang."""
    return datetime.datetime(year, month, day, hour, minute, tzinfo=CHINA)


def author(
    world: World,
    who: str,
    at: datetime.datetime | None = None,
    origin: EntryChange.Origin = EntryChange.Origin.PAGE,
) -> actions.Author:
    return actions.Author(world.users[who], origin, at or NOW)


def seen(*entries: Entry) -> list[actions.Seen]:
    return [actions.Seen(entry.pk, entry.version) for entry in entries]


def save(
    world: World, who: str, entry: Entry, at: datetime.datetime | None = None, **content: Any
) -> actions.Outcome:
    edit = actions.Edit(entry.pk, entry.version, content)
    return actions.save([edit], author(world, who, at))


def submit(
    world: World, who: str, *entries: Entry, at: datetime.datetime | None = None
) -> actions.Outcome:
    return actions.submit(seen(*entries), author(world, who, at))


def accept(
    world: World, who: str, *entries: Entry, at: datetime.datetime | None = None
) -> actions.Outcome:
    return actions.accept(seen(*entries), author(world, who, at))


def return_(
    world: World,
    who: str,
    *entries: Entry,
    comment: str = "数据有误",
    at: datetime.datetime | None = None,
) -> actions.Outcome:
    return actions.return_(seen(*entries), author(world, who, at), comment)


def submitted(
    world: World, unit: str = "dongshan", task: str = "income", who: str = "dongshan_reporter"
) -> Entry:
    """A fresh entry with the value 60, submitted."""
    assert save(world, who, world.entry(unit, task), value=60).done
    assert submit(world, who, world.entry(unit, task)).done
    return world.entry(unit, task)


def accepted(world: World) -> Entry:
    """The income of 东山, accepted by township and county."""
    assert accept(world, "hejian_reviewer", submitted(world)).done
    assert accept(world, "linzhou_reviewer", world.entry("dongshan", "income")).done
    return world.entry("dongshan", "income")


def refusal(outcome: actions.Outcome) -> str:
    """The code of the one refusal that the outcome consists of."""
    assert (outcome.done, outcome.unchanged, outcome.missing) == ([], [], [])
    (only,) = outcome.refused
    return code_of(only.error)


def code_of(error: ValidationError) -> str:
    """The code of an error, or the fields that it names."""
    if hasattr(error, "error_dict"):
        return ",".join(sorted(error.error_dict))
    return error.code or ""


def everything() -> list[Any]:
    """Every row that a verb may write, to see that it wrote none."""
    models = (Entry, EntryChange, Review, EntrySummary)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def place(entry: Entry) -> tuple[str, str]:
    return entry.state, entry.waiting_at


def lights(entries: EntryQuerySet, on: datetime.date) -> dict[int, str]:
    """The light of each line on a day, as the database tells it."""
    return dict(entries.with_light(on).values_list("pk", "light"))  # type: ignore[misc]
