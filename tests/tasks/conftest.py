from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def in_english() -> Iterator[None]:
    """For tests that compare messages in the words of the source."""
    with translation.override("en"):
        yield
