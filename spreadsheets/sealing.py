"""How the content of sensitive cells is kept with an import: sealed, so that tables and backups
tell nothing of it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ciphers import decrypted, encrypted

BEGINNING = "gAAAA"  # of every token


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
            self.tokens[text] = encrypted(text)
        return self.tokens[text]


def opened(content: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The content in clear, for whoever previews or writes it."""
    return {
        name: open_token(value) if name in names and isinstance(value, str) else value
        for name, value in content.items()
    }


def open_token(text: str) -> str:
    return decrypted(text) if text.startswith(BEGINNING) else text
