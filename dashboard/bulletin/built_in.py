"""The Word template that comes with the system: the page of an official document (GB/T 9704).

Made by code, so that every measure stands here with its reason; a city that wants another look
downloads it, changes it in Word or WPS, and uploads it again.
"""

import io
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from dashboard.bulletin import words
from dashboard.bulletin.placeholders import BODY

# 37, 35, 28 and 26 mm leave 156 by 225 mm: 22 lines of 28 characters.
LINE, BODY_SIZE, TITLE_SIZE = 28.95, 16, 22
TWIPS = 20
# Twentieths of a point by which characters of 16 pt stand closer, for 28 of them to fill 156 mm.
# Not by a grid of characters, in which some programs give each of them two places.
CLOSER = -5
RED = RGBColor(0xC0, 0x00, 0x00)
SONG, HEI, KAI, FANG = "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"
LATIN = "Times New Roman"
CENTRE, LEFT, RIGHT, BOTH = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)
RANKING_WIDTHS = (12, 27, 16, 16, 16, 16, 18, 21, 14)
PROBLEM_WIDTHS = (11, 26, 50, 30, 25, 14)
TABLE_SIZE, TABLE_LINE = 10.5, 15


def built_in() -> bytes:
    """The template as a .docx."""
    paper = Document()
    _lay_out(paper)
    _head(paper)
    _body(paper)
    _sign(paper)
    _annex_of_ranking(paper)
    _annex_of_problems(paper)
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def _lay_out(paper: Paper) -> None:
    section: Any = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    # The line of the page number hangs 7 mm under the type area.
    section.footer_distance = Mm(22)
    grid = _made("w:docGrid", type="lines", linePitch=round(LINE * TWIPS))
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)
    normal: Any = paper.styles["Normal"]
    normal.font.size = Pt(BODY_SIZE)
    properties = normal.element.get_or_add_rPr()
    _fonts(properties, FANG)
    # 22 lines on every page, wherever a paragraph begins.
    normal.paragraph_format.widow_control = False
    properties.insert_element_before(_made("w:spacing", val=CLOSER), "w:sz", "w:szCs")
    _number_pages(paper)


def _number_pages(paper: Paper) -> None:
    """— 1 — at the outer side, one character from the edge."""
    paper.settings.odd_and_even_pages_header_footer = True
    section = paper.sections[0]
    for footer, side in ((section.footer, RIGHT), (section.even_page_footer, LEFT)):
        line = footer.paragraphs[0]
        line.alignment = side
        indent = line.paragraph_format
        indent.left_indent = indent.right_indent = Pt(14)
        _write(line, "— ", "宋体", 14)
        run = _write(line, "", "宋体", 14)
        for made in (
            _made("w:fldChar", fldCharType="begin"),
            _text("w:instrText", " PAGE "),
            _made("w:fldChar", fldCharType="separate"),
            _text("w:t", "1"),
            _made("w:fldChar", fldCharType="end"),
        ):
            run._r.append(made)
        _write(line, " —", "宋体", 14)


def _head(paper: Paper) -> None:
    """The red head 35 mm under the edge of the type area, the number, and the red line."""
    head = _line(paper, "{{ 发文机关 }}", SONG, 44, CENTRE, exact=False)
    head.paragraph_format.space_before = Pt(62)
    head.runs[0].font.color.rgb = RED
    for _blank in range(2):
        _line(paper, "", FANG, BODY_SIZE, CENTRE)
    number = _line(paper, "{{ 发文字号 }}", FANG, BODY_SIZE, CENTRE)
    border = _made("w:pBdr")
    border.append(_made("w:bottom", val="single", sz=18, space=11, color=str(RED)))
    number._p.get_or_add_pPr().append(border)
    for _blank in range(2):
        _line(paper, "", FANG, BODY_SIZE, CENTRE)
    _line(paper, "{{ 标题 }}", SONG, TITLE_SIZE, CENTRE, line=35)
    _line(paper, "", FANG, BODY_SIZE, CENTRE)
    _line(paper, "{{ 主送 }}", FANG, BODY_SIZE, LEFT)


def _body(paper: Paper) -> None:
    for numeral, name in zip(words.NUMERALS, BODY, strict=False):
        heading = _line(paper, f"{{{{ {numeral}标题 }}}}", HEI, BODY_SIZE, BOTH, indent=True)
        heading.paragraph_format.keep_with_next = True
        _repeat(paper, name, FANG, BODY_SIZE)


def _repeat(paper: Paper, name: str, font: str, size: float, *, indent: bool = True) -> None:
    """A paragraph for each row of a list, its subheading in 楷体."""
    _line(paper, f"{{%p for 段 in {name} %}}", font, size, BOTH)
    line = _line(paper, "{{ 段.小标题 }}", KAI, size, BOTH, indent=indent)
    if size < BODY_SIZE:
        line.paragraph_format.line_spacing = Pt(TABLE_LINE)
        line.paragraph_format.space_before = Pt(4)
        _off_the_grid(line)
    _write(line, "{{ 段.内容 }}", font, size)
    _line(paper, "{%p endfor %}", font, size, BOTH)


def _sign(paper: Paper) -> None:
    """The annexes by name, one line under the text; then who signs, and the day."""
    _line(paper, "", FANG, BODY_SIZE, BOTH)
    for text, before in zip(words.enclosed(), (2, 5), strict=True):
        annex = _line(paper, text, FANG, BODY_SIZE, BOTH)
        annex.paragraph_format.left_indent = Pt(before * BODY_SIZE)
    for _blank in range(3):
        _line(paper, "", FANG, BODY_SIZE, BOTH).paragraph_format.keep_with_next = True
    for text, after in (("{{ 发文机关 }}", 2), ("{{ 成文日期 }}", 4)):
        signed = _line(paper, text, FANG, BODY_SIZE, RIGHT)
        signed.paragraph_format.right_indent = Pt(after * BODY_SIZE)
        signed.paragraph_format.keep_with_next = after == 2


def _annex_of_ranking(paper: Paper) -> None:
    _begin_annex(paper, f"{words.ANNEX}1", f"{{{{ 季度 }}}}{words.RANKING}")
    note = _line(paper, "（{{ 数据截止 }}）", KAI, 12, CENTRE)
    note.paragraph_format.space_after = Pt(4)
    _table(paper, "排名", words.RANKING_LABELS, RANKING_WIDTHS)
    _repeat(paper, "排名说明", FANG, TABLE_SIZE, indent=False)


def _annex_of_problems(paper: Paper) -> None:
    _begin_annex(paper, f"{words.ANNEX}2", f"{{{{ 季度 }}}}{words.PROBLEMS}")
    _line(paper, "", KAI, 12, CENTRE)
    _table(paper, "问题", words.PROBLEM_LABELS, PROBLEM_WIDTHS)


def _begin_annex(paper: Paper, number: str, title: str) -> None:
    """On a page of its own; its title stands on the third line."""
    paper.add_section(WD_SECTION.NEW_PAGE)
    _line(paper, number, HEI, BODY_SIZE, LEFT)
    _line(paper, "", FANG, BODY_SIZE, CENTRE)
    _line(paper, title, SONG, TITLE_SIZE, CENTRE, line=35)


def _table(paper: Paper, name: str, labels: tuple[str, ...], widths: tuple[int, ...]) -> None:
    """Labels repeated on every page, and a row for each row of a list, never cut in two."""
    table = paper.add_table(rows=4, cols=len(labels))
    table.style = paper.styles["Table Grid"]
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    table._tbl.tblPr.append(_margins())
    rows = [
        list(labels),
        [f"{{%tr for 行 in {name} %}}"],
        [f"{{{{ 行.{label} }}}}" for label in labels],
        ["{%tr endfor %}"],
    ]
    for row, texts in zip(table.rows, rows, strict=True):
        row._tr.get_or_add_trPr().append(_made("w:cantSplit"))
        is_label = texts is rows[0]
        padded = [*texts, *[""] * (len(labels) - len(texts))]
        for cell, width, text in zip(row.cells, widths, padded, strict=True):
            cell.width = Mm(width)
            _fill(cell, text, HEI if is_label else FANG, wide=width > 40 and not is_label)
    head: Any = table.rows[0]
    head._tr.get_or_add_trPr().append(_made("w:tblHeader"))


def _off_the_grid(line: Any) -> None:
    """Small lines stand close; on the grid of the body each would take the height of one there."""
    properties = line._p.get_or_add_pPr()
    properties.insert_element_before(
        _made("w:snapToGrid", val=0), "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _margins() -> Any:
    """Narrow ones, so that 100.0% stays on one line."""
    margins = _made("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_made(f"w:{side}", w=50, type="dxa"))
    return margins


def _fill(cell: Any, text: str, font: str, *, wide: bool) -> None:
    line = cell.paragraphs[0]
    line.alignment = LEFT if wide else CENTRE
    spaced = line.paragraph_format
    spaced.line_spacing_rule, spaced.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(TABLE_LINE)
    spaced.space_before = spaced.space_after = Pt(3)
    _off_the_grid(line)
    _write(line, text, font, TABLE_SIZE)
    cell.vertical_alignment = 1  # in the middle


def _line(  # noqa: PLR0913 - a line of the page, by its measures
    paper: Paper,
    text: str,
    font: str,
    size: float,
    alignment: WD_ALIGN_PARAGRAPH,
    *,
    indent: bool = False,
    line: float = LINE,
    exact: bool = True,
) -> Any:
    made: Any = paper.add_paragraph()
    made.alignment = alignment
    spaced = made.paragraph_format
    spaced.space_before = spaced.space_after = Pt(0)
    if exact:
        spaced.line_spacing_rule, spaced.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    if indent:
        spaced.first_line_indent = Pt(2 * size)
        # In characters besides, so that it stays two of them in another size.
        made._p.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), "200")
    _write(made, text, font, size)
    return made


def _write(line: Any, text: str, font: str, size: float) -> Any:
    run = line.add_run(text)
    run.font.size = Pt(size)
    _fonts(run._r.get_or_add_rPr(), font)
    return run


def _fonts(properties: Any, font: str) -> None:
    """Chinese in its own font, letters and digits in Times New Roman."""
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), LATIN)
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _made(name: str, **values: Any) -> Any:
    element: Any = OxmlElement(name)
    for key, value in values.items():
        element.set(qn(f"w:{key}"), str(value))
    return element


def _text(name: str, text: str) -> Any:
    element = _made(name)
    element.text = text
    element.set(qn("xml:space"), "preserve")
    return element
