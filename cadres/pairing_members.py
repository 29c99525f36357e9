"""Who could take part in a round: villages without a holder of the post, people free for it."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import User
from cadres.models import PairingRound, Person, PoliticalStatus, Posting, PostingKind
from cadres.models.person import PersonQuerySet
from villages.models import Division, DivisionQuerySet, Level, VillageProfile

WEAK = Q(profile__village_type=VillageProfile.VillageType.WEAK)
DEMONSTRATION = Q(profile__is_demonstration=True) | Q(
    profile__village_type=VillageProfile.VillageType.DEMONSTRATION
)
MEANT_FOR = {
    PostingKind.Village.WEAK.value: WEAK,
    PostingKind.Village.DEMONSTRATION.value: DEMONSTRATION,
}


def vacant(of: PairingRound) -> DivisionQuerySet:
    """Villages below the unit that runs the round, meant for the kind, with a seat free from its
    start on, that are not in the round yet."""
    kind = of.kind
    found = Division.objects.within(of.division).at(of.start).owing(Level.VILLAGE)
    found = found.exclude(pairing_places__round=of)
    if kind.wants_village:
        found = found.filter(MEANT_FOR[kind.wants_village])
    if kind.seats is None:
        return found
    held = Posting.objects.in_seat(kind.seat).overlapping(of.start, None)
    here = held.filter(division=OuterRef("pk")).order_by().values("division")
    full = here.annotate(held=Count("pk")).filter(held__gte=kind.seats)
    return found.filter(~Exists(full))


def free(of: PairingRound, user: User) -> PersonQuerySet:
    """People kept below the unit that runs the round whom the kind allows, who hold no posting
    that excludes it, and who are not in the round yet."""
    kind = of.kind
    found = Person.objects.visible_to(user).within(of.division).standing()
    found = found.exclude(pairing_candidates__round=of)
    during = Posting.objects.overlapping(of.start, None).filter(person=OuterRef("pk"))
    busy = during.filter(exclusive_group=kind.exclusive_group)
    return found.filter(~Exists(busy), *_allowed(kind))


def _allowed(kind: PostingKind) -> list[Q]:
    """As `barred_by_kind` in pairing_question.py, for the database."""
    wanted = []
    if kind.wants_party_member:
        wanted.append(Q(political_status=PoliticalStatus.MEMBER))
    if kind.wants_left_lead:
        wanted.append(Q(has_left_lead=True))
    if kind.minimum_rank:
        wanted.append(Q(rank_level__gte=kind.minimum_rank))
    if kind.wants_organization:
        wanted.append(Q(organization__isnull=False))
    return wanted


def villages_by(given: dict[str, Any], found: DivisionQuerySet) -> DivisionQuerySet:
    """Those that a VillageFilter asks for."""
    if given.get("unit"):
        found = found.within(given["unit"])
    if given.get("weak"):
        found = found.filter(WEAK)
    return found.search(given.get("q", "")).select_related("parent__parent").order_by("code")


def people_by(given: dict[str, Any], found: PersonQuerySet) -> PersonQuerySet:
    """Those that a PersonFilter asks for, by name."""
    if given.get("organization"):
        found = found.filter(organization=given["organization"])
    if given.get("strength"):
        found = found.filter(strengths=given["strength"])
    if given.get("left"):
        found = found.filter(has_left_lead=True)
    found = found.search(given.get("q", "")).select_related("organization")
    return found.prefetch_related("strengths").order_by("pinyin", "pk")
