"""A round of matching as a sheet: who is proposed for which village, how well, and why."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from cadres.models import PairingRound
from cadres.pairing_page import Row, rows
from cadres.sheets import groups
from spreadsheets import journal
from spreadsheets.errors import Refused
from spreadsheets.fields import GivenColumn
from spreadsheets.several import SEVERAL
from spreadsheets.sheet import Heading, Target, day_written, register
from villages.sheets.unit_sheet import UnitSheet

DIGITS_OF_A_KEY = 19  # the databases' largest number has as many


def township_of(row: Row) -> Any:
    return row.place.division.parent


def organization_of(row: Row) -> str:
    """Of whoever is named: who left meanwhile is not."""
    person = row.place.proposed.person if row.place.proposed else None
    if person is None or person.name != row.who or person.organization is None:
        return ""
    return person.organization.name


def grounds_of(row: Row) -> str:
    return "\n".join(
        f"{part.label}：{part.share}分，权重{part.weight}，{part.says}" for part in row.parts
    )


def remark_on(row: Row) -> str:
    told = [f"已固定：{row.pinned}" if row.pinned else "已固定"] if row.pin else []
    told += [f"另有{row.forbidden}人不得派往该村"] if row.forbidden else []
    return "\n".join([*told, *row.why])


@register
class PairingSheet(UnitSheet):
    """As the page of the round shows it. It only goes out.

    A page names the round (`?round=`); else it is the last one of the unit of the target.
    """

    name = "pairing"
    title = _lazy("Proposal of a round of matching")
    summary = _lazy("Who is proposed for which village, how well they fit and why; to take out.")
    group = groups.POSTINGS
    export_permission = "cadres.view_pairinground"

    # fmt: off
    county = GivenColumn("县（市、区）", lambda row: township_of(row).parent.name, width=12)
    township = GivenColumn("乡（镇、街道）", lambda row: township_of(row).name, width=14)
    village = GivenColumn("村", lambda row: row.place.division.short_name, width=18)
    is_weak = GivenColumn("软弱涣散村", lambda row: "是" if row.is_weak else "", width=8)
    needs = GivenColumn("需求领域", lambda row: SEVERAL.join(row.needs), width=20)
    who = GivenColumn("拟派人选", lambda row: row.who, width=12)
    organization = GivenColumn("工作单位", organization_of, width=22)
    score = GivenColumn("匹配度", lambda row: row.place.score, width=8)
    grounds = GivenColumn("匹配依据", grounds_of, width=52)
    remark = GivenColumn("说明", remark_on, width=40)
    # fmt: on
    chosen = ""

    def narrow(self, choices: Any) -> None:
        self.chosen = choices.get("round", "")

    @cached_property
    def round(self) -> PairingRound:
        """Raises Refused where there is none."""
        found = self._found()
        if found is None:
            raise Refused(_("There is no round of matching here."))
        self.target = Target(found.division.code)
        return found

    def _found(self) -> PairingRound | None:
        seen = PairingRound.objects.visible_to(self.viewer).select_related("division", "kind")
        if not self.chosen:
            return seen.filter(division=self.division()).first()
        is_key = self.chosen.isdecimal() and len(self.chosen) < DIGITS_OF_A_KEY
        return seen.filter(pk=self.chosen).first() if is_key else None

    def instances(self) -> Iterable[Row]:
        with translation.override("zh-hans"):
            return rows(self.round)

    def note_export(self) -> None:
        about = {"round": str(self.round.pk), **self.target.as_dict()}
        journal.note("export", self.user, self.name, **about)

    def heading(self) -> Heading:
        of, day = self.round, day_written(timezone.localdate())
        with translation.override("zh-hans"):
            about = f"{of.division.name}　　　{of.kind}　　　{of.get_state_display()}"
        line = f"{about}　　　导出时间：{day}"
        return Heading(f"{of.title}人选匹配表", line, footer="")
