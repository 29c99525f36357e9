"""Texts that the database keeps encrypted: telephones and identity numbers.

Nothing can be searched in clear; an identity number is found again by its digest alone, which is
taken with a key of its own.
"""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

from ciphers import decrypted, encrypted


def digest(text: str) -> str:
    """By which an identity number is found again; nobody can count it out without the key."""
    key = settings.PERSONAL_DATA_DIGEST_KEY.encode()
    return hmac.new(key, text.upper().encode(), hashlib.sha256).hexdigest()


class SecretField(models.TextField[str, str]):
    """A text in clear in the program, encrypted in the database; empty stays empty.

    Raises FieldError where a query looks into it.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypted(str(text)) if text else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return decrypted(value or "")

    def get_lookup(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: nothing can be looked up in it.")

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: nothing can be looked up in it.")
