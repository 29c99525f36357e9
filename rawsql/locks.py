"""A lock that many may hold at once, which Django has no words for."""

from typing import Any

from django.db import connections
from django.db.models import QuerySet


def keep_standing(rows: QuerySet[Any]) -> None:
    """Let nobody take `select_for_update()` on these rows until the transaction ends.

    Others may keep them too. On SQLite the transaction has the only write lock anyway.
    """
    connection = connections[rows.db]
    if connection.vendor == "postgresql":
        sql, params = rows.order_by("pk").values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} FOR KEY SHARE", params)
