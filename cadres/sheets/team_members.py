"""The roster of village teams (村“两委”班子成员花名册), as the offices write it."""

from __future__ import annotations

import copy
import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from cadres.actions.serving import settle_members
from cadres.indicators import last_assessed
from cadres.models import Person, StandardAssessment, TeamMember, Term, VillageTeam
from cadres.models.standard import NUMBERS, Standard
from cadres.sheets import columns, groups, words
from cadres.sheets.role_row import Row
from cadres.sheets.role_sheet import RoleSheet
from cadres.sheets.told import Told
from cadres.team_bulk import check_members, put_teams
from cadres.term_choice import in_use, term_of
from rawsql.parts import in_parts
from spreadsheets.errors import Refused
from spreadsheets.fields import (
    ChoiceWidget,
    Column,
    GivenColumn,
    WholeNumberWidget,
    YesNoWidget,
    half_width,
)
from spreadsheets.form import Form
from spreadsheets.sheet import Heading, register
from villages.models import Division
from villages.sheets import units_of

PARTY, COMMITTEE, SUPERVISION = "party_position", "committee_position", "supervision_position"
SECRETARY = TeamMember.PartyPosition.SECRETARY
DIRECTOR = TeamMember.CommitteePosition.DIRECTOR
# Written where the party position stands, of somebody who is both.
BOTH = ("书记兼主任", "书记、主任", "一肩挑")
PARTY_WORDS: dict[str, str] = {
    "书记": SECRETARY,
    "党支部书记": SECRETARY,
    "支部书记": SECRETARY,
    "党总支书记": SECRETARY,
    "党委书记": SECRETARY,
    **dict.fromkeys(BOTH, SECRETARY),
    "副书记": TeamMember.PartyPosition.DEPUTY,
    "党支部副书记": TeamMember.PartyPosition.DEPUTY,
    "委员": TeamMember.PartyPosition.MEMBER,
    "支部委员": TeamMember.PartyPosition.MEMBER,
    "支委": TeamMember.PartyPosition.MEMBER,
}
COMMITTEE_WORDS: dict[str, str] = {
    "主任": DIRECTOR,
    "村委会主任": DIRECTOR,
    "副主任": TeamMember.CommitteePosition.DEPUTY,
    "村委会副主任": TeamMember.CommitteePosition.DEPUTY,
    "委员": TeamMember.CommitteePosition.MEMBER,
    "村委委员": TeamMember.CommitteePosition.MEMBER,
}
SUPERVISION_WORDS: dict[str, str] = {
    "主任": TeamMember.SupervisionPosition.DIRECTOR,
    "监委会主任": TeamMember.SupervisionPosition.DIRECTOR,
    "委员": TeamMember.SupervisionPosition.MEMBER,
    "监委会委员": TeamMember.SupervisionPosition.MEMBER,
}
BASICS, OFFICE, SCHOOL, MORE = "基本情况", "任职情况", "学历情况", "其他"
# What of a person a membership repeats, as it was in the term.
REPEATED = ("education", "political_status")
DERIVED = ("has_dual_role", "is_cross_appointed", "years")


def _flag(label: str, attribute: str, meaning: Any, **also: Any) -> Column:
    return Column(label, attribute, width=8, group=MORE, widget=words.TickWidget(),
                  example="是", meaning=meaning, **also)  # fmt: skip


@register
class TeamMemberSheet(RoleSheet):
    """Who is in office in the teams of a term; without one, in the team that serves in a village.

    The term is the period of the target, by its year (`?period=2021`).
    """

    name = "team_members"
    title = _lazy("Members of village teams")
    summary = _lazy("Who is in the two committees of each village, in which position, since when.")
    title_words = ("班子成员", "“两委”", "两委班子")
    period_label = _lazy("Election term")
    import_permission = "cadres.change_teammember"
    group = groups.TEAMS
    export_permission = "cadres.view_teammember"
    model = TeamMember
    adds = (VillageTeam,)
    seats = (PARTY, COMMITTEE)
    place = ("team__village__parent__name", "team__village__name", "")
    asides: ClassVar[frozenset[str]] = frozenset(DERIVED)

    # fmt: off
    number = columns.number()
    township = columns.township("team__village__parent__name")
    village = Column("村名", "team__village__name", aliases=("村", "村（社区）"), required=True,
                     given=True, key=True, width=18,
                     meaning=_lazy("The village, also without 村委会 at its end."))
    person = columns.name(group=BASICS)
    sex = columns.sex(group=BASICS)
    ethnicity = columns.ethnicity(group=BASICS)
    birth = columns.birth(group=BASICS)
    identity_number = columns.identity_number(group=BASICS)
    political_status = columns.political_status("political_status", group=BASICS)
    party_joined = columns.party_joined(group=BASICS)
    education = columns.education("education", group=SCHOOL)
    studied = columns.studied(group=SCHOOL)
    party_position = Column("党组织职务", PARTY, aliases=("党支部职务", "党内职务"), width=10,
                            group=OFFICE, widget=ChoiceWidget(dict(PARTY_WORDS)), example="书记",
                            options=("书记", "副书记", "委员"),
                            meaning=_lazy("书记, 副书记 or 委员; empty for who has none."))
    committee_position = Column("村委会职务", COMMITTEE, aliases=("村委职务",), width=10,
                                group=OFFICE, widget=ChoiceWidget(dict(COMMITTEE_WORDS)),
                                options=("主任", "副主任", "委员"), example="主任",
                                meaning=_lazy("主任, 副主任 or 委员; empty for who has none."))
    supervision_position = Column("监委会职务", SUPERVISION, width=10, group=OFFICE,
                                  aliases=("村监委会职务",), options=("主任", "委员"),
                                  widget=ChoiceWidget(dict(SUPERVISION_WORDS)), example="委员",
                                  meaning=_lazy("主任 or 委员; empty for who has none."))
    has_dual_role = Column("是否“一肩挑”", "has_dual_role", aliases=("一肩挑",), width=8,
                           group=OFFICE, widget=YesNoWidget(), example="是",
                           meaning=_lazy("To read: it follows from the positions."))
    is_cross_appointed = Column("是否交叉任职", "is_cross_appointed", group=OFFICE, width=8,
                                aliases=("交叉任职",), widget=YesNoWidget(), example="是",
                                meaning=_lazy("To read: it follows from the positions."))
    is_new = Column("是否新任", "is_new", aliases=("新任", "是否新当选"), width=8, group=OFFICE,
                    widget=words.TickWidget(), example="是",
                    meaning=_lazy("Whether newly elected in this term."))
    since = Column("任现职时间", "since", aliases=("任职时间",), width=10, group=OFFICE,
                   widget=words.PersonMonthWidget(), example="2021.03",
                   meaning=_lazy("The month of taking this office."))
    years = Column("任职年限", "years", width=8, group=OFFICE, example="5",
                   widget=WholeNumberWidget(), meaning=_lazy("To read: full years in this office."))
    is_entrepreneur = _flag("是否致富带头人", "is_entrepreneur",
                            _lazy("Whether the person leads others to prosperity."),
                            aliases=("致富带头人",))
    is_veteran = _flag("是否退役军人", "is_veteran", aliases=("退役军人",),
                       meaning=_lazy("Whether the person served in the army."))
    is_returnee = _flag("是否返乡人员", "is_returnee", aliases=("返乡人员", "是否返乡创业"),
                        meaning=_lazy("Whether the person returned home."))
    is_graduate = _flag("是否大学毕业生", "is_graduate",
                        _lazy("Whether the person is a graduate of a university."),
                        aliases=("大学毕业生",))
    standard = GivenColumn("是否四有四带/四好四强", lambda member: member.standard, width=10,
                           group=MORE, meaning=_lazy("To read: as last assessed in the term."))
    phone = columns.phone(group=MORE)
    note = columns.note(group=MORE)
    # fmt: on

    @cached_property
    def term(self) -> Term | None:
        """The one that was chosen; raises Refused where there is no such term, or none at all."""
        if self.in_use is None:
            raise Refused(_("There is no term of village teams yet; the city opens it."))
        if not self.target.period:
            return None
        try:
            return term_of(self.target.period)
        except Term.DoesNotExist:
            message = _("There is no term of village teams of %(year)s.")
            raise Refused(message % {"year": self.target.period}) from None

    @cached_property
    def in_use(self) -> Term | None:
        return in_use()

    def teams(self) -> models.QuerySet[VillageTeam]:
        """One of each village at most."""
        if self.term is None:
            return VillageTeam.objects.standing()
        return VillageTeam.objects.filter(term=self.term)

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        terms = [(str(term.year), term.name) for term in Term.objects.all()]
        return {"period": [("", _("Teams serving now")), *terms]}

    def open(self, form: Form) -> None:
        """A file that was downloaded here belongs to the term that it was downloaded for."""
        period = form.meta.get("period", "") if form.meta else self.target.period
        if self.target.period not in ("", period):
            message = _("This file was downloaded for another term than %(year)s.")
            raise Refused(message % {"year": self.target.period})
        super().open(form)
        self.target = replace(self.target, period=period)

    @cached_property
    def today(self) -> datetime.date:
        return timezone.localdate()

    def listed(self) -> models.QuerySet[Any]:
        members = TeamMember.objects.visible_to(self.viewer).in_office()
        members = members.filter(team__in=self.teams(), team__village__in=units_of(self))
        return members.select_related("person").defer("person__pinyin")

    def instances(self) -> Iterable[TeamMember]:
        """Village by village, in each in the order of the form."""
        ordered = self.listed().in_form_order()  # type: ignore[attr-defined]
        ordered = ordered.order_by("team__village__code", *ordered.query.order_by)
        ordered, teams = ordered.annotate(**self._assessed()), self._listed_teams()
        for number, member in enumerate(ordered.iterator(chunk_size=2000), 1):
            member.team = teams.get(member.team_id) or member.team  # one that came meanwhile
            member.number, member.years = number, member.years_served(self.today)
            met = NUMBERS in (getattr(member, standard) for standard in Standard)
            member.standard = "是" if met else "否"
            yield self.seen(member)

    def _listed_teams(self) -> dict[int, VillageTeam]:
        """With their villages, each made once: most of a roster's time went into making the
        same village anew for each of its members."""
        teams = self.teams().filter(village__in=units_of(self))
        return {team.pk: team for team in teams.select_related("village__parent")}

    def _assessed(self) -> dict[str, models.Case]:
        """What each member met of each standard, by the rule that the indicators count by."""
        terms = [self.term] if self.term else list(Term.objects.all())
        seen = StandardAssessment.objects.visible_to(self.viewer)
        return {standard.value: last_assessed(standard, terms, seen) for standard in Standard}

    # Checking

    def load(self, units: Collection[Division]) -> None:
        self._teams: dict[int, VillageTeam] = {}
        self._at = defaultdict[int, list[TeamMember]](list)
        self._elsewhen: set[tuple[int, int]] = set()
        for some in in_parts(unit.pk for unit in units):
            teams = self.teams().filter(village__in=some).select_related("term")
            self._teams |= {team.village_id: team for team in teams}
            members = TeamMember.objects.in_office().filter(
                team__in=self.teams(), team__village__in=some
            )
            for member in members.select_related("person", "team").order_by("pk"):
                self._at[member.team.village_id].append(member)
            others = TeamMember.objects.in_office().filter(team__village__in=some)
            others = others.exclude(team__in=self.teams())
            self._elsewhen |= set(others.values_list("team__village", "person"))

    def lines_at(self, unit: Division) -> Iterable[TeamMember]:
        return self._at[unit.pk]

    def new_line(self, row: Row) -> TeamMember:
        unit: Any = row.unit
        person = copy.copy(row.person) if row.person else Person(division=unit)
        return TeamMember(team=self._team_of(unit), person=person)

    def _team_of(self, unit: Division) -> VillageTeam:
        if unit.pk not in self._teams:
            term: Any = self.term or self.in_use
            self._teams[unit.pk] = VillageTeam(term=term, village=unit)
        return self._teams[unit.pk]

    def read(self, row: Row) -> None:
        """Of whoever is both only one cell may say so."""
        written = half_width(row.record.cells.get(self.labels[PARTY]))
        if written in BOTH and not row.says(COMMITTEE):
            row.values[COMMITTEE] = DIRECTOR
            row.doubtful(PARTY, _("Taken for 书记 here and 主任 in the village committee."))

    def put(self, row: Row, told: Told, value: Any) -> None:
        super().put(row, told, value)
        if told.name in REPEATED:
            setattr(row.wanted.person, told.name, value)

    def rules(self, row: Row) -> None:
        member = row.wanted
        if row.old is None:
            self._ask_team(row, member.team)
        if not (member.party_position or member.committee_position or member.supervision_position):
            row.wrong(PARTY, _("A member holds at least one position."))
        member.take_from_person()
        for name in self.left_aside(row):
            message = _("The other cells say %(value)s here; that is taken.")
            row.doubtful(name, message % {"value": _shown(self._derived(member)[name])})

    def _derived(self, member: TeamMember) -> dict[str, Any]:
        return {
            "has_dual_role": member.has_dual_role,
            "is_cross_appointed": member.is_cross_appointed,
            "years": member.years_served(self.today),
        }

    def left_aside(self, row: Row) -> Iterator[str]:
        for name, value in self._derived(row.wanted).items():
            if value is not None and row.says(name) not in (None, value):
                yield name

    def _ask_team(self, row: Row, team: VillageTeam) -> None:
        """A roster begins no election: only a village that never had a team gets its first one.

        Should another team serve by the time of applying, the row is looked at again.
        """
        if self.term and team._state.adding:
            message = _(
                "The election of %(term)s has not begun in this village. "
                "Open its team on the page of village teams first."
            )
            row.wrong("team__village__name", message % {"term": self.term})
        if row.mark and row.person and (team.village_id, row.person.pk) in self._elsewhen:
            message = _(
                "This person is in another team of the village, perhaps the one that served when "
                "the file was downloaded. This row adds the person to the team of %(term)s."
            )
            row.doubtful("person__name", message % {"term": team.term})
        if row.unit and (gone := row.unit.gone_in_words(self.today)):
            row.wrong("team__village__name", gone)
        row.does["term"] = team.term.year

    def rules_among(self, rows: list[Row]) -> None:
        mentioned = {row.old.pk for row in rows if row.old}
        units = {row.unit.pk: row for row in rows if row.unit}
        stay = [m for pk in units for m in self._at[pk] if m.pk not in mentioned]
        with _numbered(rows):
            wrong = check_members([row.wanted for row in rows], stay)
        for place, told in wrong.items():
            for name, message in told:
                rows[place].wrong(name if name in self.labels else "person__name", message)
        for member in stay:
            message = _("%(name)s is in this team and not in the file, and stays in it.")
            village = units[member.team.village_id]
            village.doubtful("team__village__name", message % {"name": member.person.name})

    # Writing

    def write_beside(self, rows: list[Row], writing: Any) -> None:
        new = [row for row in rows if row.old is None]
        first = {row.unit.pk: row.unit for row in new if row.unit and not row.wanted.team.pk}
        made: dict[int, VillageTeam] = {}
        if first and self.in_use:
            made = put_teams(self.in_use, first.values(), self.user, writing.at, writing.batch.pk)
        for row in new:
            if row.unit:
                row.wanted.team = made.get(row.unit.pk) or row.wanted.team
                row.wanted.team.village = row.unit

    def make_way(self, keys: Collection[int]) -> None:
        for some in in_parts(keys):
            aside = TeamMember.objects.filter(pk__in=some)
            aside.update(left="9999-12", left_reason=TeamMember.LeftReason.OTHER)

    def write_after(self, rows: list[Row], writing: Any) -> None:
        known = [row.person.pk for row in rows if row.old is None and row.person]
        settle_members(known, self.user, writing.at, writing.batch.pk)

    def heading(self) -> Heading:
        own = self.viewer.division
        title = f"{own.name if own else ''}村“两委”班子成员花名册"
        term = f"　　　届次：{self.term}" if self.term else ""
        return Heading(title=title, unit_line=f"{self.unit_line()}{term}")


@contextmanager
def _numbered(rows: list[Row]) -> Iterator[None]:
    """Persons and teams that are not stored yet are told apart by numbers below zero."""
    lines = [(row, vars(row.wanted)) for row in rows]
    kept = [(line["person_id"], line["team_id"]) for _row, line in lines]
    for row, line in lines:
        line["person_id"] = line["person_id"] or -row.number
        line["team_id"] = line["team_id"] or -(row.unit.pk if row.unit else 0)
    yield
    for (_row, line), (person, team) in zip(lines, kept, strict=True):
        line["person_id"], line["team_id"] = person, team


def _shown(value: Any) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else str(value)
