"""Asked before the database is used: whether what is encrypted in it can be read."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from cadres.models import Person
from ciphers import decrypted


@register(Tags.database)
def personal_data_can_be_read(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`migrate` asks this, and so every start: better refused then than at the first page."""
    if "default" not in (databases or ()):
        return []
    table = Person._meta.db_table
    with connections["default"].cursor() as cursor:
        if table not in connections["default"].introspection.table_names(cursor):
            return []
        cursor.execute(f"SELECT phone FROM {table} WHERE phone <> '' ORDER BY id DESC LIMIT 1")  # noqa: S608
        newest = cursor.fetchone()
    try:
        decrypted(newest[0] if newest else "")
    except InvalidToken:
        return [
            Error(
                "Telephones and identity numbers in this database were encrypted with a key that "
                "is not among PERSONAL_DATA_KEYS.",
                hint="Restore the key that belongs to the database: it is kept in VAR_DIR, in "
                "the file personal_data_keys, and is part of every backup.",
                id="cadres.E001",
            )
        ]
    return []
