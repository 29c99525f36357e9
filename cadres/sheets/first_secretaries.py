"""The roster of first secretaries (驻村第一书记花名册), as the offices write it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _lazy

from cadres.models import PostingKind
from cadres.models.posting_kind import FIRST_SECRETARY, RETIRED_FIRST_SECRETARY
from cadres.sheets import columns, posting_rules, words
from cadres.sheets.postings import LEFT_LEAD, PostingSheet
from cadres.sheets.role_row import Row
from spreadsheets.fields import ChoiceWidget, Column, GivenColumn, TextWidget
from spreadsheets.sheet import register
from villages.sheets.profiles import TYPE_WORDS


@register
class FirstSecretarySheet(PostingSheet):
    """Found by township and village; a village has one first secretary."""

    name = "first_secretaries"
    title = _lazy("Roster of first secretaries")
    summary = _lazy("Who is first secretary where, since when and until when, and who sends them.")
    form_title = "驻村第一书记花名册"
    kinds = (FIRST_SECRETARY, RETIRED_FIRST_SECRETARY)
    asides = PostingSheet.asides | {posting_rules.TYPE}

    # fmt: off
    number = GivenColumn("序号", lambda posting: posting.number, width=6)
    county = columns.county()
    township = columns.township()
    village = Column("派驻村", "division__name", aliases=("任职村", "驻点村", "驻村", "村名"),
                     required=True, given=True, key=True, width=18,
                     meaning=_lazy("The village, also without 村委会 at its end."))
    village_type = Column("村类型", posting_rules.TYPE, width=12,
                          widget=ChoiceWidget(dict(TYPE_WORDS)), example="软弱涣散村",
                          meaning=_lazy("To read: it is kept with the profile of the village."))
    person = columns.name()
    sex = columns.sex()
    ethnicity = columns.ethnicity()
    birth = columns.birth()
    political_status = columns.political_status()
    party_joined = columns.party_joined()
    education = columns.education()
    degree = columns.degree()
    identity_type = columns.identity_type()
    organization = columns.organization()
    sender = columns.sender()
    position = columns.position()
    rank = columns.rank()
    start = Column("任职时间", "start", aliases=("任职起始时间", "到任时间"), required=True,
                   widget=words.DayOfMonthWidget(), width=10, example="2024.01",
                   meaning=_lazy("Since when; a month means its first day."))
    planned_end = Column("拟到期时间", "planned_end", aliases=("到期时间", "拟到期"), width=10,
                         widget=words.DayOfMonthWidget(is_last=True), example="2026.12",
                         meaning=_lazy("Planned until; a month means its last day."))
    batch = Column("轮换批次", "batch", width=12, widget=TextWidget(30), example="第三批",
                   meaning=_lazy("The rotation that the posting belongs to."))
    has_left_lead = Column("是否退出领导职务干部", LEFT_LEAD, width=12, example="是",
                           aliases=("是否退职干部", "是否为退职干部", "退职干部"),
                           widget=words.TickWidget(),
                           meaning=_lazy("Whether the person left a leading post; such ones are "
                                         "meant for villages with a weak organisation."))
    phone = columns.phone()
    note = columns.note()
    # fmt: on

    def kind_for(self, row: Row) -> PostingKind:
        return self.kind_of[RETIRED_FIRST_SECRETARY if row.says(LEFT_LEAD) else FIRST_SECRETARY]
