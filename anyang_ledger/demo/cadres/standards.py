"""Yearly assessments of village teams by 四有四带 and 四好四强: of every third township for the
last year, and of half of its villages for this one.

The wording of the criteria is the city's to enter; nothing is made up for it here either.
"""

from collections.abc import Iterator
from random import Random

from anyang_ledger.demo.cadres.making import WRITE_BATCH
from anyang_ledger.demo.scale import SEED
from cadres.actions.standards import standard_of
from cadres.models import StandardAssessment, TeamMember
from cadres.models.standard import NUMBERS
from villages.models import Division, Level

# Of a hundred members, how many meet all eight criteria in a year; the others lack one or two.
MEET_ALL = {2025: 71, 2026: 78}
LAST_YEAR, THIS_YEAR = MEET_ALL


def put() -> None:
    townships = Division.objects.filter(level=Level.TOWNSHIP).order_by("code")
    chosen = [township.pk for township in townships[::3]]
    members = TeamMember.objects.serving().filter(team__village__parent__in=chosen)
    rows = members.select_related("team__village").order_by("team__village__code", "pk")
    StandardAssessment.objects.bulk_create(_assessments(list(rows)), batch_size=WRITE_BATCH)


def _assessments(members: list[TeamMember]) -> Iterator[StandardAssessment]:
    rng = Random(f"{SEED} standards")
    for member in members:
        yield _assessment(member, LAST_YEAR, rng)
        if int(member.team.village.code) % 2:
            yield _assessment(member, THIS_YEAR, rng)


def _assessment(member: TeamMember, year: int, rng: Random) -> StandardAssessment:
    lacks = set() if rng.random() * 100 < MEET_ALL[year] else set(rng.choices(NUMBERS, k=2))
    return StandardAssessment(
        person_id=member.person_id,
        division=member.team.village,
        standard=standard_of(member),
        year=year,
        met="".join(number for number in NUMBERS if number not in lacks),
    )
