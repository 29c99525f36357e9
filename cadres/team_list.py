"""The teams of a unit in a term: how many are elected, unit by unit below, and each of them."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

from django.db.models import Count, Q

from accounts.models import User
from cadres.indicators import BELOW
from cadres.models import TeamMember, Term, VillageTeam
from cadres.models.person import secrets_of
from cadres.models.team import DIRECTOR, IN_TWO_COMMITTEES, SECRETARY
from cadres.models.term import VillageTeamQuerySet
from cadres.team_rules import Makeup
from villages.models import Division, DivisionQuerySet, Level

# What units one level below are told apart by, of a village itself.
UNIT_OF_VILLAGE = {
    Level.CITY: "parent__parent_id",
    Level.COUNTY: "parent_id",
    Level.TOWNSHIP: "pk",
    Level.VILLAGE: "pk",
}


@dataclass(frozen=True)
class TeamCounts:
    """Sums over teams of a term; members are those in office.

    Villages that have no team in the term yet have to elect one as well.
    """

    unit: Division
    teams: int = 0
    not_opened: int = 0
    elected: int = 0
    unconfirmed: int = 0
    members: int = 0
    secretaries: int = 0
    dual: int = 0

    @property
    def villages(self) -> int:
        return self.teams + self.not_opened

    @property
    def unelected(self) -> int:
        return self.villages - self.elected

    @property
    def without_secretary(self) -> int:
        return self.teams - self.secretaries


@dataclass(frozen=True)
class TeamLine:
    """One team of the list with who is in it."""

    team: VillageTeam
    makeup: Makeup


def counts(
    division: Division, user: User, term: Term | None, on: datetime.date
) -> tuple[TeamCounts, list[TeamCounts]]:
    """Of the unit itself, and of those one level below: of a term, or, without one, of the teams
    that serve; of the villages that stand on a day. As many queries however many there are."""
    path = BELOW[Level(division.level)]
    teams = teams_of(term, on).visible_to(user).within(division)
    by_team = teams.order_by().values(path.removeprefix("team__")).annotate(
        teams=Count("pk"),
        elected=Count("pk", filter=Q(state=VillageTeam.State.FINISHED)),
        unconfirmed=Count("pk", filter=Q(is_carried_over=True)),
    )  # fmt: skip
    found = {row.pop(path.removeprefix("team__")): dict(row) for row in by_team}
    members = TeamMember.objects.visible_to(user).within(division)
    members = members.filter(team__in=teams_of(term, on))
    by_member = members.in_office().order_by().values(path).annotate(
        members=Count("pk", filter=IN_TWO_COMMITTEES),
        secretaries=Count("pk", filter=SECRETARY),
        dual=Count("pk", filter=SECRETARY & DIRECTOR),
    )  # fmt: skip
    for row in by_member:
        found[row.pop(path)].update(row)
    if term:
        unit = UNIT_OF_VILLAGE[Level(division.level)]
        missing = not_opened(division, user, term, on).order_by().values_list(unit)
        for pk, villages in missing.annotate(Count("pk")):
            found.setdefault(pk, {})["not_opened"] = villages
    units = Division.objects.visible_to(user).filter(pk__in=found).order_by("code")
    rows = [TeamCounts(unit, **found[unit.pk]) for unit in units]
    return _sum(division, found.values()), [] if division.level == Level.VILLAGE else rows


def _sum(division: Division, found: Iterable[dict[str, Any]]) -> TeamCounts:
    total: dict[str, int] = {}
    for row in found:
        for name, count in row.items():
            total[name] = total.get(name, 0) + count
    return TeamCounts(division, **total)


def lines(teams: Iterable[VillageTeam]) -> list[TeamLine]:
    """Some teams with their members: one query for all of them."""
    teams = list(teams)
    stored = [team.pk for team in teams if team.pk]
    members = TeamMember.objects.in_office().filter(team__in=stored)
    of_team: dict[int, list[TeamMember]] = {team.pk: [] for team in teams}
    for member in members.select_related("person").defer(*secrets_of("person")).in_form_order():
        of_team[member.team_id].append(member)
    return [TeamLine(team, Makeup(of_team[team.pk])) for team in teams]


def teams_of(term: Term | None, on: datetime.date) -> VillageTeamQuerySet:
    """Those of a term, or those that serve, in the villages that stand on a day: what a village
    that is gone had elected is told in its file."""
    teams = VillageTeam.objects.standing_on(on)
    return teams.filter(term=term) if term else teams.current()


def electing(division: Division, user: User, on: datetime.date) -> DivisionQuerySet:
    """Villages that elect a team in every term."""
    return Division.objects.visible_to(user).within(division).at(on).owing(Level.VILLAGE)


def not_opened(division: Division, user: User, term: Term, on: datetime.date) -> DivisionQuerySet:
    """Villages that stand and have no team in the term, not even one that is to be elected."""
    return electing(division, user, on).exclude(teams__term=term).order_by("code")


def counted_from(division: Division, user: User, on: datetime.date) -> Term | None:
    """The term from which the next elections in a unit are told: the earliest of those that
    serve in its villages, because there the next one is due first; before any election the newest.
    """
    serving = VillageTeam.objects.current().filter(village__in=electing(division, user, on))
    first = serving.select_related("term").order_by("term__year").first()
    return first.term if first else Term.objects.newest()


def meant(teams: Sequence[VillageTeam]) -> VillageTeam | None:
    """Of the teams of a village, the newest first: the one that serves, or the newest where none
    was elected yet."""
    return next((team for team in teams if team.is_finished), teams[0] if teams else None)


class WithVillages(Sequence[VillageTeam]):
    """Teams of a term, and after them villages that have none yet, as teams that are not stored."""

    def __init__(self, teams: VillageTeamQuerySet, villages: DivisionQuerySet, term: Term) -> None:
        self.teams, self.villages, self.term = teams, villages, term
        self.stored, self.more = teams.count(), villages.count()

    def __len__(self) -> int:
        return self.stored + self.more

    @overload
    def __getitem__(self, some: int) -> VillageTeam: ...
    @overload
    def __getitem__(self, some: slice) -> list[VillageTeam]: ...
    def __getitem__(self, some: int | slice) -> VillageTeam | list[VillageTeam]:
        if isinstance(some, int):
            return self[some : some + 1][0]
        start, stop, _step = some.indices(len(self))
        first, last = (max(place - self.stored, 0) for place in (start, stop))
        villages = self.villages.select_related("parent")[first:last]
        return [
            *self.teams[start : max(min(stop, self.stored), start)],
            *(VillageTeam(term=self.term, village=village) for village in villages),
        ]
