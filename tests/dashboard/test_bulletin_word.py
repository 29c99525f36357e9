"""The bulletin as a Word file, and its annexes as workbooks."""

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from accounts.models import AccessLog
from dashboard.bulletin import making, words
from dashboard.bulletin.document import document_of
from spreadsheets.sheet import Target, by_name
from tasks.models import Bulletin
from tests.dashboard.bulletins import draft, issued
from tests.tasks.verbs import accepted
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
HEADER_ROW = 3


def paper_of(bulletin: Bulletin) -> Any:
    return Document(io.BytesIO(making.as_word(bulletin)))


def texts(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_the_word_file_says_what_the_page_says(world: World) -> None:
    accepted(world)
    bulletin = draft(world)
    document, paper = document_of(bulletin), paper_of(bulletin)
    said = [line.text for line in paper.paragraphs if line.text]
    wanted = [document.issuer, document.number, document.title, document.addressed_to]
    assert said[:4] == wanted
    for section in document.sections:
        assert section.heading in said
        assert all(f"{part.lead}{part.text}" in said for part in section.paragraphs)
    assert not any("{" in line for line in said)
    ranking, problems = paper.tables
    assert texts(ranking) == [[*words.RANKING_LABELS], *document.ranking]
    assert texts(problems) == [[*words.PROBLEM_LABELS], *document.problems]


def test_the_page_is_that_of_an_official_document(world: World) -> None:
    paper = paper_of(draft(world))
    section = paper.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    for found, wanted in zip(margins, (37, 35, 28, 26), strict=True):
        assert abs(found - Mm(wanted)) < Pt(0.1)
    for line in paper.paragraphs:
        if line.text.startswith("一、"):
            run = line.runs[0]
            assert run._r.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"
            assert run._r.rPr.rFonts.get(qn("w:ascii")) == "Times New Roman"
            assert Pt(28) <= line.paragraph_format.line_spacing <= Pt(29)
            assert line.paragraph_format.first_line_indent == Pt(32)
            break
    else:
        pytest.fail("no first heading")
    for table in paper.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert "PAGE" in section.footer._element.xml
    assert paper.settings.odd_and_even_pages_header_footer


def test_what_people_typed_stays_text(world: World) -> None:
    typed = "{{ 标题 }} {% for %} <w:p> & \x0b“”"
    bulletin = draft(world, practices=typed)
    said = [line.text for line in paper_of(bulletin).paragraphs]
    assert "{{ 标题 }} {% for %} <w:p> &" in said
    assert "“”" in said


def test_a_download_has_its_name_and_is_noted(world: World, signed_in: SignIn) -> None:
    bulletin = issued(world)
    answer = signed_in("linzhou_viewer").get(f"/bulletins/{bulletin.pk}/word/")
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert ".docx" in answer["Content-Disposition"]
    noted = AccessLog.objects.get(action="export")
    assert (noted.user, noted.detail) == (
        world.users["linzhou_viewer"], {"bulletin": bulletin.pk},
    )  # fmt: skip


def rows(answer: Any) -> list[list[Any]]:
    page: Any = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    found = [list(row) for row in page.iter_rows(min_row=HEADER_ROW, values_only=True)]
    return [["" if cell is None else cell for cell in row] for row in found]


@pytest.mark.parametrize(("name", "annex"), [("bulletin_ranking", 0), ("bulletin_problems", 1)])
def test_an_annex_leaves_as_a_workbook(
    world: World, signed_in: SignIn, name: str, annex: int
) -> None:
    bulletin = issued(world)
    accepted(world)  # afterwards, so that it changes nothing here
    client = signed_in("linzhou_viewer")
    answer = client.get(f"/sheets/{name}/download/", {"bulletin": str(bulletin.pk)})
    expected = document_of(bulletin).annexes[annex]
    labels, *found = rows(answer)
    assert labels == [*expected.labels]
    assert found[: len(expected.rows)] == expected.rows


def test_without_a_bulletin_it_is_the_last_of_unit_and_quarter(world: World) -> None:
    issued(world)
    last = issued(world)
    draft(world)
    sheet: Any = by_name("bulletin_ranking")(
        world.users["linzhou_viewer"], Target(UNITS["city"], "2026Q3")
    )
    assert sheet.bulletin == last
    assert sheet.choices()["division"] == [(UNITS["city"], "安阳市")]


@pytest.mark.parametrize("query", ["", "x", "99999", "9" * 40])
def test_a_bulletin_that_is_not_there_is_told(world: World, signed_in: SignIn, query: str) -> None:
    answer = signed_in("city_viewer").get(
        "/sheets/bulletin_ranking/download/", {"bulletin": query}, follow=True
    )
    assert answer["Content-Type"].startswith("text/html")
    assert [str(message) for message in answer.context["messages"]]


def test_a_foreign_bulletin_leaves_nowhere(world: World, signed_in: SignIn) -> None:
    for bulletin in (issued(world, "linzhou"), draft(world)):
        answer = signed_in("huaxian_reviewer").get(
            "/sheets/bulletin_problems/download/", {"bulletin": str(bulletin.pk)}, follow=True
        )
        assert answer["Content-Type"].startswith("text/html")


def test_both_annexes_only_go_out(world: World) -> None:
    for name in ("bulletin_ranking", "bulletin_problems"):
        assert not by_name(name).is_filled_by(world.users["city_manager"])
        assert by_name(name).is_offered_to(world.users["city_viewer"])


@pytest.mark.browser
def test_an_office_program_opens_it(world: World, tmp_path: Path) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("no LibreOffice on this machine")
    file = tmp_path / "bulletin.docx"
    file.write_bytes(making.as_word(issued(world)))
    command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    subprocess.run([*command, "--convert-to", "pdf", "--outdir", tmp_path, file], check=True)
    assert (tmp_path / "bulletin.pdf").stat().st_size > 10_000
