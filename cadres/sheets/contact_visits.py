"""Visits to contact points as a register: a row for each visit, with what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from cadres.models import ContactPoint, ContactVisit
from cadres.models.contact import HelpForm, in_order
from cadres.sheets import columns, groups
from cadres.sheets.holding import lock
from cadres.sheets.register_sheet import RegisterSheet
from cadres.sheets.words import KeptTextWidget
from spreadsheets.fields import (
    CellWidget,
    ChoiceWidget,
    Column,
    DateWidget,
    GivenColumn,
    WholeNumberWidget,
    half_width,
)
from spreadsheets.several import SEVERAL, parted
from spreadsheets.sheet import Heading, register
from villages.sheets import units_of

HELP_WORDS = {
    "讲解政策": HelpForm.POLICY,
    "宣讲政策": HelpForm.POLICY,
    "更新观念": HelpForm.VIEWS,
    "提供项目": HelpForm.PROJECT,
    "协调项目": HelpForm.PROJECT,
    "协调资金": HelpForm.FUNDS,
    "其他": HelpForm.OTHER,
}


class HelpWidget(CellWidget):
    """Several ways of help in one cell; kept in the order of the list, as on the page."""

    def __init__(self) -> None:
        super().__init__()
        self.one = ChoiceWidget(dict(HELP_WORDS))

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return in_order(",".join(self.one.clean(word) for word in parted(half_width(value))))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        if not value:
            return value
        return SEVERAL.join(self.one.render(code) for code in in_order(value).split(","))

    @property
    def accepts(self) -> str:
        return f"{self.one.accepts} {_('Several words with 、 between them.')}"


@register
class ContactVisitSheet(RegisterSheet):
    """A visit is told by its contact point and its day; of another day it is another one."""

    name = "contact_visits"
    title = _lazy("Visits to contact points")
    summary = _lazy("When a leader was at the contact point, and which problems were solved.")
    title_words = ("走访",)
    group = groups.CONTACTS
    import_permission = "cadres.change_contactvisit"
    export_permission = "cadres.view_contactvisit"
    model = ContactVisit
    versioned = True
    kept_at = "contact_point__village"
    key = ("contact_point__pk", "on")
    told_by_code = ("contact_point__village__parent__name",)

    # fmt: off
    leader = Column("领导姓名", "contact_point__leader__name", aliases=("姓名", "联系领导"),
                    required=True, given=True, key=True, width=12, example="示五县",
                    meaning=_lazy("Whose contact point it was on the day."))
    village = columns.contact_village("contact_point__village__name")
    township = columns.contact_township("contact_point__village__parent__name")
    on = Column("走访日期", "on", aliases=("日期", "走访时间"), required=True, key=True, width=14,
                widget=DateWidget(), example="2026-03-18",
                meaning=_lazy("The day of the visit; tells the row together with the contact "
                              "point."))
    forms = Column("帮扶方式", "forms", aliases=("帮扶形式",), required=True, width=20,
                   widget=HelpWidget(), example="讲解政策、协调资金",
                   meaning=_lazy("In which ways help was given."))
    raised = Column("反映问题数", "problems_raised", aliases=("提出问题数", "问题数"), width=10,
                    widget=WholeNumberWidget(), example="3",
                    meaning=_lazy("How many problems were raised."))
    solved = Column("其中已解决", "problems_solved", aliases=("解决问题数", "已解决"), width=10,
                    widget=WholeNumberWidget(), example="2",
                    meaning=_lazy("How many of them are solved by now."))
    problems = Column("反映问题", "problems", aliases=("问题", "问题内容"), width=36,
                      widget=KeptTextWidget(500), example="灌溉渠年久失修",
                      meaning=_lazy("The matter, without names of villagers."))
    results = Column("解决情况", "results", width=36, widget=KeptTextWidget(500),
                     example="已列入县级小型水利项目", meaning=_lazy("What became of it."))
    is_held = GivenColumn("联系点现状", lambda visit: state_of(visit.contact_point), width=10)
    code = columns.village_code("contact_point__village__code")
    # fmt: on

    @cached_property
    def points(self) -> dict[str, list[ContactPoint]]:
        """All that the user sees, also those that have ended, by the code of the village."""
        found = defaultdict(list)
        seen = ContactPoint.objects.visible_to(self.viewer).select_related("leader", "village")
        for point in seen:
            found[point.village.code].append(point)
        return found

    def objects(self) -> QuerySet[Any]:
        paths = ("contact_point__leader", "contact_point__village__parent")
        return super().objects().select_related(*paths)

    def stored(self) -> QuerySet[Any]:
        return self.objects()

    def rows_to_tell(self) -> QuerySet[Any]:
        return super().rows_to_tell().select_related("contact_point__leader", self.kept_at)

    def listed(self) -> QuerySet[Any]:
        return self.objects().filter(contact_point__village__in=units_of(self))

    def instances(self) -> Iterable[Any]:
        ordered = ("contact_point__village__code", "contact_point__pk", "on")
        return self.listed().order_by(*ordered).iterator(chunk_size=2000)

    def key_of(self, values: dict[str, Any]) -> tuple[Any, ...]:
        village = self.village_of(values, self.kept_at)
        day: Any = values.get("on")
        leader = "contact_point__leader__name"
        name = half_width(values.get(leader) or "")
        if missing := [at for at, value in ((leader, name), ("on", day)) if not value]:
            message = _("This cell tells which row is meant; fill it in.")
            raise ValidationError(dict.fromkeys(missing, message))
        known = [p for p in self.points[village.code] if p.leader.name == name]
        held = [p for p in known if p.is_held(day)]
        if len(held) != 1:
            message = _("%(village)s was no contact point of %(name)s on %(day)s.")
            says = {"name": name, "village": village.short_name, "day": date_format(day)}
            raise ValidationError({"on" if known else leader: message % says})
        return held[0].pk, day

    def content(self, values: dict[str, Any]) -> dict[str, Any]:
        """Numbers that are left empty are none."""
        content = super().content(values)
        for name in ("problems_raised", "problems_solved"):
            if name in content:
                content[name] = content[name] or 0
        return content

    def permit(self, old: ContactVisit | None, new: ContactVisit) -> None:
        if new.on > timezone.localdate():
            raise ValidationError({"on": _("This day is yet to come; note it when it was.")})

    def apply(self, rows: Any, batch: Any) -> None:
        """Whoever ends a contact point meanwhile waits, as on the pages."""
        rows = list(rows)
        lock(ContactPoint, (row.after["contact_point__pk"] for row in rows))
        super().apply(rows, batch)

    def undo(self, rows: Any, batch: Any) -> None:
        rows = list(rows)
        lock(ContactPoint, (row.after["contact_point__pk"] for row in rows))
        super().undo(rows, batch)

    def heading(self) -> Heading:
        return Heading(title="县级领导干部走访联系点情况登记表", unit_line=self.unit_line())


def state_of(point: ContactPoint) -> str:
    return "联系中" if point.is_held(timezone.localdate()) else "已结束"
