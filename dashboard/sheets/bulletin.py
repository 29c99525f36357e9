"""The annexes of a bulletin, to take out: the ranking, and the list of problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.bulletin import words
from dashboard.bulletin.document import Annex, Document, document_of
from dashboard.sheets.figures import FIGURES
from spreadsheets.errors import Refused
from spreadsheets.fields import GivenColumn
from spreadsheets.sheet import Heading, Sheet, Target, register
from tasks.models import Bulletin, Period
from villages.models import Division

DIGITS_OF_A_KEY = 19  # the databases' largest number has as many


def _cell(labels: Sequence[str], place: int, width: int) -> GivenColumn:
    """A column of an annex, whose rows are texts in the order of its labels."""
    return GivenColumn(labels[place], itemgetter(place), width=width)


class AnnexSheet(Sheet):
    """An annex of one bulletin that its user sees. It only goes out.

    A page names the bulletin (`?bulletin=`); else it is the one frozen last of the unit and
    quarter of the target.
    """

    group = FIGURES
    export_permission = "tasks.view_bulletin"
    chosen = ""

    def narrow(self, choices: Any) -> None:
        self.chosen = choices.get("bulletin", "")

    @cached_property
    def bulletin(self) -> Bulletin:
        """Raises Refused where there is none."""
        found = self._found()
        if found is None:
            raise Refused(_("There is no bulletin of this unit for this quarter."))
        self.target = Target(found.division.code, found.period.code)
        return found

    def _found(self) -> Bulletin | None:
        seen = Bulletin.objects.visible_to(self.viewer).select_related("division", "period")
        if self.chosen:
            is_key = self.chosen.isdecimal() and len(self.chosen) < DIGITS_OF_A_KEY
            return seen.filter(pk=self.chosen).first() if is_key else None
        try:
            period = Period.objects.by_code(self.target.period)
        except Period.DoesNotExist:
            return None
        return seen.filter(division__code=self.target.division, period=period).first()

    @cached_property
    def document(self) -> Document:
        return document_of(self.bulletin)

    def annex(self) -> Annex:
        raise NotImplementedError

    def instances(self) -> Iterable[list[str]]:
        return self.annex().rows

    def heading(self) -> Heading:
        annex = self.annex()
        unit_line = f"{self.document.issuer}　　　{self.document.moment}"
        return Heading(annex.title, unit_line, footer="".join(annex.notes[1:]))

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """Units and quarters of which there is a bulletin to be seen."""
        seen = Bulletin.objects.visible_to(self.viewer).order_by()
        units = Division.objects.filter(pk__in=seen.values("division")).order_by("path")
        periods = Period.objects.filter(pk__in=seen.values("period"))
        return {
            "division": [(unit.code, unit.name) for unit in units],
            "period": [(p.code, str(p)) for p in periods.order_by("-year", "-quarter")],
        }


@register
class BulletinRankingSheet(AnnexSheet):
    name = "bulletin_ranking"
    title = _lazy("Ranking of a bulletin")
    summary = _lazy("The units by completion, as frozen in the bulletin; to take out.")

    rank = _cell(words.RANKING_LABELS, 0, 8)
    unit = _cell(words.RANKING_LABELS, 1, 24)
    owed = _cell(words.RANKING_LABELS, 2, 10)
    accepted = _cell(words.RANKING_LABELS, 3, 10)
    completion = _cell(words.RANKING_LABELS, 4, 10)
    punctuality = _cell(words.RANKING_LABELS, 5, 10)
    score = _cell(words.RANKING_LABELS, 6, 12)
    rank_before = _cell(words.RANKING_LABELS, 7, 12)
    change = _cell(words.RANKING_LABELS, 8, 10)

    def annex(self) -> Annex:
        return self.document.annexes[0]


@register
class BulletinProblemsSheet(AnnexSheet):
    name = "bulletin_problems"
    title = _lazy("Problems of a bulletin")
    summary = _lazy("Problems by township, with room for who answers for them; to take out.")

    number = _cell(words.PROBLEM_LABELS, 0, 8)
    unit = _cell(words.PROBLEM_LABELS, 1, 24)
    problem = _cell(words.PROBLEM_LABELS, 2, 48)
    remedy = _cell(words.PROBLEM_LABELS, 3, 32)
    until = _cell(words.PROBLEM_LABELS, 4, 16)
    answerable = _cell(words.PROBLEM_LABELS, 5, 14)

    def annex(self) -> Annex:
        return self.document.annexes[1]
