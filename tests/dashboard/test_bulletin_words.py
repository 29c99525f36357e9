"""The Chinese of the bulletin."""

import datetime
from fractions import Fraction

import pytest

from dashboard.bulletin import words
from dashboard.bulletin.document import Paragraph, document_of, lines
from dashboard.bulletin.frozen import Kind, Problem, UnitFigures
from dashboard.bulletin.frozen import Tally as Counted
from tasks.models import Bulletin
from tests.dashboard.bulletins import draft, issued
from tests.tasks.verbs import accepted, moment
from tests.world import World

PROBLEM = Problem(
    Kind.OVERDUE, 1, "林州市", "合涧镇", lines=9, villages=("东山村", "西山村"), village_count=7
)


def test_the_moment_is_printed_to_the_minute() -> None:
    assert words.moment(moment(9, 26, 16, 5)) == "数据截至2026年9月26日16时05分"


@pytest.mark.parametrize(
    ("name", "kind", "signed"),
    [
        ("安阳市", "city", "中共安阳市委组织部"),
        ("林州市", "county_city", "中共林州市委组织部"),
        ("滑县", "county", "中共滑县县委组织部"),
        ("安阳县", "county", "中共安阳县委组织部"),
        ("文峰区", "district", "中共文峰区委组织部"),
        ("安阳高新区", "zone", "中共安阳高新区党工委组织部"),
    ],
)
def test_every_organisation_signs_as_it_is_called(name: str, kind: str, signed: str) -> None:
    assert words.issuer(name, kind) == signed


def test_a_share_is_rounded_down_so_that_only_all_is_all() -> None:
    assert words.percent(Fraction(9999, 10000)) == "99.9%"
    assert words.percent(Fraction(1)) == "100.0%"
    assert words.percent(None) == "—"
    assert words.score(Fraction(500, 7)) == "71.42"


def test_villages_are_named_up_to_a_bound_and_then_counted() -> None:
    assert words.where(PROBLEM) == "东山村、西山村等7个村"
    assert words.where(PROBLEM, 1) == "东山村等7个村"
    assert words.problem(PROBLEM) == "东山村、西山村等7个村逾期未报，共9项。"
    (said,) = words.problems([PROBLEM])
    assert said == "（一）逾期未报。林州市合涧镇东山村、西山村等7个村，共9项。详见附件2。"


def test_more_townships_than_are_named_are_counted() -> None:
    (said,) = words.problems([PROBLEM] * 9)
    assert said.count("合涧镇") == words.TOWNSHIPS_NAMED
    assert "另有4个乡镇（街道）" in said


def test_where_nothing_is_wrong_this_is_said() -> None:
    (said,) = words.problems([])
    assert said.startswith("未发现")


@pytest.mark.parametrize(
    ("rank", "before", "said"),
    [(1, 3, "↑2"), (3, 1, "↓2"), (2, 2, "持平"), (1, None, "—"), (None, 2, "—")],
)
def test_a_move_has_an_arrow(rank: int | None, before: int | None, said: str) -> None:
    assert words.change(UnitFigures(1, "滑县", Counted(), rank, before)) == said


def test_a_subheading_is_told_from_its_text() -> None:
    assert Paragraph.of("（一）强化调度。每月一次。") == Paragraph("（一）强化调度。", "每月一次。")
    assert Paragraph.of("各地要重视。") == Paragraph("", "各地要重视。")


def test_what_no_document_can_hold_is_left_out() -> None:
    assert lines("一\x0b二\x00\r\n\r\n　三\ud800 ") == ["一", "二", "三"]


def test_the_document_has_its_five_parts_and_both_annexes(world: World) -> None:
    accepted(world)
    document = document_of(draft(world))
    assert [section.heading for section in document.sections] == [
        "一、总体情况", "二、各县（市、区）完成情况", "三、经验做法", "四、存在问题",
        "五、下步工作要求",
    ]  # fmt: skip
    assert document.issuer == "中共安阳市委组织部"
    assert document.number == "安组通〔2026〕1号"
    assert document.title == "关于2026年第三季度农村基层党建重点任务完成情况的通报"
    assert document.addressed_to == "各县（市、区）委组织部："
    assert document.moment == "数据截至2026年10月7日16时20分"
    assert document.date.split() == ["年", "月", "日"]
    ranking, problems = document.annexes
    assert [row[1] for row in ranking.rows] == ["林州市", "滑县"]
    assert {len(row) for row in problems.rows} == {len(problems.labels)}
    # Persons are named by hand.
    assert {row[-1] for row in problems.rows} == {""}
    assert "应完成重点任务24项，已完成1项，完成率4.1%" in document.sections[0].paragraphs[0].text
    assert "与上季度（0.0%）相比，完成率上升4.1个百分点" in document.sections[0].paragraphs[0].text


def test_a_county_speaks_to_its_townships(world: World) -> None:
    document = document_of(draft(world, "linzhou"))
    assert document.issuer == "中共林州市委组织部"
    assert document.addressed_to == "各乡镇党委、街道党工委："
    assert document.sections[1].heading == "二、各乡镇（街道）完成情况"
    assert {row[1] for row in document.ranking} == {"合涧镇", "临淇镇", "桂园街道"}


def test_the_day_of_issue_is_that_of_anyang(world: World) -> None:
    bulletin = issued(world)
    Bulletin.objects.update(issued_at=datetime.datetime(2026, 10, 8, 16, 30, tzinfo=datetime.UTC))
    bulletin.refresh_from_db()
    assert document_of(bulletin).date == "2026年10月9日"
