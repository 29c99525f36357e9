"""What no constraint of Django can say: that two rows of a register never overlap in time.

A seat has one holder on any day, a person one posting of a group that excludes others, and a
leader contacts a village once. On PostgreSQL exclusion constraints hold it, also between
transactions that do not see each other; on SQLite, which has one writer at a time, triggers do.
The verbs in `cadres/actions` turn their refusals into words.
"""

from dataclasses import dataclass
from typing import Any

SEAT = "posting_one_holder_of_a_seat_on_a_day"
PERSON = "posting_one_of_a_group_for_a_person_on_a_day"
CONTACT = "contact_point_of_a_leader_once_on_a_day"
BINDING = "binding_of_an_organization_once_on_a_day"


@dataclass(frozen=True)
class Guard:
    """What is compared besides the days, and which rows it is about; all of them where it says
    nothing. Both days are included; a row without a last day goes on."""

    name: str
    table: str
    columns: tuple[str, ...]
    about: str = ""
    first: str = "start"
    last: str = "end"


POSTINGS = (
    Guard(
        SEAT,
        "cadres_posting",
        ("division_id", "seat", "seat_number"),
        "seat_number IS NOT NULL",
    ),
    Guard(PERSON, "cadres_posting", ("person_id", "exclusive_group"), "exclusive_group <> ''"),
)
CONTACTS = (
    Guard(
        CONTACT,
        "cadres_contactpoint",
        ("leader_id", "village_id"),
        first="since",
        last="until",
    ),
    Guard(
        BINDING,
        "cadres_organizationbinding",
        ("organization_id", "village_id"),
        first="since",
        last="until",
    ),
)

EVENTS = ("insert", "update")


def put_up(apps: Any, schema_editor: Any, guards: tuple[Guard, ...] = POSTINGS) -> None:
    """For a migration. A later one that remakes a table on SQLite must put them up again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for guard in guards:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_for_postgresql(guard))
        else:
            for event in EVENTS:
                schema_editor.execute(_for_sqlite(guard, event))


def take_down(apps: Any, schema_editor: Any, guards: tuple[Guard, ...] = POSTINGS) -> None:
    for guard in guards:
        if schema_editor.connection.vendor == "postgresql":
            drop = f"ALTER TABLE {guard.table} DROP CONSTRAINT IF EXISTS {guard.name}"
            schema_editor.execute(drop)
        else:
            for event in EVENTS:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {guard.name}_{event}")


def _for_postgresql(guard: Guard) -> str:
    same = ", ".join(f"{column} WITH =" for column in guard.columns)
    days = f"""daterange({guard.first}, "{guard.last}", '[]')"""
    where = f" WHERE ({guard.about})" if guard.about else ""
    return (
        f"ALTER TABLE {guard.table} ADD CONSTRAINT {guard.name} "
        f"EXCLUDE USING gist ({same}, {days} WITH &&){where}"
    )


def _for_sqlite(guard: Guard, event: str) -> str:
    same = " AND ".join(f"other.{column} = NEW.{column}" for column in guard.columns)
    first, last = guard.first, f'"{guard.last}"'
    overlaps = (
        f"(other.{last} IS NULL OR other.{last} >= NEW.{first}) "
        f"AND (NEW.{last} IS NULL OR NEW.{last} >= other.{first})"
    )
    about = f"NEW.{guard.about} AND " if guard.about else ""
    return (  # names of this file, nothing that anybody typed
        f"CREATE TRIGGER {guard.name}_{event} BEFORE {event.upper()} ON {guard.table} "  # noqa: S608
        f"WHEN {about}EXISTS (SELECT 1 FROM {guard.table} other "
        f"WHERE other.id <> NEW.id AND {same} AND {overlaps}) "
        f"BEGIN SELECT RAISE(ABORT, '{guard.name}'); END"
    )
