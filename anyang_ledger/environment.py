"""Typed readers of environment variables, so that a wrong value stops the start with its name."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name).lower()
    if value in {"", "0", "1", "true", "false", "yes", "no"}:
        return default if not value else value in {"1", "true", "yes"}
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def number(name: str, *, default: int) -> int:
    value = text(name)
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


def names(name: str, *, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def secret_key(keep_in: Path) -> str:
    """SECRET_KEY, or a random key made once and kept in a file only the owner can read."""
    return kept_secret("SECRET_KEY", keep_in, get_random_secret_key)


def kept_secret(name: str, keep_in: Path, make: Callable[[], str]) -> str:
    """The variable, or what was made once and is kept in a file only the owner can read."""
    if key := text(name):
        return key
    if not keep_in.exists():
        keep_in.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written aside and linked, so that of two processes starting at once one key stands.
        with NamedTemporaryFile("w", dir=keep_in.parent, encoding="utf-8") as aside:
            aside.write(make())
            aside.flush()
            with suppress(FileExistsError):
                os.link(aside.name, keep_in)
    return keep_in.read_text(encoding="utf-8")
