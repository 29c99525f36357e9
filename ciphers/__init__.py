"""The one way in which texts about persons are encrypted, in columns and in what imports keep.

By Fernet under settings.PERSONAL_DATA_KEYS: the first key encrypts, all of them decrypt, so that
a key can be replaced.
"""

from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypted(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def decrypted(token: str) -> str:
    """Empty stays empty. Raises InvalidToken where none of the keys fits."""
    return _keys().decrypt(token.encode()).decode() if token else ""


def _keys() -> MultiFernet:
    return _fernet(tuple(settings.PERSONAL_DATA_KEYS))


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
