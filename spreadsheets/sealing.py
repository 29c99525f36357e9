"""How the content of sensitive cells is kept with an import: sealed, so that tables and backups
tell nothing of it.

By Fernet under settings.PERSONAL_DATA_KEYS, of which the first one seals and any one opens.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

BEGINNING = "gAAAA"  # of every token


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _keys() -> MultiFernet:
    return _fernet(tuple(settings.PERSONAL_DATA_KEYS))


class Sealing:
    """Seals the contents of one row; the same text under the same seal, so that what stood
    before and after is still told apart."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names
        self.tokens: dict[str, str] = {"": ""}

    def sealed(self, content: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._token(value) if name in self.names and isinstance(value, str) else value
            for name, value in content.items()
        }

    def _token(self, text: str) -> str:
        if text not in self.tokens:
            self.tokens[text] = _keys().encrypt(text.encode()).decode()
        return self.tokens[text]


def opened(content: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The content in clear, for whoever previews or writes it."""
    return {
        name: open_token(value) if name in names and isinstance(value, str) else value
        for name, value in content.items()
    }


def open_token(text: str) -> str:
    return _keys().decrypt(text.encode()).decode() if text.startswith(BEGINNING) else text
