"""Holidays and make-up workdays as a sheet, as the State Council's notice lists them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.fields import Column, DateWidget, TextWidget, YesNoWidget
from spreadsheets.model_sheet import ModelSheet
from spreadsheets.sheet import Heading, register
from tasks.models import SpecialDay
from tasks.sheets.quarter_sheet import LEDGER
from villages.models import Level


@register
class SpecialDaySheet(ModelSheet):
    """Common to all, so the city alone brings it in; everybody may take it out."""

    name = "special_days"
    title = _lazy("Holidays and make-up workdays")
    group = LEDGER
    summary = _lazy("The days that are not what their weekday says; notice periods count by them.")
    import_permission = "tasks.change_specialday"
    export_permission = "tasks.view_specialday"
    model = SpecialDay
    key = ("on",)

    # fmt: off
    on = Column("日期", "on", required=True, key=True, width=16, widget=DateWidget(),
                example="2026-10-10", meaning=_lazy("The day; one row for each."))
    is_workday = Column("是否上班", "is_workday", aliases=("上班",), required=True, width=12,
                        widget=YesNoWidget(), example="是",
                        meaning=_lazy("是 for a weekend on which people work, 否 for a holiday."))
    label = Column("名称", "name", aliases=("节日", "节假日"), required=True, width=24,
                   widget=TextWidget(30), example="国庆节调休",
                   meaning=_lazy("Which holiday it belongs to."))
    # fmt: on

    @classmethod
    def may(cls, user: Any, permission: str) -> bool:
        """The calendar moves everybody's dates."""
        of_city = user is None or user.sees_everything or user.level == Level.CITY
        return super().may(user, permission) and (permission != cls.import_permission or of_city)

    def heading(self) -> Heading:
        return Heading(title="节假日和调休上班日表", footer="")
