"""The teams of a unit in a term: how many are elected, unit by unit below, and each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accounts.models import User
from cadres.indicators import BELOW
from cadres.models import TeamMember, Term, VillageTeam
from cadres.models.person import secrets_of
from cadres.models.team import DIRECTOR, IN_TWO_COMMITTEES, SECRETARY
from cadres.team_rules import Makeup
from villages.models import Division, Level


@dataclass(frozen=True)
class TeamCounts:
    """Sums over teams of a term; members are those in office."""

    unit: Division
    teams: int = 0
    elected: int = 0
    unconfirmed: int = 0
    members: int = 0
    secretaries: int = 0
    dual: int = 0

    @property
    def without_secretary(self) -> int:
        return self.teams - self.secretaries


@dataclass(frozen=True)
class TeamLine:
    """One team of the list with who is in it."""

    team: VillageTeam
    makeup: Makeup


def counts(division: Division, user: User, term: Term) -> tuple[TeamCounts, list[TeamCounts]]:
    """Of the unit itself, and of those one level below; two queries however many there are."""
    path = BELOW[Level(division.level)]
    teams = VillageTeam.objects.visible_to(user).within(division).filter(term=term)
    by_team = teams.order_by().values(path.removeprefix("team__")).annotate(
        teams=Count("pk"),
        elected=Count("pk", filter=Q(state=VillageTeam.State.FINISHED)),
        unconfirmed=Count("pk", filter=Q(is_carried_over=True)),
    )  # fmt: skip
    found = {row.pop(path.removeprefix("team__")): dict(row) for row in by_team}
    members = TeamMember.objects.visible_to(user).within(division).filter(team__term=term)
    by_member = members.in_office().order_by().values(path).annotate(
        members=Count("pk", filter=IN_TWO_COMMITTEES),
        secretaries=Count("pk", filter=SECRETARY),
        dual=Count("pk", filter=SECRETARY & DIRECTOR),
    )  # fmt: skip
    for row in by_member:
        found[row.pop(path)].update(row)
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
    members = TeamMember.objects.in_office().filter(team__in=[team.pk for team in teams])
    of_team: dict[int, list[TeamMember]] = {team.pk: [] for team in teams}
    for member in members.select_related("person").defer(*secrets_of("person")).in_form_order():
        of_team[member.team_id].append(member)
    return [TeamLine(team, Makeup(of_team[team.pk])) for team in teams]


def not_opened(division: Division, user: User, term: Term, on: Any) -> Any:
    """Villages that stand and have no team in the term, not even one that is to be elected."""
    villages = Division.objects.visible_to(user).within(division).at(on).owing(Level.VILLAGE)
    return villages.exclude(teams__term=term).order_by("code")
