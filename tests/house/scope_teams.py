"""Canaries in village teams: a team of every village in two terms, members and what is said of
them."""

import datetime

from django.utils import timezone

from cadres.actions.teams import record_election
from cadres.models import (
    CadreChange,
    Criterion,
    Person,
    StandardAssessment,
    TeamMember,
    Term,
    TermIndicator,
    VillageTeam,
)
from tests.house.scope_world import LEVEL, ScopeWorld, token

YEARS = (2018, 2021)


def mark(made: ScopeWorld) -> None:
    terms = [
        Term.objects.create(year=year, name=f"{year}年换届", started=datetime.date(year, 3, 1))
        for year in YEARS
    ]
    made.keep("term", "city", terms[0])
    made.keep("criterion", "city", Criterion.objects.all()[0])
    made.keep("term_indicator", "city", TermIndicator.objects.all()[0])
    for unit, division in made.units.items():
        if LEVEL[unit] == "village":
            for term in terms:
                _mark_team(made, unit, VillageTeam(term=term, village=division))


def _mark_team(made: ScopeWorld, unit: str, team: VillageTeam) -> None:
    text, by = token("data", unit), made.users["city_manager"]
    team.save()
    person = Person.objects.create(name=text, sex="1", birth="1980-01", division=team.village)
    row = TeamMember.objects.create(
        team=team, person=person, party_position="secretary", committee_position="director",
        note=text,
    )  # fmt: skip
    leaver = Person.objects.create(name=text, sex="2", birth="1970-01", division=team.village)
    TeamMember.objects.create(
        team=team, person=leaver, committee_position="member", left="2022-01", left_reason="age",
        note=text,
    )  # fmt: skip
    assessment = StandardAssessment.objects.create(
        person=person, division=team.village, standard="secretary", year=team.term.year + 1,
        met="123", by=by,
    )  # fmt: skip
    CadreChange.note(row, team.village, by, timezone.now())
    team.state, team.elected_on = "finished", datetime.date(team.term.year, 3, 9)
    record_election(team, by)
    made.keep("team", unit, team)
    made.keep("team_member", unit, row)
    made.keep("assessment", unit, assessment)
    made.rows.setdefault("team_of_year", {})[unit] = [team.pk, team.term.year + 1]
