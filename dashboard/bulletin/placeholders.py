"""What a Word template may name: the words in double braces, and what stands in their place.

The names are Chinese, because those who lay out the template work in Word or WPS and in Chinese.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dashboard.bulletin import words
from dashboard.bulletin.document import Document, Section

PARAGRAPH = ("小标题", "内容")


@dataclass(frozen=True)
class Placeholder:
    """A name, what it stands for, and for a list the names of what each of its rows holds."""

    name: str
    meaning: Any
    fields: tuple[str, ...] = ()
    in_table: bool = False

    @property
    def written(self) -> str:
        """How it is written in the template."""
        return f"{{{{ {self.name} }}}}"

    @property
    def each(self) -> list[str]:
        return [f"{{{{ 行.{name} }}}}" for name in self.fields]

    @property
    def opens(self) -> str:
        return f"{{%{'tr' if self.in_table else 'p'} for 行 in {self.name} %}}"

    @property
    def closes(self) -> str:
        return f"{{%{'tr' if self.in_table else 'p'} endfor %}}"


# fmt: off
PLACEHOLDERS = (
    Placeholder("发文机关", _("The red head and the signature.")),
    Placeholder("发文字号", _("The document number.")),
    Placeholder("标题", _("The title.")),
    Placeholder("主送", _("Whom it is addressed to.")),
    Placeholder("季度", _("The quarter, in words.")),
    Placeholder("数据截止", _("The moment of which the figures are.")),
    Placeholder("成文日期", _("The day of issue; blank in a draft.")),
    Placeholder("应完成", _("All lines owed in the quarter.")),
    Placeholder("已完成", _("Lines accepted by the last reviewer.")),
    Placeholder("完成率", _("Accepted of owed.")),
    Placeholder("已填报", _("Lines reported.")),
    Placeholder("及时率", _("On time, of those reported.")),
    Placeholder("综合得分", _("Completion by the weight of the tasks, out of 100.")),
    *(Placeholder(f"{numeral}标题", _("The heading of a part of the body."))
      for numeral in words.NUMERALS[:len(words.HEADINGS)]),
    Placeholder("总体情况", _("Part 1, by paragraphs."), PARAGRAPH),
    Placeholder("完成情况", _("Part 2, by paragraphs."), PARAGRAPH),
    Placeholder("经验做法", _("Part 3, by paragraphs."), PARAGRAPH),
    Placeholder("存在问题", _("Part 4, by paragraphs."), PARAGRAPH),
    Placeholder("工作要求", _("Part 5, by paragraphs."), PARAGRAPH),
    Placeholder("排名", _("Annex 1: one row for each unit."), words.RANKING_LABELS, in_table=True),
    Placeholder("排名说明", _("The notes under the ranking, by paragraphs."), PARAGRAPH),
    Placeholder("问题", _("Annex 2: one row for each problem."), words.PROBLEM_LABELS,
                in_table=True),
)
# fmt: on
NAMES = tuple(place.name for place in PLACEHOLDERS if not place.fields)
LISTS = {place.name: place.fields for place in PLACEHOLDERS if place.fields}
# A county has some 20 townships; each of all 89 may be named for four kinds of problems.
MOST_ROWS = {"排名": 100, "问题": 400}
BODY = ("总体情况", "完成情况", "经验做法", "存在问题", "工作要求")


def context_of(document: Document) -> dict[str, Any]:
    """The values of all placeholders: texts, and lists of rows of texts."""
    headings = {
        f"{numeral}标题": section.heading
        for numeral, section in zip(words.NUMERALS, document.sections, strict=False)
    }
    bodies = zip(BODY, document.sections, strict=True)
    return {
        "发文机关": document.issuer,
        "发文字号": document.number,
        "标题": document.title,
        "主送": document.addressed_to,
        "季度": document.quarter,
        "数据截止": document.moment,
        "成文日期": document.date,
        **document.totals,
        **headings,
        **{name: _paragraphs(section) for name, section in bodies},
        "排名": _rows(words.RANKING_LABELS, document.ranking),
        "排名说明": [{"小标题": "", "内容": note} for note in document.notes],
        "问题": _rows(words.PROBLEM_LABELS, document.problems),
    }


def _paragraphs(section: Section) -> list[dict[str, str]]:
    return [{"小标题": part.lead, "内容": part.text} for part in section.paragraphs]


def _rows(labels: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Mapping[str, str]]:
    return [dict(zip(labels, row, strict=True)) for row in rows]


def largest() -> dict[str, Any]:
    """As much as a bulletin can hold, to try a template on before it is taken."""
    text = {place.name: "安阳" * 20 for place in PLACEHOLDERS if not place.fields}
    rows = {
        place.name: [dict.fromkeys(place.fields, "村" * 20)] * MOST_ROWS.get(place.name, 40)
        for place in PLACEHOLDERS
        if place.fields
    }
    return text | rows
