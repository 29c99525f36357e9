"""What each reader of a cell takes, in which form it is kept, and what it refuses."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from spreadsheets.fields import (
    CellWidget,
    MonthWidget,
    PhoneWidget,
    WholeNumberWidget,
    YesNoWidget,
)

WIDGETS = [YesNoWidget(), WholeNumberWidget(), MonthWidget(), PhoneWidget()]


def refused(widget: CellWidget, value: Any) -> str:
    with pytest.raises(ValidationError) as said:
        widget.clean(value)
    return str(said.value.messages[0])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        *[(word, True) for word in ("是", "√", "✓", " 是　", "有", "Yes", True)],
        *[(word, False) for word in ("否", "×", "✗", "ｘ", "no", False)],
        *[(nothing, None) for nothing in (None, "", "　")],
    ],
)
def test_yes_and_no_are_read(written: Any, kept: bool | None) -> None:
    assert YesNoWidget().clean(written) is kept


@pytest.mark.parametrize("written", ["是否", "不知道", 2, "—"])
def test_what_is_neither_yes_nor_no_is_refused(written: Any) -> None:
    assert "是 or 否" in refused(YesNoWidget(), written)


def test_yes_and_no_are_written_as_words() -> None:
    assert [YesNoWidget().render(value) for value in (True, False, None)] == ["是", "否", None]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (0, 0),
        (1234, 1234),
        (Decimal("12"), 12),
        (Decimal("12.0"), 12),
        ("12", 12),
        ("１２３", 123),
        ("1,234", 1234),
        ("１，２３４", 1234),
        (" 1 234 ", 1234),
        ("12.00", 12),
        (None, None),
        ("", None),
    ],
)
def test_a_count_is_read(written: Any, kept: int | None) -> None:
    assert WholeNumberWidget().clean(written) == kept


@pytest.mark.parametrize("written", [-1, "-1", "12.5", Decimal("0.1"), 10**15, "9" * 6000])
def test_what_is_no_count_is_refused(written: Any) -> None:
    assert "whole number" in refused(WholeNumberWidget(), written)


@pytest.mark.parametrize("written", ["三", "12户", "1,23", True, "约100"])
def test_what_is_no_number_is_refused(written: Any) -> None:
    assert "Write a number" in refused(WholeNumberWidget(), written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1978.05", "1978-05"),
        ("1978.5", "1978-05"),
        ("1978.10", "1978-10"),
        ("1978.1", "1978-01"),
        ("197805", "1978-05"),
        (197812, "1978-12"),
        ("1978年5月", "1978-05"),
        ("1978年05月", "1978-05"),
        ("１９７８年 ５ 月", "1978-05"),
        ("1978-05-01", "1978-05"),
        ("1978年5月31日", "1978-05"),
        ("1978-05", "1978-05"),
        ("2012/2", "2012-02"),
        (Decimal("1978.05"), "1978-05"),
        (Decimal("1978.5"), "1978-05"),
        (Decimal("1978.11"), "1978-11"),
        (1978.12, "1978-12"),
        (28611, "1978-05"),
        ("28611", "1978-05"),
        (15000, "1941-01"),
        (60000, "2064-04"),
        (None, ""),
        ("  ", ""),
    ],
)
def test_a_month_is_read_in_its_usual_writings(written: Any, kept: str) -> None:
    assert MonthWidget().clean(written) == kept


@pytest.mark.parametrize("written", [Decimal("1978.1"), Decimal("1978.10"), 1978.1])
def test_a_number_that_lost_its_zero_is_not_guessed(written: Any) -> None:
    assert "January and October" in refused(MonthWidget(), written)


@pytest.mark.parametrize(
    "written",
    [
        *("43岁", "1978", 1978, "1978.13", "1978.00", "197813", "197800", "1978年"),
        *("1978-02-30", "0001-05", "3078-05", "5月", 14999, 60001, True, "一九七八年五月"),
        *(Decimal("1978.13"), Decimal("43.5"), "1978.005", "1978-05-1978"),
    ],
)
def test_what_is_no_month_is_refused(written: Any) -> None:
    refused(MonthWidget(), written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (13812345678, "13812345678"),
        (Decimal("13812345678"), "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("0372-5551234", "03725551234"),
        ("（0372）5551234", "03725551234"),
        ("0371 55512345", "037155512345"),
        ("010—55512345", "01055512345"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_telephone_number_is_read_as_its_digits(written: Any, kept: str) -> None:
    assert PhoneWidget().clean(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        *("1381234567", "138123456789", "12812345678", "5551234", "0372-555", 3725551234),
        *("138****5678", "无", "13812345678/13912345678", "0372-5551234转8", True),
    ],
)
def test_what_is_no_telephone_number_is_refused(written: Any) -> None:
    assert "mobile number" in refused(PhoneWidget(), written)


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
def test_every_reader_says_what_it_takes(widget: CellWidget) -> None:
    assert widget.accepts
