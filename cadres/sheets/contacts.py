"""Contact points as the offices list them: leader, village, and what came of the visits."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from cadres.contact_coverage import leaders
from cadres.models import ContactPoint, ContactVisit, Person, Posting
from cadres.sheets import columns, groups
from cadres.sheets.register_sheet import RegisterSheet
from cadres.sheets.words import KeptTextWidget
from spreadsheets import masking
from spreadsheets.fields import Column, DateWidget, GivenColumn, half_width
from spreadsheets.form import Record
from spreadsheets.sheet import Heading, register
from villages.models import Division, Level
from villages.sheets import units_of


@register
class ContactPointSheet(RegisterSheet):
    """Contact points in force; a leader is found by name among the leaders of the county."""

    name = "contact_points"
    title = _lazy("Contact points")
    summary = _lazy("Which leader of a county stands by which village, and since when.")
    title_words = ("联系点", "包村联户")
    import_permission = "cadres.change_contactpoint"
    group = groups.CONTACTS
    export_permission = "cadres.view_contactpoint"
    reveal_permission = "cadres.reveal_person"
    model = ContactPoint
    versioned = True
    kept_at = "village"
    key = ("village__code", "leader__pk")
    told_by_code = ("village__parent__name",)

    # fmt: off
    number = GivenColumn("序号", lambda point: getattr(point, "number", None), width=6)
    leader = Column("领导姓名", "leader__name", aliases=("姓名", "联系领导"), required=True,
                    given=True, key=True, width=12, example="示五县",
                    meaning=_lazy("A leader in office at the county of the village."))
    position = Column("职务", "leader__position", given=True, width=18,
                      meaning=_lazy("The position of the leader, to read."))
    village = columns.contact_village("village__name")
    branch = Column("党支部", "branch", width=14, widget=KeptTextWidget(40), example="第一党支部",
                    meaning=_lazy("Only where it is one branch of the village."))
    township = columns.contact_township("village__parent__name")
    phone = Column("联系方式", "leader__phone", given=True, sensitive=True, width=14,
                   meaning=_lazy("The telephone of the leader, to read."))
    visits = GivenColumn("走访次数", lambda point: getattr(point, "visit_count", None), width=10)
    solved = GivenColumn("解决问题", lambda point: getattr(point, "solved", None), width=10)
    since = Column("联系起始日期", "since", aliases=("起始日期", "联系时间"), widget=DateWidget(),
                   width=14, example="2026-03-01",
                   meaning=_lazy("The first day; today for a new row that says nothing."))
    note = Column("备注", "note", width=20, widget=KeptTextWidget(200), example="每季度到村一次",
                  meaning=_lazy("A note."))
    code = columns.village_code("village__code")
    # fmt: on

    @cached_property
    def today(self) -> datetime.date:
        return timezone.localdate()

    @cached_property
    def leading(self) -> list[Posting]:
        """The leaders in office whom the user sees, read once."""
        counties = Division.objects.visible_to(self.viewer).filter(
            level__in=[Level.CITY, Level.COUNTY]
        )
        top = counties.order_by("path").first()
        if top is None:
            return []
        return list(leaders(top, self.viewer, self.today).select_related("person", "division"))

    def objects(self) -> QuerySet[Any]:
        held: QuerySet[Any] = super().objects().exclude(until__lt=self.today)
        return held.select_related("leader", "village__parent")

    def listed(self) -> QuerySet[Any]:
        return self.objects().filter(village__in=units_of(self))

    def stored(self) -> QuerySet[Any]:
        return _with_visits(super().stored())

    def instances(self) -> Iterable[Any]:
        """With what the visits came to; as many as a form has rows, not compared.

        The telephone of a leader whose record is not the user's stays masked, whatever is asked.
        """
        listed = _with_visits(self.listed())
        known = set(
            Person.objects.visible_to(self.viewer)
            .filter(pk__in=listed.values("leader"))
            .values_list("pk", flat=True)
        )
        for number, point in enumerate(listed.order_by(*self.key), start=1):
            point.number = number
            if point.leader_id not in known:
                point.leader.phone = masking.mask(point.leader.phone)
            yield point

    def key_of(self, values: dict[str, Any]) -> tuple[Any, ...]:
        found = self.village_of(values, self.kept_at)
        name = half_width(values.get("leader__name") or "")
        if not name:
            message = _("This cell tells which row is meant; fill it in.")
            raise ValidationError({"leader__name": message})
        alike = [p for p in self.leading if p.person.name == name and p.division.manages(found)]
        if len(alike) == 1:
            key = found.code, alike[0].person_id
            if until := self.ended.get(key):
                message = _("The leader had this contact point until %(day)s; set it on its page.")
                raise ValidationError({"leader__name": message % {"day": date_format(until)}})
            return key
        if alike:
            message = _("Several leaders are called %(name)s; set this one on its page.")
        else:
            message = _("No leader in office at the county of %(village)s is called %(name)s.")
        raise ValidationError(
            {"leader__name": message % {"name": name, "village": found.short_name}}
        )

    @cached_property
    def ended(self) -> dict[tuple[Any, ...], datetime.date]:
        """The last days of those that have ended and were not set again, by their keys."""
        seen = ContactPoint.objects.visible_to(self.viewer)
        last = seen.over(self.today).values_list(*self.key, "until").order_by("until")
        held = set(seen.exclude(until__lt=self.today).values_list(*self.key))
        return {(code, pk): until for code, pk, until in last if until and (code, pk) not in held}

    def find_new(self, values: dict[str, Any]) -> ContactPoint:
        return ContactPoint(since=self.today)

    def masked(self, record: Record) -> set[str]:
        """The telephone is not read at all, so a mask in its place says nothing."""
        return super().masked(record) - {self.phone.label}

    def content(self, values: dict[str, Any]) -> dict[str, Any]:
        content = super().content(values)
        if content.get("since", self.today) is None:
            del content["since"]
        return content

    def permit(self, old: ContactPoint | None, new: ContactPoint) -> None:
        """A contact point does not begin before its leader is in office."""
        held = next((p for p in self.leading if p.person_id == new.leader_id), None)
        if held is None or held.start > new.since:
            raise ValidationError({"since": _("The leader was not in office on this day yet.")})
        if old is None and held.end is not None:
            new.until = held.end
        elif old and new.since > old.since:
            earlier = old.visits.filter(on__lt=new.since).order_by("on").first()
            if earlier:
                message = _("There was a visit on %(day)s already.")
                raise ValidationError({"since": message % {"day": date_format(earlier.on)}})

    def is_untouched(self, instance: ContactPoint) -> bool:
        return not instance.visits.exists()

    def apply(self, rows: Any, batch: Any) -> None:
        rows = list(rows)
        _hold_leaders(rows)
        super().apply(rows, batch)

    def undo(self, rows: Any, batch: Any) -> None:
        rows = list(rows)
        _hold_leaders(rows)
        super().undo(rows, batch)

    def heading(self) -> Heading:
        return Heading(title="县级领导干部联系点一览表", unit_line=self.unit_line())


def _with_visits(points: QuerySet[Any]) -> QuerySet[Any]:
    visits = ContactVisit.objects.filter(contact_point=OuterRef("pk")).order_by()
    per_point = visits.values("contact_point")
    counted: QuerySet[Any] = points.annotate(
        visit_count=Coalesce(Subquery(per_point.annotate(n=Count("pk")).values("n")), 0),
        solved=Coalesce(Subquery(per_point.annotate(n=Sum("problems_solved")).values("n")), 0),
    )
    return counted


def _hold_leaders(rows: Iterable[Any]) -> None:
    """Before their contact points, as on the pages: no posting of theirs ends meanwhile."""
    Person.objects.filter(pk__in={row.after["leader__pk"] for row in rows}).lock()
