"""Prints the address of the PostgreSQL to test on, or nothing where there is none."""

import os

from psycopg2 import OperationalError, connect

LOCAL = "postgres://postgres@127.0.0.1:5432/postgres"


def url() -> str:
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    try:
        connect(LOCAL, connect_timeout=2).close()
    except OperationalError:
        return ""
    return LOCAL


if __name__ == "__main__":
    print(url())  # noqa: T201
