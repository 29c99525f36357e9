"""What the database refuses in the end, said in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError


@contextmanager
def in_words(refusals: dict[str, str]) -> Iterator[None]:
    """Raise ValidationError with the words of the constraint that was hit, where another
    transaction was quicker; `refusals` are by what the database names."""
    try:
        yield
    except IntegrityError as error:
        text = str(error)
        for name, words in refusals.items():
            if name in text:
                raise ValidationError(words, "conflict") from error
        raise
