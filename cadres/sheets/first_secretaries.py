"""The roster of first secretaries (驻村第一书记花名册), as the offices write it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _lazy

from cadres.actions import bindings
from cadres.models import OrganizationBinding, PostingKind
from cadres.models.posting_kind import FIRST_SECRETARY, RETIRED_FIRST_SECRETARY
from cadres.sheets import columns, posting_rules, words
from cadres.sheets.postings import LEFT_LEAD, PostingSheet
from cadres.sheets.role_row import Row
from spreadsheets.fields import ChoiceWidget, Column
from spreadsheets.sheet import register
from villages.sheets.profiles import TYPE_WORDS


@register
class FirstSecretarySheet(PostingSheet):
    """Found by township and village; a village has one first secretary."""

    name = "first_secretaries"
    title = _lazy("Roster of first secretaries")
    summary = _lazy("Who is first secretary where, since when and until when, and who sends them.")
    form_title = "驻村第一书记花名册"
    title_words = ("第一书记",)
    kinds = (FIRST_SECRETARY, RETIRED_FIRST_SECRETARY)
    asides = PostingSheet.asides | {posting_rules.TYPE}
    hangs = (OrganizationBinding,)

    # fmt: off
    number = columns.number()
    county = columns.county()
    township = columns.township()
    village = columns.village("派驻村")
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
    start = columns.start()
    planned_end = columns.planned_end()
    batch = columns.batch()
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

    def write_after(self, rows: list[Row], writing: Any) -> None:
        """Whoever sends a first secretary is bound to the village."""
        super().write_after(rows, writing)
        villages = {row.wanted.division_id for row in rows if row.old is None or _rebinds(row)}
        bindings.follow(villages, self.user, writing.reason, writing.batch.pk)


def _rebinds(row: Row) -> bool:
    old, new = row.old, row.wanted
    return (old.start, old.organization_id) != (new.start, new.organization_id)
