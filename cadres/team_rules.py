"""What a village team should look like, told from its members: warnings, never a refusal.

Real teams miss a secretary for a month, and real forms have faults; the page says so and lets
them in. `with_fault()` asks the database the same questions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cadres.models import TeamMember
from cadres.models.team import DIRECTOR, IN_OFFICE, IN_VILLAGE_COMMITTEE, SECRETARY
from cadres.models.term import VillageTeamQuerySet

# The village committee, its director included, by the law on village committees.
SMALLEST, LARGEST = 3, 7
NO_SECRETARY, NO_DIRECTOR, SIZE = "no_secretary", "no_director", "size"


@dataclass(frozen=True)
class Makeup:
    """Who is in office in a team, in the order of the form, and what follows from it."""

    members: list[TeamMember]

    @classmethod
    def of(cls, members: Iterable[TeamMember]) -> "Makeup":
        return cls([member for member in members if not member.left])

    @property
    def secretary(self) -> TeamMember | None:
        return next((member for member in self.members if member.is_secretary), None)

    @property
    def director(self) -> TeamMember | None:
        return next((member for member in self.members if member.is_director), None)

    @property
    def size(self) -> int:
        """Persons in either of the two committees."""
        return sum(bool(m.party_position or m.committee_position) for m in self.members)

    @property
    def committee_size(self) -> int:
        return sum(bool(member.committee_position) for member in self.members)

    @property
    def has_dual_role(self) -> bool:
        return bool(self.secretary and self.secretary.is_director)

    @property
    def cross_appointed(self) -> int:
        return sum(member.is_cross_appointed for member in self.members)

    @property
    def faults(self) -> list[str]:
        found = [] if self.secretary else [NO_SECRETARY]
        found += [] if self.director else [NO_DIRECTOR]
        return found if SMALLEST <= self.committee_size <= LARGEST else [*found, SIZE]

    @property
    def warnings(self) -> list[str]:
        """The faults in words."""
        said = {
            NO_SECRETARY: _("No party secretary"),
            NO_DIRECTOR: _("No director of the village committee"),
            SIZE: _("Village committee of %(size)d, not %(least)d to %(most)d")
            % {"size": self.committee_size, "least": SMALLEST, "most": LARGEST},
        }
        return [said[fault] for fault in self.faults]


def in_words() -> list[tuple[str, str]]:
    """The rules by name, as a filter offers them."""
    return [
        (NO_SECRETARY, _("No party secretary")),
        (NO_DIRECTOR, _("No director of the village committee")),
        (SIZE, _("Village committee not of %(least)d to %(most)d persons")
         % {"least": SMALLEST, "most": LARGEST}),
    ]  # fmt: skip


def with_fault(teams: VillageTeamQuerySet, fault: str) -> VillageTeamQuerySet:
    members = TeamMember.objects.filter(IN_OFFICE, team=OuterRef("pk"))
    if fault == NO_SECRETARY:
        return teams.filter(~Exists(members.filter(SECRETARY)))
    if fault == NO_DIRECTOR:
        return teams.filter(~Exists(members.filter(DIRECTOR)))
    sized = members.filter(IN_VILLAGE_COMMITTEE).order_by().values("team").annotate(n=Count("pk"))
    size = Coalesce(Subquery(sized.values("n")), 0)
    return teams.alias(committee_size=size).filter(
        Q(committee_size__lt=SMALLEST) | Q(committee_size__gt=LARGEST)
    )
