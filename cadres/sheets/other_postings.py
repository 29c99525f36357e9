"""The rosters of the other kinds of posting: seconded cadres, selected graduates, work teams and
the heads of townships."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _lazy

from cadres.models import PostingKind
from cadres.models.posting_kind import (
    GRADUATE,
    SECONDMENT,
    TOWNSHIP_HEAD,
    TOWNSHIP_SECRETARY,
    WORK_TEAM,
)
from cadres.sheets import columns
from cadres.sheets.postings import PostingSheet
from cadres.sheets.role_row import Row
from cadres.sheets.told import Told
from cadres.sheets.words import KeptTextWidget
from spreadsheets.fields import ChoiceWidget, Column, WholeNumberWidget
from spreadsheets.sheet import register

AT_TOWNSHIP = ("division__name", "", "division__parent__name")
KIND = "kind__code"
HEAD_WORDS = {
    "乡镇党委书记": TOWNSHIP_SECRETARY,
    "党委书记": TOWNSHIP_SECRETARY,
    "乡镇长": TOWNSHIP_HEAD,
    "乡长": TOWNSHIP_HEAD,
    "镇长": TOWNSHIP_HEAD,
    "乡（镇）长": TOWNSHIP_HEAD,
}


def _title(label: str, *aliases: str, example: str) -> Column:
    return Column(label, "title", aliases=aliases, width=20, widget=KeptTextWidget(60),
                  example=example, meaning=_lazy("The title of the post."))  # fmt: skip


@register
class SecondmentSheet(PostingSheet):
    """Cadres of city and county seconded to townships for two years."""

    name = "secondments"
    title = _lazy("Roster of seconded cadres")
    summary = _lazy("Who is seconded to which township, by whom, since when and until when.")
    form_title = "挂职干部花名册"
    title_words = ("挂职干部", "挂职副书记")
    kinds = (SECONDMENT,)
    place = AT_TOWNSHIP

    number = columns.number()
    county = columns.county("division__parent__name")
    township = columns.township("division__name")
    person = columns.name()
    sex = columns.sex()
    ethnicity = columns.ethnicity()
    birth = columns.birth()
    political_status = columns.political_status()
    party_joined = columns.party_joined()
    education = columns.education()
    degree = columns.degree()
    organization = columns.organization()
    sender = columns.sender()
    position = columns.position()
    rank = columns.rank()
    post = _title("挂任职务", "挂职职务", example="乡镇党委副书记（乡村振兴，挂职）")
    start = columns.start("挂职时间", "挂职起始时间")
    planned_end = columns.planned_end()
    phone = columns.phone()
    note = columns.note()


@register
class GraduateSheet(PostingSheet):
    """Selected graduates as party-work officers of demonstration villages."""

    name = "graduates"
    title = _lazy("Roster of selected graduates")
    summary = _lazy("Which graduates of which year are party-work officers in which village.")
    form_title = "选调生到村任职花名册"
    title_words = ("选调生", "大学生到村任职")
    kinds = (GRADUATE,)

    number = columns.number()
    county = columns.county()
    township = columns.township()
    village = columns.village("任职村")
    person = columns.name()
    sex = columns.sex()
    ethnicity = columns.ethnicity()
    birth = columns.birth()
    political_status = columns.political_status()
    party_joined = columns.party_joined()
    education = columns.education()
    degree = columns.degree()
    studied = columns.studied()
    # fmt: off
    cohort = Column("招录年份", "cohort", aliases=("选调年份", "招录年度"), width=10,
                    widget=WholeNumberWidget(), example="2024",
                    meaning=_lazy("The year of recruitment, 2019 or later."))
    # fmt: on
    post = _title("任职职务", "职务名称", example="党建专干")
    start = columns.start("到村任职时间")
    planned_end = columns.planned_end()
    phone = columns.phone()
    note = columns.note()


@register
class WorkTeamSheet(PostingSheet):
    """Members of village work teams beside the first secretary."""

    name = "work_teams"
    title = _lazy("Roster of village work teams")
    summary = _lazy("Who is in the work team of which village beside its first secretary.")
    form_title = "驻村工作队员花名册"
    title_words = ("工作队",)
    kinds = (WORK_TEAM,)

    number = columns.number()
    county = columns.county()
    township = columns.township()
    village = columns.village("派驻村")
    person = columns.name()
    sex = columns.sex()
    ethnicity = columns.ethnicity()
    birth = columns.birth()
    political_status = columns.political_status()
    party_joined = columns.party_joined()
    education = columns.education()
    identity_type = columns.identity_type()
    organization = columns.organization()
    sender = columns.sender()
    position = columns.position()
    rank = columns.rank()
    start = columns.start("驻村时间")
    planned_end = columns.planned_end()
    batch = columns.batch()
    phone = columns.phone()
    note = columns.note()


@register
class TownshipHeadSheet(PostingSheet):
    """The two seats of each township: its party secretary and its head."""

    name = "township_heads"
    title = _lazy("Roster of township heads")
    summary = _lazy("Who is party secretary and who is head of each township, since when.")
    form_title = "乡镇党政正职花名册"
    title_words = ("党政正职",)
    kinds = (TOWNSHIP_SECRETARY, TOWNSHIP_HEAD)
    place = AT_TOWNSHIP

    number = columns.number()
    county = columns.county("division__parent__name")
    township = columns.township("division__name")
    # fmt: off
    kind = Column("现任职务", KIND, aliases=("任职", "党政正职", "职务"), required=True, width=14,
                  widget=ChoiceWidget(dict(HEAD_WORDS)), options=("乡镇党委书记", "乡镇长"),
                  example="乡镇党委书记", meaning=_lazy("Which of the two seats."))
    # fmt: on
    person = columns.name()
    sex = columns.sex()
    ethnicity = columns.ethnicity()
    birth = columns.birth()
    political_status = columns.political_status()
    party_joined = columns.party_joined()
    education = columns.education()
    degree = columns.degree()
    rank = columns.rank()
    start = columns.start("任现职时间")
    planned_end = columns.planned_end()
    phone = columns.phone()
    note = columns.note()

    def kind_for(self, row: Row) -> PostingKind:
        return self.kind_of[row.says(KIND) or TOWNSHIP_SECRETARY]

    def put(self, row: Row, told: Told, value: Any) -> None:
        """Which seat a row means tells the row; whoever changes seats begins anew."""
        if told.name != KIND:
            super().put(row, told, value)

    def rules(self, row: Row) -> None:
        if not row.says(KIND):
            row.wrong(KIND, _lazy("This cell tells which row is meant; fill it in."))
            return
        super().rules(row)
