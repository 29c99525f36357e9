from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from tasks import typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", "12.5"),
        ("１２．５", "12.5"),
        (" 1 2 ", "12"),
        ("1,234.5", "1234.5"),
        ("１，２３４", "1234"),
        ("+3", "3"),
        ("-3", "-3"),
        ("0", "0"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, value: str) -> None:
    assert typed.read("number", "万元", text) == {"value": Decimal(value), "nothing": ""}


@pytest.mark.parametrize("text", ["八十", "12,5", "1e9", "12 万元", "是", "NaN", "=1+1", "9" * 60])
@pytest.mark.usefixtures("in_english")
def test_what_is_no_number_is_told_the_way_out(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        typed.read("number", "万元", text)
    assert refused.value.message_dict == {"value": ["Write a number here, for instance 12 or 3.5."]}


def test_a_share_is_taken_where_the_task_counts_in_hundredths() -> None:
    assert typed.read("number", "%", "85％")["value"] == 85
    with pytest.raises(ValidationError, match="人"):
        typed.read("number", "人", "85%")


@pytest.mark.parametrize("text", ["是", "对", "√", "✓", "有", "Y", "yes", "1", "１"])
def test_yes(text: str) -> None:
    assert typed.read("yes_no", "", text) == {"value": Decimal(1), "nothing": ""}


@pytest.mark.parametrize("text", ["否", "错", "×", "x", "N", "no", "0", "０"])
def test_no(text: str) -> None:
    assert typed.read("yes_no", "", text) == {"value": Decimal(0), "nothing": ""}


@pytest.mark.parametrize("text", ["无", "2", "也许"])
def test_what_is_neither_yes_nor_no_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="零报告"):
        typed.read("yes_no", "", text)


@pytest.mark.parametrize("measure", ["number", "yes_no"])
@pytest.mark.parametrize(("text", "reason"), [("零报告", "nil"), ("不 适用", "not_applicable")])
def test_a_reason_for_no_value(measure: str, text: str, reason: str) -> None:
    assert typed.read(measure, "", text) == {"value": None, "nothing": reason}


def test_none_means_a_nil_report_where_a_number_is_asked() -> None:
    assert typed.read("number", "", "无")["nothing"] == "nil"


def test_the_words_of_the_page_are_read_back_in_its_language() -> None:
    with translation.override("en"):
        assert typed.read("number", "", "Nil report")["nothing"] == "nil"
        assert typed.read("yes_no", "", "Yes")["value"] == 1


@pytest.mark.parametrize("measure", ["number", "yes_no"])
@pytest.mark.parametrize("text", ["", "  ", "\u3000"])
def test_an_empty_text_clears_the_answer(measure: str, text: str) -> None:
    assert typed.read(measure, "", text) == {"value": None, "nothing": ""}


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (" 已开展\r\n两次 ", {"nothing": "", "narrative": "已开展\n两次"}),
        ("零报告", {"nothing": "nil"}),
        ("", {"nothing": "", "narrative": ""}),
    ],
)
def test_a_text_task_is_answered_in_words(text: str, content: dict[str, Any]) -> None:
    assert typed.read("text", "", text) == content
