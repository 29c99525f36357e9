"""Texts that the database keeps encrypted: telephones and identity numbers.

Encrypted by `cryptography`'s Fernet with the keys of settings.PERSONAL_DATA_KEYS: the first one
encrypts, all of them decrypt, so that a key can be replaced. Nothing can be searched in clear;
an identity number is found again by its digest alone, which is taken with a key of its own.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _keys() -> MultiFernet:
    return _fernet(tuple(settings.PERSONAL_DATA_KEYS))


def decrypted(stored: str) -> str:
    """Raises InvalidToken where none of the keys fits."""
    return _keys().decrypt(stored.encode()).decode() if stored else ""


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
        return _keys().encrypt(str(text).encode()).decode() if text else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return decrypted(value or "")

    def get_lookup(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: nothing can be looked up in it.")

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: nothing can be looked up in it.")
