"""Days and months of the history look as the pages write them."""

from typing import Any

import pytest
from django.utils import translation

from cadres.dates_in_words import dated, is_dated
from cadres.models import CadreChange, Person, PersonMerge, Posting
from cadres.models.change import HIDDEN

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("model", "name", "kept", "chinese", "english"),
    [
        (Posting, "planned_end", "2027-03-31", "2027.03.31", "2027-03-31"),
        (Person, "birth", "1984-05", "1984.05", "1984.05"),
        (PersonMerge, "decided_at", "2026-10-01 17:30:00+00:00", "2026.10.02 01:30", None),
        (Person, "party_joined", HIDDEN, HIDDEN, HIDDEN),
        (Posting, "planned_end", HIDDEN, HIDDEN, HIDDEN),
    ],
)
def test_what_is_kept_as_text_is_written_as_on_pages(
    model: Any, name: str, kept: str, chinese: str, english: str | None
) -> None:
    field = model._meta.get_field(name)
    assert is_dated(field)
    with translation.override("zh-hans"):
        assert dated(field, kept) == chinese
    with translation.override("en"):
        assert english is None or dated(field, kept) == english


def test_other_values_are_no_dates() -> None:
    assert not is_dated(CadreChange._meta.get_field("reason"))
