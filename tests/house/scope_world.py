"""The small city with a canary in everything that belongs to a unit, and who may meet which.

Which unit is whose is read here from the code list of tests/world.py and nothing else: no path,
no queryset of the project.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import AccessLog, SavedFilter, User
from accounts.roles import Role
from spreadsheets.models import Batch, BatchRow
from tasks.models import (
    Entry,
    EntryChange,
    EntrySummary,
    Evidence,
    Exemption,
    Extension,
    Ledger,
    Opinion,
    Period,
    Reminder,
    ReturnMark,
    ReturnReason,
    Review,
    Task,
)
from tests.world import CAST, LINES, NOW, UNITS, World
from villages.models import Division, DivisionChange, Kind, VillageProfile

NAME_OF_CODE = {code: name for name, code in UNITS.items()}
PARENT = {NAME_OF_CODE[code]: NAME_OF_CODE.get(parent, "") for code, _, _, parent in LINES}
LEVEL = {NAME_OF_CODE[code]: level for code, _, level, _ in LINES}
# A second county whose key begins like 林州市's, with a township and a village of its own.
PARENT |= {"trap": "city", "trap_town": "trap", "trap_village": "trap_town"}
LEVEL |= {"trap": "county", "trap_town": "township", "trap_village": "village"}
CODES = UNITS | {"trap": "410599000000", "trap_town": "410599101000"}
CODES |= {"trap_village": "410599101201"}
NAMES = {NAME_OF_CODE[code]: name for code, name, _, _ in LINES}
NAMES |= {"trap": "陷阱县", "trap_town": "陷阱镇", "trap_village": "陷阱村民委员会"}
# Beside the cast: an administrator, and staff of units that the cast has none in.
LIKE_OTHERS = {"xishan_reporter", "linqi_reporter", "baidaokou_reporter"}
PEOPLE: dict[str, tuple[str, str]] = {
    name: (unit, str(role)) for name, (unit, role) in CAST.items() if name not in LIKE_OTHERS
}
PEOPLE |= {"linzhou_auditor": ("linzhou", "auditor"), "hejian_manager": ("hejian", "manager")}
PEOPLE |= {"trap_manager": ("trap", "manager"), "dongshan_viewer": ("dongshan", "viewer")}
# They speak for the lead organisation of every task, each within their own scope.
LEADERS = {"linzhou_viewer", "hejian_reporter"}
STAFF = {name for name, (_, role) in PEOPLE.items() if role in ("manager", "auditor")}


def line_up(unit: str) -> list[str]:
    """The unit and those that manage it, up to the city."""
    found = []
    while unit:
        found.append(unit)
        unit = PARENT[unit]
    return found


def scope(who: str) -> set[str]:
    """The units whose data somebody may meet."""
    own, _role = PEOPLE[who]
    return {unit for unit in PARENT if own in line_up(unit)}


def token(kind: str, unit: str) -> str:
    """A text that stands nowhere else: `qxe07qx` in the entries of the seventh unit."""
    return f"qx{kind}{list(PARENT).index(unit):02d}qx"


def owner_token(who: str) -> str:
    return f"qxbatch{list(PEOPLE).index(who):02d}qx"


def forbidden(who: str) -> Iterator[str]:
    """Every canary that somebody must not meet: of data, accounts, drafts, files, and codes."""
    own, _role = PEOPLE[who]
    mine, up = scope(who), set(line_up(own))
    for unit in PARENT:
        if unit not in mine:
            yield from (token(kind, unit) for kind in ("data", "login", "log"))
            # Whoever reviews the lines of a unit is named there, but only they.
            if unit not in up:
                yield from (token(kind, unit) for kind in ("name", "issued"))
                yield CODES[unit]
                if NAMES[unit] not in {NAMES[own] for own in mine | up}:
                    yield NAMES[unit]
            yield value_of(unit)
        if unit != own:
            yield token("draft", unit)
        if not is_addressed(own, unit):
            yield token("sent", unit)
    yield from (owner_token(other) for other in PEOPLE if other != who)


def is_addressed(own: str, unit: str) -> bool:
    """A bulletin is read one level below the unit that issues it, in that unit, and above it."""
    return unit == PARENT[own] or own in line_up(unit)


def value_of(unit: str) -> str:
    """A number that stands nowhere else."""
    return f"{10**7 + list(PARENT).index(unit) * 10**4 + 77}"


@dataclass
class ScopeWorld:
    """Rows by model and unit, for addresses."""

    world: World
    units: dict[str, Division]
    users: dict[str, User]
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keep(self, kind: str, unit: str, row: Any) -> None:
        self.rows.setdefault(kind, {})[unit] = row.pk


def build(world: World) -> ScopeWorld:
    units = world.units | _trap(world)
    users = {name: world.users[name] for name in CAST if name in PEOPLE}
    made = ScopeWorld(world, units, users)
    for name in PEOPLE:
        if name not in users:
            users[name] = _user(units[PEOPLE[name][0]], PEOPLE[name][1], username=name)
    for unit, division in units.items():
        _mark_unit(made, unit, division)
    for unit in units:
        _mark_entries(made, unit)
        _mark_dates(made, unit)
    for task in world.tasks.values():
        task.lead_reviewers.set([users[name] for name in LEADERS])
    for number, (name, user) in enumerate(users.items()):
        _mark_batch(made, name, user, number)
        _mark_filter(made, name, user)
    _issue_for_huaxian(made)
    for ledger in Ledger.objects.issued():
        EntrySummary.objects.rebuild(ledger)
    return made


def _trap(world: World) -> dict[str, Division]:
    key = world.units["linzhou"].pk * 10
    trap: dict[str, Division] = {}
    for step, unit in enumerate(["trap", "trap_town", "trap_village"]):
        parent = trap.get(PARENT[unit]) or world.units[PARENT[unit]]
        trap[unit] = Division(
            pk=key + step, code=CODES[unit], name=NAMES[unit], level=LEVEL[unit],
            kind=Kind.from_name(NAMES[unit], LEVEL[unit]), parent=parent,
            path=f"{parent.path}{key + step}/",
        )  # fmt: skip
        trap[unit].save(force_insert=True)
    assert trap["trap"].path.startswith(world.units["linzhou"].path[:-1])
    for task in world.tasks.values():
        unit = "trap_town" if task.reporting_level == "township" else "trap_village"
        for quarter in task.quarters:
            Entry.objects.create(
                task=task, division=trap[unit], township=trap["trap_town"],
                period=world.periods[int(quarter)],
            )  # fmt: skip
    return trap


def _user(division: Division, role: str, username: str = "") -> User:
    unit = NAME_OF_CODE.get(division.code) or next(u for u in CODES if CODES[u] == division.code)
    return User.objects.create_user(
        username or token("login", unit),
        password=None,
        name=token("name", unit),
        division=division,
        role=role,
        is_staff=username in STAFF,
    )


def _mark_unit(made: ScopeWorld, unit: str, division: Division) -> None:
    made.keep("division", unit, division)
    user = _user(division, Role.REPORTER)
    made.keep("user", unit, user)
    made.keep("log", unit, _log(user, unit))
    change = DivisionChange.objects.create(
        kind="rename", on=NOW.date(), source=division, target=division, note=token("data", unit),
        old_value=token("name", unit),
    )  # fmt: skip
    made.keep("change", unit, change)
    LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(Division), action_flag=CHANGE,
        object_id=str(division.pk), object_repr=token("data", unit), change_message="[]",
    )  # fmt: skip
    if LEVEL[unit] == "village":
        profile = VillageProfile.objects.create(
            division=division, leading_industry=token("data", unit)
        )
        made.keep("profile", unit, profile)
    draft = Ledger.objects.create(division=division, year=2030, title=token("draft", unit))
    made.keep("draft", unit, draft)
    task = Task.objects.create(
        ledger=draft, number=1, category="people", title=token("draft", unit),
        requirement=token("draft", unit), reporting_level="village",
    )  # fmt: skip
    made.keep("draft_task", unit, task)


def _log(user: User, unit: str) -> AccessLog:
    AccessLog.note(user, AccessLog.Action.EXPORT, token("log", unit))
    return AccessLog.objects.latest("pk")


def _mark_entries(made: ScopeWorld, unit: str) -> None:
    """Every text of every entry; the third quarter is submitted, returned and submitted again."""
    text = token("data", unit)
    entries = Entry.objects.filter(division=made.units[unit])
    texts = {"narrative": text, "problems": text, "next_steps": text}
    entries.update(**texts)
    entries.filter(task__measure="number").update(value=Decimal(value_of(unit)))
    by = User.objects.get(pk=made.rows["user"][unit])
    above = User.objects.get(pk=made.rows["user"][PARENT[unit] or unit])
    for entry in entries.filter(period__quarter=3).order_by("task__number"):
        Entry.objects.filter(pk=entry.pk).update(
            state="submitted", submitted_by=by, submitted_at=NOW, first_submitted_at=NOW,
            waiting_at=LEVEL[PARENT[unit]], version=3,
        )  # fmt: skip
        review = Review.objects.create(
            entry=entry, version=1, level=LEVEL[PARENT[unit]], reviewer=above, at=NOW,
            verdict="returned", comment=text,
        )  # fmt: skip
        ReturnMark.objects.create(
            review=review, part="value", reason=ReturnReason.objects.get(code="other"), note=text
        )
        Opinion.objects.create(
            entry=entry, version=3, by=above, verdict="objects", comment=text, at=NOW
        )
        change = EntryChange.objects.create(
            entry=entry, version=2, at=NOW, by=by, origin="page", verb="save",
            before={"narrative": ""}, after={"narrative": text},
        )  # fmt: skip
        made.keep("entry", unit, entry)
        made.keep("review", unit, review)
        made.keep("entry_change", unit, change)
        made.rows.setdefault("version", {})[unit] = 3
        _mark_words(made, unit, entry, by, above)


def _mark_words(made: ScopeWorld, unit: str, entry: Entry, by: User, above: User) -> None:
    """A file with a canary in its name and its content, an exemption and an opinion with words."""
    text = token("data", unit)
    content = f"%PDF-1.4 {text} {entry.pk} startxref 0 %%EOF".encode()
    evidence = Evidence.objects.create(
        entry=entry, name=f"{text}.pdf", kind="pdf", content_type="application/pdf",
        size=len(content), digest=f"{entry.pk:064}", added_by=by, added_at=NOW,
        file=ContentFile(content, name=f"{entry.pk}"),
    )  # fmt: skip
    exemption = Exemption.objects.create(
        entry=entry, reason=text, asked_by=by, asked_at=NOW, waiting_at=LEVEL[PARENT[unit]],
        verdict="refused", decided_by=above, decided_at=NOW, comment=text,
    )  # fmt: skip
    Opinion.objects.create(
        entry=entry, version=2, by=above, verdict="objects", comment=text, at=NOW
    )
    made.keep("evidence", unit, evidence)
    made.keep("exemption", unit, exemption)


def _mark_dates(made: ScopeWorld, unit: str) -> None:
    """More time, known to those above and below; a reminder and its words, to those above."""
    above = User.objects.get(pk=made.rows["user"][PARENT[unit] or unit])
    period, division = made.world.periods[3], made.units[unit]
    extension = Extension.objects.create(
        division=division, period=period, until=period.locks, reason=token("name", unit),
        granted_by=above, granted_at=NOW,
    )  # fmt: skip
    made.keep("extension", unit, extension)
    Entry.objects.filter(division=division, period=period).update(extended_to=period.locks)
    Reminder.objects.create(
        division=division, period=period, on=NOW.date(), by=above, words=token("data", unit)
    )


def _mark_batch(made: ScopeWorld, name: str, user: User, number: int) -> None:
    mark = owner_token(name)
    batch = Batch.objects.create(
        sheet="entries", owner=user, digest=mark, state="wrong",
        file_name=f"{mark}.xlsx", target={"division": user.division and user.division.code},
        errors=[{"sheet": mark, "cell": "A1", "value": mark, "message": mark}], reasons=[mark],
        file=ContentFile(mark.encode(), name=mark),
    )  # fmt: skip
    BatchRow.objects.create(batch=batch, sheet_row=number + 1, label=mark, outcome="wrong")
    made.rows.setdefault("batch", {})[name] = batch.pk


def _mark_filter(made: ScopeWorld, name: str, user: User) -> None:
    mark = owner_token(name)
    kept = SavedFilter.objects.create(
        user=user, page="tasks:entries", name=mark, query=f"unit={mark}"
    )
    made.rows.setdefault("saved_filter", {})[name] = kept.pk


def _issue_for_huaxian(made: ScopeWorld) -> None:
    """A ledger of one county, of the year before: known to its line and to nobody beside it."""
    mark = token("issued", "huaxian")
    ledger = Ledger.objects.create(division=made.units["huaxian"], year=2025, title=mark, goal=mark)
    Task.objects.create(
        ledger=ledger, number=1, category="people", title=mark, reporting_level="village"
    )
    at = datetime.datetime(2025, 1, 5, 10, tzinfo=NOW.tzinfo)
    ledger.issue(None, timezone.localtime(at))
    made.keep("ledger", "huaxian", ledger)
    made.keep("ledger", "city", made.world.ledger)
    made.keep("task", "huaxian", ledger.tasks.get())
    made.keep("task", "city", made.world.tasks["income"])
    made.keep("summary", "hejian", EntrySummary.objects.filter(township__code=CODES["hejian"])[0])
    made.keep("summary", "feidi", EntrySummary.objects.filter(township__code=CODES["feidi"])[0])
    made.keep("period", "city", Period.objects.get(year=2026, quarter=3))
