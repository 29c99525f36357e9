"""The charts as a browser and a reader meet them."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from django.utils import translation

from dashboard.charts import BarChart, LineChart, Share, Tick, bar_chart, line_chart


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def chart(*parts: int | None, **more: object) -> LineChart:
    """A line of so many of 40 per quarter, from the first quarter of 2025 on."""
    ticks = [
        Tick(f"{2025 + n // 4} Q{n % 4 + 1}", f"Q{n % 4 + 1}", "" if n % 4 else str(2025 + n // 4))
        for n in range(len(parts))
    ]
    shares = [None if part is None else Share(part, 40) for part in parts]
    return LineChart("name", "林州市 reporting", ticks, shares, **more)  # type: ignore[arg-type]


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [part for part in svg.iter() if part.get("class") == name]


def test_a_chart_has_a_name_and_says_what_it_shows() -> None:
    svg = drawn(line_chart(chart(10, 30, 20)))
    ids = {part.get("id"): part.text for part in svg.iter()}
    assert svg.get("role") == "img"
    named = [ids[key] for key in (svg.get("aria-labelledby") or "").split()]
    assert named[0] == "林州市 reporting"
    assert named[1] == (
        "2025 Q1 to 2025 Q3: lowest 25.0% (10/40) in 2025 Q1, "
        "highest 75.0% (30/40) in 2025 Q2, last 50.0% (20/40)."
    )


def test_every_point_says_its_numbers() -> None:
    svg = drawn(line_chart(chart(10, 39)))
    titles = [title.text for title in svg.iter("title")]
    assert titles[1:] == ["2025 Q1 25.0% (10/40)", "2025 Q2 97.5% (39/40)"]


def test_no_line_runs_through_a_quarter_without_figures() -> None:
    svg = drawn(line_chart(chart(10, 20, None, 30, 40)))
    assert len(of_class(svg, "dot")) == 4
    lines = of_class(svg, "line")
    assert len(lines) == 2
    gap = float((lines[0].get("x2") or "").rstrip("%")), float((lines[1].get("x1") or "")[:-1])
    assert gap[0] < gap[1]
    assert [tick.text for tick in of_class(svg, "tick")][3:] == [
        *("Q1", "2025", "Q2", "Q3", "Q4", "Q1", "2026"),
    ]


def test_one_quarter_is_a_dot_and_none_is_a_sentence() -> None:
    one = drawn(line_chart(chart(None, 39)))
    assert (len(of_class(one, "dot")), len(of_class(one, "line"))) == (1, 0)
    assert [value.text for value in of_class(one, "value")] == ["97.5%"]
    assert chart(None, 39).in_words == "2025 Q2: 97.5% (39/40)"
    nothing = drawn(line_chart(chart(None, None)))
    assert (of_class(nothing, "dot"), of_class(nothing, "value")) == ([], [])
    assert chart(None, None).in_words == "No quarter has figures."


def test_the_last_value_is_the_last_one_known() -> None:
    svg = drawn(line_chart(chart(10, 20, None)))
    assert [value.text for value in of_class(svg, "value")] == ["50.0%"]
    assert chart(10, 20, None).last == Share(20, 40)
    assert chart(None).last is None


def test_an_open_quarter_is_hollow_and_its_line_dashed() -> None:
    done = chart(10, 20)
    still = LineChart("x", "x", [done.ticks[0], Tick("2025 Q2", "Q2", "", True)], done.shares)
    svg = drawn(line_chart(still))
    assert (len(of_class(svg, "dot")), len(of_class(svg, "dot open"))) == (1, 1)
    assert len(of_class(svg, "line open")) == 1


def test_a_small_chart_names_its_ends_and_has_the_whole_in_grey() -> None:
    behind = [Share(20, 40), Share(30, 40), Share(20, 40)]
    svg = drawn(line_chart(chart(10, 20, 30, behind=behind, is_small=True)))
    assert [tick.text for tick in of_class(svg, "tick")] == ["2025 Q1", "2025 Q3"]
    assert len(of_class(svg, "behind")) == 2
    alone = drawn(line_chart(chart(10, is_small=True)))
    assert [tick.text for tick in of_class(alone, "tick")] == ["2025 Q1"]


def test_one_scale_makes_equal_shares_stand_equally_high() -> None:
    small, large = (drawn(line_chart(chart(4, top=top))) for top in (10, 100))
    ys = [float(of_class(svg, "dot")[0].get("cy") or 0) for svg in (small, large)]
    assert ys[0] < ys[1]


def test_a_rate_is_rounded_down_so_that_100_means_all() -> None:
    assert Share(2999, 3000).shown == "99.9%"
    assert str(Share(3000, 3000)) == "100.0% (3,000/3,000)"


def test_a_bar_is_as_long_as_its_share_of_the_scale() -> None:
    bars = [("合涧镇", Share(10, 40)), ("临淇镇", Share(20, 40)), ("飞地乡", Share(40, 40))]
    svg = drawn(bar_chart(BarChart("bars", "Red", bars, top=50)))
    full = float((of_class(svg, "track")[0].get("width") or "").rstrip("%"))
    widths = [float((bar.get("width") or "").rstrip("%")) for bar in of_class(svg, "share")]
    assert widths == pytest.approx([full / 2, full, full])
    assert svg.find("desc") is not None
    assert "合涧镇 25.0% (10/40); 临淇镇" in "".join(svg.itertext())


def test_names_are_text_and_no_markup() -> None:
    evil = BarChart("bars", "<b>", [("<script>", Share(1, 2))])
    assert "<script>" not in bar_chart(evil)
    assert "<b>" not in bar_chart(evil)


def test_nothing_is_styled_in_place() -> None:
    assert "style" not in line_chart(chart(10, None, 20))
    assert "style" not in bar_chart(BarChart("bars", "x", [("x", Share(1, 2))]))
