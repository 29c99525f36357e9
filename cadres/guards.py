"""What no constraint of Django can say: that two postings never overlap in time.

A seat has one holder on any day, and a person one posting of a group that excludes others. On
PostgreSQL two exclusion constraints hold it, also between transactions that do not see each
other; on SQLite, which has one writer at a time, triggers do. `cadres/actions/postings.py`
turns their refusals into words.
"""

from typing import Any

SEAT = "posting_one_holder_of_a_seat_on_a_day"
PERSON = "posting_one_of_a_group_for_a_person_on_a_day"

# Guard -> what is compared besides the days, and rows that it is not about.
COMPARED = {
    SEAT: (("division_id", "seat", "seat_number"), "seat_number IS NOT NULL"),
    PERSON: (("person_id", "exclusive_group"), "exclusive_group <> ''"),
}
TABLE = "cadres_posting"


def put_up(apps: Any, schema_editor: Any) -> None:
    """For a migration. A later one that remakes the table on SQLite must put them up again."""
    make = _for_postgresql if schema_editor.connection.vendor == "postgresql" else _for_sqlite
    for statement in make():
        schema_editor.execute(statement)


def take_down(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in COMPARED:
            schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {name}")
    else:
        for name in trigger_names():
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _for_postgresql() -> list[str]:
    statements = ["CREATE EXTENSION IF NOT EXISTS btree_gist"]
    for name, (columns, about) in COMPARED.items():
        same = ", ".join(f"{column} WITH =" for column in columns)
        days = """daterange(start, "end", '[]')"""
        statements.append(
            f"ALTER TABLE {TABLE} ADD CONSTRAINT {name} "
            f"EXCLUDE USING gist ({same}, {days} WITH &&) WHERE ({about})"
        )
    return statements


def trigger_names() -> list[str]:
    return [f"{name}_{event}" for name in COMPARED for event in ("insert", "update")]


def _for_sqlite() -> list[str]:
    statements = []
    for name, (columns, about) in COMPARED.items():
        same = " AND ".join(f"other.{column} = NEW.{column}" for column in columns)
        overlaps = (
            '(other."end" IS NULL OR other."end" >= NEW.start) '
            'AND (NEW."end" IS NULL OR NEW."end" >= other.start)'
        )
        for event in ("insert", "update"):
            statements.append(  # names of this file, nothing that anybody typed
                f"CREATE TRIGGER {name}_{event} BEFORE {event.upper()} ON {TABLE} "  # noqa: S608
                f"WHEN NEW.{about} AND EXISTS (SELECT 1 FROM {TABLE} other "
                f"WHERE other.id <> NEW.id AND {same} AND {overlaps}) "
                f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )
    return statements
