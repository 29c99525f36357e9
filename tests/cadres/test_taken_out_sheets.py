"""A round of matching and the two terms as workbooks: what the pages show, scoped and noted."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import strip_tags

from accounts.models import AccessLog
from cadres.actions import proposing
from cadres.indicators import Comparison, Figure
from cadres.models import Person, TermIndicator
from cadres.sheets import PairingSheet
from tests.cadres import teams
from tests.cadres.pairing_rounds import filled
from tests.world import UNITS, World

SignIn = Callable[[str], Client]


def taken(client: Client, name: str, **about: Any) -> list[dict[str, Any]]:
    """The rows of a download by their labels; none where it is refused."""
    answer: Any = client.get(reverse("spreadsheets:download", args=[name]), about)
    if answer.status_code != 200:
        return []
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    _title, _unit, labels, *rows = book.worksheets[0].iter_rows()
    assert not any(cell.data_type == "f" for row in rows for cell in row)
    names = [str(cell.value) for cell in labels]
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in rows]


def test_a_round_leaves_with_scores_and_reasons(world: World, signed_in: SignIn) -> None:
    of = filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    Person.objects.filter(name="示甲产").update(name="=1+1")
    rows = taken(signed_in("linzhou_manager"), "pairing", round=of.pk)
    (first,) = [row for row in rows if row["村"] == "南平村"]
    assert (len(rows), first["拟派人选"], first["需求领域"]) == (2, "=1+1", "产业发展")
    score = of.places.get(division=world.units["nanping"]).score
    assert first["匹配度"] == score
    assert "本人专长：100分，权重4，匹配需求：产业发展" in first["匹配依据"]
    noted = AccessLog.objects.get(action="export")
    assert noted.detail["round"] == str(of.pk)
    assert taken(signed_in("linzhou_manager"), "pairing")[0].keys() == first.keys()


def test_the_heading_is_chinese_whatever_the_reader_reads(world: World) -> None:
    of = filled(world)
    sheet = PairingSheet(world.users["linzhou_manager"])
    sheet.narrow({"round": str(of.pk)})
    chinese = sheet.heading()
    with translation.override("en"):
        assert sheet.heading() == chinese
    assert of.kind.name in chinese.unit_line


@pytest.mark.parametrize("which", ["999999", "x", "9" * 30])
def test_a_round_that_is_not_there_is_refused(world: World, signed_in: SignIn, which: str) -> None:
    assert taken(signed_in("linzhou_manager"), "pairing", round=which) == []


def test_a_round_leaves_to_nobody_of_another_county(world: World, signed_in: SignIn) -> None:
    of = filled(world)
    assert len(taken(signed_in("city_manager"), "pairing", round=of.pk)) == 2
    client = signed_in("huaxian_reviewer")
    assert taken(client, "pairing", round=of.pk) == []
    assert taken(client, "pairing", division=UNITS["linzhou"]) == []
    client = signed_in("hejian_reporter")
    assert client.get(reverse("spreadsheets:download", args=["pairing"])).status_code in (302, 403)


@pytest.fixture
def two_terms(world: World) -> None:
    """Of one village: a woman of three, then two of three."""
    for year in (2018, 2021):
        _secretary, deputy, _member = teams.usual(world, "dongshan", year)
    Person.objects.filter(pk=deputy.person_id).update(sex="2")
    teams.usual(world, "shiqiao", 2021)


def figures(told: Comparison, figure: Figure) -> tuple[float | None, str]:
    """The value as the page writes it, and of how many."""
    is_share = told.indicator.is_share
    about = {"figure": figure, "indicator": told.indicator}
    cell = strip_tags(render_to_string("cadres/partials/indicator_figure.html", about)).split()
    value = float(cell[0].removesuffix("%")) if figure else None
    return value, f"{figure.part}/{figure.whole}" if is_share else f"{figure.whole}人"


@pytest.mark.usefixtures("two_terms")
def test_two_terms_leave_as_the_page_compares_them(signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    rows = taken(client, "before_after", division=UNITS["linzhou"])
    page = client.get(reverse("cadres:before_after", args=[UNITS["linzhou"]]))
    expected = [
        [one.unit.name, told.indicator.name, *both, str(told.outcome.words)]
        for one in [page.context["whole"], *page.context["rows"]]
        for told in one.comparisons
        for both in [(*figures(told, told.before), *figures(told, told.after))]
    ]
    names = ["单位", "指标", "换届前", "换届前人数（n/N）", "换届后", "换届后人数（n/N）", "结果"]
    assert [[row[name] for name in names] for row in rows] == expected
    women = TermIndicator.objects.get(counted="women")
    (told,) = [line for line in expected if line[:2] == ["林州市", women.name]]
    assert told[2:6] == [33.3, "1/3", 66.7, "2/3"]
    # Most villages of the county are elected in neither term; 东山村's own page judges.
    assert {row["结果"] for row in rows} == {"未全部完成换届，暂不评判"}
    village = taken(client, "before_after", division=UNITS["dongshan"])
    assert {row["结果"] for row in village} <= {"已达到", "未达到", "无变化"}
    assert AccessLog.objects.filter(action="export").count() == 2
    # What names no term is no choice, as on the page.
    assert taken(client, "before_after", division=UNITS["linzhou"], to="1999") == rows


@pytest.mark.usefixtures("two_terms")
def test_terms_of_another_county_leave_to_nobody_here(signed_in: SignIn) -> None:
    client = signed_in("linzhou_manager")
    assert taken(client, "before_after", division=UNITS["huaxian"]) == []
    names = {row["单位"] for row in taken(signed_in("city_manager"), "before_after")}
    assert {"林州市", "滑县"} <= names
