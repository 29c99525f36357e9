"""Numbers of persons in a text that others read: each is masked, and no ordinary figure is."""

import pytest

from spreadsheets.masking import veiled

MOBILE, IDENTITY, LANDLINE = "138****8000", "110101********8515", "＊＊"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        *((number, MOBILE) for number in ("13800138000", "138 0013 8000", "138-0013-8000")),
        *((number, MOBILE) for number in ("138.0013.8000", "138_0013_8000")),
        ("１３８００１３８０００", MOBILE),
        *((number, MOBILE) for number in ("138．0013．8000", "138－0013－8000", "138　0013　8000")),
        *((f"{code}13800138000", f"{code}{MOBILE}") for code in ("+86", "＋８６", "0086", "86 ")),
        ("8613800138000", f"86{MOBILE}"),
        ("+86-138-0013-8000", f"+86-{MOBILE}"),
        ("13800138000/13800138000", f"{MOBILE}/{MOBILE}"),
        ("2026.03.01 13800138000", f"2026.03.01 {MOBILE}"),
        ("110101199003078515", IDENTITY),
        ("１１０１０１１９９００３０７８５１５", IDENTITY),
        ("110101 19900307 8515", IDENTITY),
        ("110101.19900307.8515", IDENTITY),
        *((number, LANDLINE) for number in ("0372-5912345", "03725912345", "(0372)5912345")),
        *((number, LANDLINE) for number in ("（0372） 591-2345", "010-65123456")),
        ("０３７２－５９１２３４５", LANDLINE),
    ],
)  # fmt: skip
def test_a_number_of_a_person_is_masked_however_it_is_written(written: str, expected: str) -> None:
    assert veiled(f"电话：{written}，示一") == f"电话：{expected}，示一"


@pytest.mark.parametrize(
    "text",
    [
        *("2026.03.01", "1999-03-01 123", "2024.01-2026.12", "1984.05.07—2008.08.01"),
        *("2024-01-15 2024-12-31 10", "2026年3月1日", "2024-2026年"),
        *("1500.00 12345", "1500000.1234", "13800138.00", "0.03152123456", "１２３４．５"),
        *("410581101201", "４１０５８１１０１２０１", "410526000000 410581101201"),
        *("豫发〔2024〕12号", "第0315期", "＊＊、Ａ１"),
    ],
)
def test_an_ordinary_figure_stays_as_it_is_written(text: str) -> None:
    assert veiled(text) == text
