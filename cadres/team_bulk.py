"""Members of village teams by the thousand, by the rules of `cadres/actions/teams.py`.

Whoever calls runs in a transaction and has persons kept where they serve afterwards; history is
written with the rows.
"""

import datetime
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.models import CadreChange, TeamMember, Term, VillageTeam
from cadres.models.person import secrets_of
from rawsql.parts import in_parts
from villages.models import Division

AT_ONCE = 1_000
# A row, the unit it belongs to, and what it said before; None where it is new.
Told = tuple[Any, Division, dict[str, Any] | None]


def check_members(
    rows: Iterable[TeamMember], stored: Iterable[TeamMember] = ()
) -> dict[int, list[tuple[str, str]]]:
    """What is wrong with rows that shall stand together, by their place, each message with the
    field that it is about; nothing is written.

    `stored` are members of the same teams that stay as they are. Every row has been cleaned by
    itself already (`full_clean` without `validate_constraints`): this tells of the others.
    """
    rows, wrong = list(rows), defaultdict[int, list[tuple[str, str]]](list)
    everybody = [member for member in [*stored, *rows] if not member.left]
    persons = Counter((member.team_id, member.person_id) for member in [*stored, *rows])
    secretaries = Counter(member.team_id for member in everybody if member.is_secretary)
    directors = Counter(member.team_id for member in everybody if member.is_director)
    for place, member in enumerate(rows):
        if persons[member.team_id, member.person_id] > 1:
            wrong[place].append(("person", _("This person is in the team already.")))
        if member.is_secretary and not member.left and secretaries[member.team_id] > 1:
            message = _("The team has a secretary already.")
            wrong[place].append(("party_position", message))
        if member.is_director and not member.left and directors[member.team_id] > 1:
            message = _("The village committee has a director already.")
            wrong[place].append(("committee_position", message))
        try:
            member.clean()
        except ValidationError as error:
            told = error.message_dict.items()
            wrong[place] += [(name, message) for name, some in told for message in some]
    return dict(wrong)


def put_teams(
    term: Term,
    villages: Iterable[Division],
    by: User | None,
    at: datetime.datetime | None = None,
    batch: uuid.UUID | None = None,
) -> dict[int, VillageTeam]:
    """The teams of villages in a term, by village id; those that are missing are made empty."""
    Term.objects.filter(pk=term.pk).lock()
    wanted = {village.pk: village for village in villages}
    found: dict[int, VillageTeam] = {}
    for some in in_parts(wanted):
        stored = VillageTeam.objects.filter(term=term, village__in=some)
        found |= {team.village_id: team for team in stored}
    missing = [VillageTeam(term=term, village=wanted[pk]) for pk in wanted if pk not in found]
    VillageTeam.objects.bulk_create(missing, batch_size=AT_ONCE)
    note_all([(team, team.village, None) for team in missing], by, at or timezone.now(), batch)
    found |= {team.village_id: team for team in missing}
    for pk, team in found.items():
        team.village, team.term = wanted[pk], term
    return found


def bring_over(
    term: Term, teams: Collection[VillageTeam], by: User | None, at: datetime.datetime
) -> int:
    """Prefill new teams with who was in office in the term before; how many members."""
    before = Term.objects.before(term)
    if before is None or not teams:
        return 0
    earlier = TeamMember.objects.in_office().filter(
        team__term=before, person__merged_into=None, person__anonymized_at=None
    )
    known = earlier.select_related("person", "team").defer(*secrets_of("person"))
    by_village: dict[int, list[TeamMember]] = defaultdict(list)
    for some in in_parts(team.village_id for team in teams):
        for member in known.filter(team__village__in=some).order_by("team", "pk"):
            by_village[member.team.village_id].append(member)
    new = [_again(member, team) for team in teams for member in by_village[team.village_id]]
    for member in new:
        member.take_from_person()
    TeamMember.objects.bulk_create(new, batch_size=AT_ONCE)
    note_all([(member, member.team.village, None) for member in new], by, at)
    filled = [team for team in teams if by_village[team.village_id]]
    for team in filled:
        team.is_carried_over = True
    VillageTeam.objects.bulk_update(filled, ["is_carried_over"], batch_size=AT_ONCE)
    return len(new)


def note_all(
    told: Iterable[Told],
    by: User | None,
    at: datetime.datetime,
    batch: uuid.UUID | None = None,
) -> None:
    """The history of many rows at once."""
    CadreChange.objects.bulk_create(
        (
            CadreChange.telling(row, division, by, at, before, batch=batch)
            for row, division, before in told
        ),
        batch_size=AT_ONCE,
    )


def _again(member: TeamMember, team: VillageTeam) -> TeamMember:
    """The same person in the same positions a term later; what changes of a person is as now."""
    return TeamMember(
        team=team,
        person=member.person,
        party_position=member.party_position,
        committee_position=member.committee_position,
        supervision_position=member.supervision_position,
        since=member.since,
        is_entrepreneur=member.is_entrepreneur,
        is_veteran=member.is_veteran,
        is_returnee=member.is_returnee,
        is_graduate=member.is_graduate,
    )
