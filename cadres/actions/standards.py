"""Assessing members of village teams by 四有四带 and 四好四强: a whole team in one saving."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions.teams import hold_for_members, stale
from cadres.models import (
    CadreChange,
    Standard,
    StandardAssessment,
    TeamMember,
    VillageTeam,
    facts_of,
)


@dataclass(frozen=True)
class Assessed:
    """The numbers of the criteria met, and the version that was shown; 0 where there was none."""

    met: str
    version: int = 0


def standard_of(member: TeamMember) -> Standard:
    """Secretaries have a standard of their own."""
    return Standard.SECRETARY if member.is_secretary else Standard.MEMBER


def years_of(team: VillageTeam) -> range:
    """The years that have begun, from the one of its term to the one before the village elected
    the next team, planned or not."""
    following, end = team.following(), timezone.localdate().year + 1
    if following and following.elected_on:
        end = min(end, following.elected_on.year)
    return range(team.term.year, end)


def kept_elsewhere(team: VillageTeam, year: int, by: User | None) -> set[tuple[int, str]]:
    """Members whom a unit that the reader does not see has assessed in the year: person and
    standard. There is one assessment a year, which stays theirs."""
    if by is None:
        return set()
    members = team.members.in_office().values("person")
    made = StandardAssessment.objects.filter(person__in=members, year=year)
    seen = StandardAssessment.objects.visible_to(by).values("pk")
    return set(made.exclude(pk__in=seen).values_list("person", "standard"))


@transaction.atomic
def assess(team: VillageTeam, year: int, given: Mapping[int, Assessed], by: User | None) -> int:
    """Store what members met in a year, by their ids; all or nothing, how many are new or other.

    A member without a tick is assessed too; one who is not in `given` is left as it was.
    """
    # The persons too: whoever is in two teams has one assessment a year.
    team = hold_for_members(team, team.members.filter(pk__in=given).values("person"))
    if year not in years_of(team):
        raise ValidationError(_("%d is no year of this term that has begun.") % year)
    members = team.members.filter(pk__in=given).select_related("person")
    stored = {
        (assessment.person_id, assessment.standard): assessment
        for assessment in StandardAssessment.objects.filter(
            person__in=members.values("person"), year=year
        ).select_for_update(of=("self",), no_key=True)
    }
    written, elsewhere = 0, kept_elsewhere(team, year, by)
    for member in members:
        standard = standard_of(member)
        if (member.person_id, standard) in elsewhere:
            message = _("Another unit has assessed %(name)s in this year.")
            raise ValidationError(message % {"name": member.person.name}, "elsewhere")
        kept = stored.get((member.person_id, standard))
        written += _store(kept, member, standard, year, given[member.pk], team, by)
    return written


def _store(
    kept: StandardAssessment | None,
    member: TeamMember,
    standard: Standard,
    year: int,
    given: Assessed,
    team: VillageTeam,
    by: User | None,
) -> bool:
    if (kept.version if kept else 0) != given.version:
        raise stale(member.person.name)
    if kept and kept.met == given.met:
        return False
    before = facts_of(kept) if kept else None
    row = kept or StandardAssessment(
        person=member.person, standard=standard, year=year, division=team.village, version=0
    )
    row.met, row.by, row.division = given.met, by, team.village
    row.version += 1
    row.full_clean(exclude=["person", "division", "by"])
    row.save()
    CadreChange.note(row, team.village, by, timezone.now(), before)
    return True
