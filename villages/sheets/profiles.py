"""The facts of villages as a sheet: one row for every village, also where nothing is known yet."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.fields import (
    ChoiceWidget,
    CodeWidget,
    Column,
    TextWidget,
    WholeNumberWidget,
    YesNoWidget,
)
from spreadsheets.model_sheet import ModelSheet
from spreadsheets.sheet import Heading, register
from villages.models import Division, Level, VillageProfile
from villages.sheets.divisions import VILLAGES
from villages.sheets.finder import DivisionFinder, units_of

TYPE_WORDS = {
    "脱贫村": VillageProfile.VillageType.OUT_OF_POVERTY,
    "软弱涣散村": VillageProfile.VillageType.WEAK,
    "示范村": VillageProfile.VillageType.DEMONSTRATION,
    "易地搬迁村": VillageProfile.VillageType.RELOCATED,
    "其他": VillageProfile.VillageType.OTHER,
    "其他村": VillageProfile.VillageType.OTHER,
}
MODE_WORDS = {
    "政策扶持型": VillageProfile.DevelopmentMode.POLICY,
    "飞地合作（园区建设）型": VillageProfile.DevelopmentMode.ENCLAVE,
    "电商助力型": VillageProfile.DevelopmentMode.ECOMMERCE,
    "乡村旅游型": VillageProfile.DevelopmentMode.TOURISM,
    "龙头带动型": VillageProfile.DevelopmentMode.LEADING_FIRM,
    "资产租赁型": VillageProfile.DevelopmentMode.LEASING,
    "服务创收型": VillageProfile.DevelopmentMode.SERVICES,
    "特色农业型": VillageProfile.DevelopmentMode.SPECIALITY,
}
URBAN_RURAL_WORDS = {code: code for code in VillageProfile.UrbanRural.values}


@register
class VillageProfileSheet(ModelSheet):
    """Found by code, or by township and village in any of their usual names."""

    name = "village_profiles"
    title = _lazy("Village profiles")
    summary = _lazy(
        "What each village is: its type, its way of development, households and people."
    )
    group = VILLAGES
    import_permission = "villages.change_villageprofile"
    export_permission = "villages.view_villageprofile"
    model = VillageProfile
    key = ("division__code",)
    offers_new = True

    # fmt: off
    township = Column("乡（镇、街道）", "division__parent__name", aliases=("乡镇", "乡（镇）"),
                      required=True, given=True, key=True, width=15,
                      meaning=_lazy("The township; tells the row together with the village."))
    village = Column("村", "division__name", aliases=("村名", "村（社区）"), required=True,
                     given=True, key=True, width=20,
                     meaning=_lazy("The village, also without 村委会 at its end."))
    code = Column("区划代码", "division__code", given=True, key=True, width=16,
                  widget=CodeWidget(), meaning=_lazy("12 digits; tells which division the row is."))
    urban_rural_code = Column("城乡分类代码", "urban_rural_code", width=10, example="220",
                              widget=ChoiceWidget(URBAN_RURAL_WORDS),
                              meaning=_lazy("The code of the National Bureau of Statistics."))
    village_type = Column("村类型", "village_type", widget=ChoiceWidget(dict(TYPE_WORDS)),
                          example="脱贫村", meaning=_lazy("Other villages are 其他."))
    is_demonstration = Column("是否乡村振兴示范村", "is_demonstration", widget=YesNoWidget(),
                              aliases=("乡村振兴示范村",), example="是",
                              meaning=_lazy("Whether it is a demonstration village."))
    development_mode = Column("发展模式", "development_mode", width=18, example="特色农业型",
                              widget=ChoiceWidget(dict(MODE_WORDS)),
                              meaning=_lazy("How the collective economy grows."))
    leading_industry = Column("主导产业", "leading_industry", width=18, widget=TextWidget(60),
                              example="菌菇种植", meaning=_lazy("The industry that leads."))
    households = Column("总户数", "households", aliases=("户数",), widget=WholeNumberWidget(),
                        width=10, example="312", meaning=_lazy("Households."))
    residents = Column("常住人口", "residents", aliases=("人口",), widget=WholeNumberWidget(),
                       width=10, example="1 046", meaning=_lazy("People who live there."))
    party_members = Column("党员数", "party_members", aliases=("党员人数",), width=10,
                           widget=WholeNumberWidget(), example="38",
                           meaning=_lazy("Party members; at most the residents."))
    # fmt: on

    @cached_property
    def finder(self) -> DivisionFinder:
        return DivisionFinder(Division.objects.visible_to(self.viewer).select_related("parent"))

    def key_of(self, values: dict[str, Any]) -> tuple[Any, ...]:
        names = ("division__code", "division__parent__name", "division__name")
        code, township, village = (values.get(name) or "" for name in names)
        try:
            return (self.finder.find(code, township, village).code,)
        except ValidationError as error:
            raise ValidationError({"division__name": error}) from error

    def objects(self) -> QuerySet[Any]:
        return super().objects().select_related("division")

    def instances(self) -> Iterable[Any]:
        villages = units_of(self).filter(level=Level.VILLAGE)
        listed = villages.select_related("parent", "profile").order_by("code")
        for village in listed.iterator(chunk_size=2000):
            yield getattr(village, "profile", None) or VillageProfile(division=village)

    def heading(self) -> Heading:
        return Heading(title="村基本情况表", unit_line=self.unit_line())
