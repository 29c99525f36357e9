"""Lines on a reviewer's desk, as the cast brings them there."""

from typing import Any

from django.test import Client

from tasks import actions
from tasks.models import Entry, Look, Opinion, ReturnReason, Section
from tests.tasks.pages import fields
from tests.tasks.verbs import author, save, seen, submit, submitted
from tests.world import NOW, UNITS, World

HEJIAN = f"/review/{UNITS['hejian']}/2026Q3/"
TOWNSHIP = "hejian_reviewer"
ME = "dongshan_reporter"


def chosen(*entries: Entry) -> list[str]:
    return [f"{entry.pk}:{entry.version}" for entry in entries]


def reason(code: str = "wrong_figure") -> ReturnReason:
    return ReturnReason.objects.get(code=code)


def mark(entry: Entry, part: str = "", code: str = "wrong_figure", note: str = "") -> actions.Mark:
    return actions.Mark(entry.pk, part, reason(code), note)


def returned_with(world: World, who: str, entry: Entry, *marks: actions.Mark) -> actions.Outcome:
    return actions.return_(seen(entry), author(world, who), "", marks)


def answered(world: World) -> Entry:
    """The income of 东山: returned by the township for its value, put right, submitted again."""
    first = submitted(world)
    assert returned_with(world, TOWNSHIP, first, mark(first, "value", note="请核实单位")).done
    assert save(world, ME, world.entry("dongshan", "income"), value=61).done
    assert submit(world, ME, world.entry("dongshan", "income")).done
    return world.entry("dongshan", "income")


def meeting(world: World, unit: str = "dongshan", who: str = ME) -> Entry:
    """A line of another task of the village, submitted, of which nothing is to be said."""
    assert save(world, who, world.entry(unit, "meeting"), value=1).done
    assert submit(world, who, world.entry(unit, "meeting")).done
    return world.entry(unit, "meeting")


def unusual(entry: Entry, explanation: str = "新建厂房出租") -> None:
    Entry.objects.filter(pk=entry.pk).update(is_unusual=True, explanation=explanation)


def objection(world: World, entry: Entry, who: str = "city_viewer") -> Opinion:
    entry.task.lead_reviewers.add(world.users[who])
    opinion: Opinion = Opinion.objects.create(
        entry=entry, version=entry.version, by=world.users[who], verdict="objects",
        comment="与我局台账不符", at=NOW,
    )  # fmt: skip
    return opinion


def looked_at(world: World, who: str, entry: Entry) -> None:
    Look.objects.note(world.users[who], {entry.pk: entry.version})


def sections(page: Any) -> dict[str, list[Entry]]:
    """The lines of a page by the name of their section."""
    groups = page.context["groups"]
    return {group.name: [line.entry for line in group.lines] for group in groups}


def line_of(page: Any, entry: Entry) -> Any:
    lines = [line for group in page.context["groups"] for line in group.lines]
    return next(line for line in lines if line.entry == entry)


def section_of(world: World, who: str, entry: Entry) -> Section:
    lines: Any = Entry.objects.with_review(world.users[who])
    return Section(lines.values_list("section", flat=True).get(pk=entry.pk))


def press(client: Client, do: str, address: str = HEJIAN, **more: Any) -> Any:
    """Open the page and press a button of its form, with what else is chosen or typed."""
    page = client.get(address)
    sent = fields(page)
    return client.post(address, {"standing": sent["standing"], "do": do} | more)
