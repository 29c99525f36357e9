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

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("full", "small", "grid", "sheet", "teams", "members", "staffed", "quarter", "year")
SERVER = "server"

_built: set[str] = set()


@contextmanager
def own_databases() -> Iterator[None]:
    """Set Django up with databases and files that are gone at the end, whatever happens."""
    given = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        if given.startswith(("postgres://", "postgresql://")):
            names = {name: f"ledger_bench_{os.getpid()}_{name}" for name in NAMES}
            _set_up(given, folder, names)
            with _created(names):
                yield
        else:
            names = {name: str(Path(folder) / f"{name}.sqlite3") for name in NAMES}
            _set_up(f"sqlite:///{names['full']}", folder, names)
            try:
                yield
            finally:
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

    given = settings.DATABASES["default"]
    settings.DATABASES = {name: given | {"NAME": names[name]} for name in NAMES}
    settings.DATABASES |= {SERVER: given, "default": given | {"NAME": names["full"]}}
    settings.ROOT_URLCONF = "bench.urls"
    django.setup()

    from django.core.management import call_command

    # The pages are measured with the static files' long names, as they are served.
    call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def _created(names: dict[str, str]) -> Iterator[None]:
    """New databases on the server of DATABASE_URL; the one it names is not touched."""
    from django.db import connections

    try:
        for name in names.values():
            with connections[SERVER].cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        yield
    finally:
        _close()
        for name in names.values():
            with connections[SERVER].cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        _close()


def _close() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()


def use(name: str, build: Callable[[], object]) -> None:
    """Make a database the default one; the first time, lay its tables and build its city."""
    from django.core.management import call_command
    from django.db import connections

    connections["default"] = connections[name]
    if name not in _built:
        call_command("migrate", database=name, verbosity=0)
        build()
        analyse()
        _built.add(name)


def analyse() -> None:
    """What autovacuum and a nightly job do elsewhere: let the planner know the tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def on_postgres() -> bool:
    from django.conf import settings

    return "postgresql" in settings.DATABASES["default"]["ENGINE"]
