"""Databases of our own: made for one run, dropped after it, on SQLite or PostgreSQL.

Each subject measures in the city that it needs, and every city has a database to itself.
`use()` makes one of them the default connection, so that two can be measured in turns.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dj_database_url
import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("full", "small", "sheet")

_made: dict[str, object] = {}


@contextmanager
def own_databases() -> Iterator[None]:
    """Set Django up with databases and files that are gone at the end, whatever happens."""
    given = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        if given.startswith(("postgres://", "postgresql://")):
            with _postgres(given) as names:
                _set_up(given, folder, names)
                yield
                _close()
        else:
            names = {name: str(Path(folder) / f"{name}.sqlite3") for name in NAMES}
            _set_up(f"sqlite:///{names['full']}", folder, names)
            yield
            _close()


def _set_up(url: str, folder: str, names: dict[str, str]) -> None:
    os.environ |= {
        "DATABASE_URL": url,
        "VAR_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "anyang_ledger.settings",
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost",
    }
    subprocess.run([sys.executable, ROOT / "locale" / "catalogue.py", "compile"], check=True)

    import django
    from django.conf import settings

    own = settings.DATABASES["default"]
    own["NAME"] = names["full"]
    for name in NAMES:
        settings.DATABASES[name] = own | {"NAME": names[name]}
    settings.ROOT_URLCONF = "bench.urls"
    django.setup()

    from django.core.management import call_command

    # The pages are measured with the static files' long names, as they are served.
    call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def _postgres(url: str) -> Iterator[dict[str, str]]:
    names = {name: f"ledger_bench_{os.getpid()}_{name}" for name in NAMES}
    given = dj_database_url.parse(url)
    connection = psycopg2.connect(
        dbname=given["NAME"] or "postgres",
        user=given["USER"] or None,
        password=given["PASSWORD"] or None,
        host=given["HOST"] or None,
        port=given["PORT"] or None,
    )
    connection.autocommit = True
    made = []
    try:
        with connection.cursor() as cursor:
            for name in names.values():
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                made.append(name)
        yield names
    finally:
        with connection.cursor() as cursor:
            for name in made:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                cursor.execute(drop.format(sql.Identifier(name)))
        connection.close()


def _close() -> None:
    from django.db import connections

    for connection in {id(c): c for c in connections.all(initialized_only=True)}.values():
        connection.close()


def use(name: str, build: Callable[[], object]) -> None:
    """Make a database the default one; the first time, lay its tables and build its city."""
    from django.core.management import call_command
    from django.db import connections

    connections["default"] = connections[name]
    if name not in _made:
        call_command("migrate", database=name, verbosity=0)
        _made[name] = build()
        _analyse()


def _analyse() -> None:
    """What autovacuum and a nightly job do elsewhere: let the planner know the tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def on_postgres() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"
