"""Organisations, what villages need, and the facts of persons as plain tables."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from cadres.models import Organization, Person, VillageNeed
from cadres.sheets import columns, groups, words
from cadres.sheets.register_sheet import RegisterSheet
from spreadsheets.fields import (
    ChoiceWidget,
    CodeWidget,
    Column,
    TextWidget,
    WholeNumberWidget,
    YesNoWidget,
)
from spreadsheets.sheet import Heading, register
from villages.sheets import units_of


@register
class OrganizationSheet(RegisterSheet):
    """Those that the own unit or one below keeps."""

    name = "organizations"
    title = _lazy("Sending organisations")
    summary = _lazy("Who sends cadres: the level, the unit it belongs to, how many it can send.")
    import_permission = "cadres.change_organization"
    group = groups.PEOPLE
    export_permission = "cadres.view_organization"
    model = Organization
    key = ("name", "division__code")
    version = 2

    # fmt: off
    label = Column("单位名称", "name", aliases=("选派单位", "派出单位"), required=True, key=True,
                   width=28, widget=words.OrganizationNameWidget(60), example="测试市农业农村局",
                   meaning=_lazy("The name; tells the row together with the unit."))
    unit = Column("所属区划代码", "division__code", aliases=("区划代码",), required=True, key=True,
                  width=16, widget=CodeWidget(), example="410500000000",
                  meaning=_lazy("The code of the city, or of the county it belongs to."))
    unit_name = Column("所属区划", "division__name", given=True, width=14,
                       meaning=_lazy("The name of the unit, to read."))
    level = Column("单位层级", "level", required=True, width=10, example="市派",
                   widget=ChoiceWidget(dict(words.SENDERS)), options=("省派", "市派", "县派"),
                   meaning=_lazy("省派, 市派 or 县派."))
    capacity = Column("可选派人数", "capacity", aliases=("选派名额",), width=10, example="2",
                      widget=WholeNumberWidget(),
                      meaning=_lazy("How many it can send; empty for no limit."))
    functions = columns.tags("职能领域", "functions__name", "职能",
                             meaning=_lazy("What the organisation does, in fields of work."))
    strengths = columns.tags("专长领域", "strengths__name", "专长",
                             meaning=_lazy("What the organisation is good at."))
    # fmt: on

    def objects(self) -> QuerySet[Any]:
        return Organization.objects.kept_by(self.viewer)

    def permit(self, old: Any, new: Any) -> None:
        own = self.viewer.division
        if own and not own.manages(new.division):
            raise ValidationError({"division__code": _("This unit is not yours to keep.")})

    def heading(self) -> Heading:
        return Heading(title="选派单位名册", footer="")


@register
class VillageNeedSheet(RegisterSheet):
    """One row for each need of a village."""

    name = "village_needs"
    title = _lazy("Needs of villages")
    summary = _lazy("What each village needs from whoever is sent there.")
    import_permission = "cadres.change_villageneed"
    group = groups.PEOPLE
    export_permission = "cadres.view_villageneed"
    model = VillageNeed
    key = ("division__code", "tag__name")

    # fmt: off
    unit = Column("区划代码", "division__code", required=True, key=True, width=16,
                  widget=CodeWidget(), example="410581101201",
                  meaning=_lazy("The code of the village; tells the row together with the need."))
    township = Column("乡（镇、街道）", "division__parent__name", given=True, width=14)
    village = Column("村", "division__name", given=True, width=18)
    need = Column("需求领域", "tag__name", aliases=("需求", "领域"), required=True, key=True,
                  width=14, widget=TextWidget(20), example="产业发展",
                  meaning=_lazy("A field of work as the city keeps them."))
    # fmt: on

    def listed(self) -> QuerySet[Any]:
        return super().listed().filter(division__in=units_of(self))

    def heading(self) -> Heading:
        return Heading(title="村需求清单", footer="")


@register
class PersonSheet(RegisterSheet):
    """Facts of persons who are known: new ones come with their posting or their team."""

    name = "persons"
    title = _lazy("Facts of persons")
    summary = _lazy("Basic facts of those who are in the registers, to be put right.")
    import_permission = "cadres.change_person"
    group = groups.PEOPLE
    export_permission = "cadres.view_person"
    reveal_permission = "cadres.reveal_person"
    model = Person
    key = ("id",)
    version = 2
    derived = ("pinyin", "identity_digest", "rank_level")
    versioned = True

    # fmt: off
    number = Column("人员编号", "id", required=True, given=True, key=True, width=10,
                    widget=WholeNumberWidget(), meaning=_lazy("Tells the person; leave it."))
    unit_name = Column("所在单位", "division__name", given=True, width=18,
                       meaning=_lazy("Where the person serves, to read."))
    person = columns.name("name")
    sex = columns.sex("sex")
    ethnicity = columns.ethnicity("ethnicity")
    birth = columns.birth("birth")
    identity_number = columns.identity_number("identity_number")
    political_status = columns.political_status("political_status")
    party_joined = columns.party_joined("party_joined")
    education = columns.education("education")
    degree = columns.degree("degree")
    studied = columns.studied("studied")
    identity_type = columns.identity_type("identity_type")
    position = columns.position("position")
    rank = columns.rank("rank")
    has_left_lead = Column("是否退出领导职务", "has_left_lead", width=8, widget=YesNoWidget(),
                           example="是", meaning=_lazy("Whether the person left a leading post."))
    phone = columns.phone("phone")
    strengths = columns.tags("专长领域", "strengths__name", "专长", "特长",
                             meaning=_lazy("What the person is good at, in fields of work."))
    # fmt: on

    def objects(self) -> QuerySet[Any]:
        return Person.objects.visible_to(self.viewer).standing()

    def listed(self) -> QuerySet[Any]:
        return super().listed().filter(division__in=units_of(self))

    def content(self, values: dict[str, Any]) -> dict[str, Any]:
        content = super().content(values)
        if content.get("name") == "":
            raise ValidationError({"name": _("The name of the person is missing.")})
        return content

    def permit(self, old: Any, new: Any) -> None:
        if old is not None:
            new.follow_words(old)

    def find_new(self, values: dict[str, Any]) -> Person:
        raise ValidationError(
            {"id": _("No person of yours has this number; new ones come with their roster.")}
        )

    def heading(self) -> Heading:
        return Heading(title="人员基本信息表", footer="")
