"""A bulletin put into words: what page, Word file and workbook show, each in its own way."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dashboard.bulletin import words
from dashboard.bulletin.frozen import Frozen, UnitFigures
from tasks.models import Bulletin

# What no XML holds: control characters but tab and line feed, and half characters.
NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SUBHEADING = re.compile(r"^（[一二三四五六七八九十]{1,3}）[^。]{1,40}。?")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the body; `lead` is a subheading with which it begins."""

    lead: str
    text: str

    @classmethod
    def of(cls, line: str) -> "Paragraph":
        found = SUBHEADING.match(line)
        lead = found[0] if found else ""
        return cls(lead, line[len(lead) :])


@dataclass(frozen=True)
class Section:
    heading: str
    paragraphs: list[Paragraph]


@dataclass(frozen=True)
class Annex:
    """A table on a page of its own; `notes` stand under it."""

    label: str
    title: str
    labels: tuple[str, ...]
    rows: list[list[str]]
    notes: list[str]


@dataclass(frozen=True)
class Document:
    """Everything that stands on paper, as texts; tables as rows in the order of their labels."""

    issuer: str
    number: str
    title: str
    addressed_to: str
    quarter: str
    moment: str
    date: str
    sections: list[Section]
    ranking: list[list[str]]
    notes: list[str]
    problems: list[list[str]]
    totals: dict[str, str]

    @property
    def enclosed(self) -> tuple[str, str]:
        return words.enclosed()

    @property
    def annexes(self) -> tuple[Annex, Annex]:
        ranking = Annex(
            f"{words.ANNEX}1",
            f"{self.quarter}{words.RANKING}",
            words.RANKING_LABELS,
            self.ranking,
            [self.moment, *self.notes],
        )
        problems = Annex(
            f"{words.ANNEX}2",
            f"{self.quarter}{words.PROBLEMS}",
            words.PROBLEM_LABELS,
            self.problems,
            [],
        )
        return ranking, problems


def document_of(bulletin: Bulletin) -> Document:
    frozen = Frozen.from_json(bulletin.figures)
    at = timezone.localtime(frozen.at)
    issued = timezone.localdate(bulletin.issued_at) if bulletin.issued_at else None
    bodies = [
        words.overall(frozen, at),
        words.by_unit(frozen),
        lines(bulletin.practices),
        [*words.problems(frozen.problems), *lines(bulletin.problems_more)],
        lines(bulletin.requirements),
    ]
    return Document(
        issuer=_clean(bulletin.issuer),
        number=_clean(bulletin.number),
        title=_clean(bulletin.title),
        addressed_to=_clean(bulletin.addressed_to),
        quarter=words.quarter(frozen),
        moment=words.moment(at),
        date=words.day(issued),
        sections=[
            Section(heading, [Paragraph.of(line) for line in body])
            for heading, body in zip(words.headings(frozen.level), bodies, strict=True)
        ],
        ranking=[ranking_row(unit) for unit in frozen.units],
        notes=_notes(frozen),
        problems=problem_rows(frozen, words.day(bulletin.rectify_by)),
        totals=_totals(frozen),
    )


def lines(text: str) -> list[str]:
    """The paragraphs of what somebody typed, without what no document can hold."""
    found = (_clean(line) for line in text.splitlines())
    return [line for line in found if line]


def _clean(text: str) -> str:
    return NOT_IN_XML.sub("", text).strip()


def ranking_row(unit: UnitFigures) -> list[str]:
    tally = unit.tally
    return [
        words.NONE if unit.rank is None else str(unit.rank),
        unit.name,
        str(tally.owed),
        str(tally.accepted),
        words.percent(tally.completion),
        words.percent(tally.punctuality),
        words.score(tally.score),
        words.NONE if unit.rank_before is None else str(unit.rank_before),
        words.change(unit),
    ]


def problem_rows(frozen: Frozen, until: str) -> list[list[str]]:
    """With an empty place for whoever answers for it: persons are named by hand."""
    return [
        [
            str(number),
            words.place(problem),
            words.problem(problem),
            words.REMEDIES[problem.kind],
            until,
            "",
        ]
        for number, problem in enumerate(frozen.problems, 1)
    ]


def _notes(frozen: Frozen) -> list[str]:
    apart: Iterable[Any] = [unit for unit in frozen.units if unit.not_compared]
    told = [f"{unit.name}不参与排名：{unit.not_compared}。" for unit in apart]
    level = not any(unit.rank for unit in frozen.units)
    return [words.NOTE_ON_RANKING, *([words.NOTE_ON_LEVEL] if level else []), *told]


def _totals(frozen: Frozen) -> dict[str, str]:
    total = frozen.total
    return {
        "应完成": str(total.owed),
        "已完成": str(total.accepted),
        "完成率": words.percent(total.completion),
        "已填报": str(total.reported),
        "及时率": words.percent(total.punctuality),
        "综合得分": words.score(total.score),
    }
