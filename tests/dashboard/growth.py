"""More of everything: units, lines, reviews, changes, accounts, imports, for counting queries."""

from decimal import Decimal

from django.core.files.base import ContentFile

from accounts.models import AccessLog, User
from spreadsheets.models import Batch, BatchRow
from tasks.models import (
    Bulletin,
    Entry,
    EntryChange,
    EntrySummary,
    Ledger,
    Period,
    Review,
    Task,
)
from tests.world import NOW, World
from villages.actions import DivisionLine, put_divisions
from villages.models import Division, DivisionChange, VillageProfile

STATES = ("blank", "draft", "returned", "submitted", "accepted")


def grow(world: World, start: int, count: int) -> None:
    """Add `count` townships to 林州市 with a village each, and as many villages to 合涧镇."""
    steps = range(start, start + count)
    lines = [
        *(
            DivisionLine(f"4105812{n:02d}000", f"增{n}镇", "township", "410581000000")
            for n in steps
        ),
        *(
            DivisionLine(f"4105812{n:02d}201", f"新{n}村", "village", f"4105812{n:02d}000")
            for n in steps
        ),
        *(DivisionLine(f"4105811013{n:02d}", f"加{n}村", "village", "410581101000") for n in steps),
    ]
    put_divisions(lines)
    new = Division.objects.filter(code__in=[line.code for line in lines]).select_related("parent")
    for number, division in enumerate(new):
        _fill(world, division, number)
    for n in steps:
        _records(world, n)
    EntrySummary.objects.rebuild(world.ledger)


def _fill(world: World, division: Division, number: int) -> None:
    by, above = world.users["hejian_reporter"], world.users["hejian_reviewer"]
    township = division if division.level == "township" or not division.parent else division.parent
    for task in world.tasks.values():
        if task.reporting_level != division.level:
            continue
        for quarter in task.quarters:
            state = STATES[(number + int(quarter)) % 5]
            entry = Entry.objects.create(
                task=task, division=division, township=township, state=state,
                period=world.periods[int(quarter)], first_submitted_at=NOW, submitted_by=by,
                waiting_at="county" if state == "submitted" else "", submitted_at=NOW,
                value=Decimal(number) if task.measure == "number" else None,
            )  # fmt: skip
            Review.objects.create(
                entry=entry, version=1, level="township", reviewer=above, verdict="returned",
                comment="数据有误", at=NOW,
            )  # fmt: skip
            EntryChange.objects.create(
                entry=entry, version=1, at=NOW, by=by, origin="page", verb="save",
                before={"narrative": ""}, after={"narrative": "x"},
            )  # fmt: skip
    user = User.objects.create_user(f"u{division.code}", name=division.name, division=division)
    AccessLog.note(user, AccessLog.Action.EXPORT, division.name)
    DivisionChange.objects.create(kind="rename", on=NOW.date(), source=division, target=division)
    if division.level == "village":
        VillageProfile.objects.create(division=division)


def _records(world: World, n: int) -> None:
    """More reviews and changes of one line, more of one person's imports, more ledgers."""
    entry = world.entry("dongshan", "income")
    by = world.users["dongshan_reporter"]
    Review.objects.create(
        entry=entry, version=n + 1, level="township", reviewer=by, verdict="accepted", at=NOW
    )
    EntryChange.objects.create(
        entry=entry, version=n + 1, at=NOW, by=by, origin="page", verb="save",
        before={"value": None}, after={"value": "1.00"},
    )  # fmt: skip
    for name in ("dongshan_reporter", "linzhou_manager", "city_manager"):
        owner = world.users[name]
        batch = Batch.objects.create(
            sheet="entries", owner=owner, file_name=f"{n}.xlsx", state="checked",
            target={"division": owner.division and owner.division.code},
            new=1, file=ContentFile(b"x", name="x"),
        )  # fmt: skip
        BatchRow.objects.create(batch=batch, sheet_row=n, label="x", outcome="new")
    first = Batch.objects.filter(owner=by).earliest("created_at", "pk")
    content = {"value": "1.00", "nothing": "", "narrative": "", "problems": "", "next_steps": ""}
    BatchRow.objects.create(
        batch=first, sheet_row=1000 + n, label="x", outcome="new", key=str(entry.pk),
        before=content | {"shown": ""}, after=content | {"shown": "1"},
    )  # fmt: skip
    Bulletin.objects.create(
        division=world.units["city"], period=world.periods[3], title=f"{n}", number=f"{n}",
        figures={}, frozen_at=NOW, rectify_by=NOW.date(), state="issued", issued_at=NOW,
        made_by=by, issued_by=by,
    )  # fmt: skip
    ledger = Ledger.objects.create(
        division=world.units["city"], year=2100 + n, title=f"{n}", state="closed", issued_at=NOW
    )
    Task.objects.create(
        ledger=ledger, number=1, category="people", title=f"{n}", reporting_level="village"
    )
    Task.objects.create(
        ledger=world.ledger, number=100 + n, category="people", title=f"任务{n}",
        reporting_level="village", quarters="4",
    )  # fmt: skip
    Period.objects.for_year(2000 + n)
