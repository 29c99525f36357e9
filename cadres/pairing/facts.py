"""What a proposal is made from: vacant villages, candidates, who sends them, and the rules."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Criterion(TextChoices):
    """What makes a person fit a village, each with a weight that the round says."""

    STRENGTHS = "strengths", _("Strengths of the person")
    FUNCTIONS = "functions", _("Functions of the organisation")
    WISHES = "wishes", _("Counties wished for")
    NEARNESS = "nearness", _("County of the organisation")
    WEAK = "weak", _("Retired cadre for a weak village")


class HomeAvoidance(TextChoices):
    """How far from home a person has to be sent."""

    NONE = "", _("No avoidance")
    VILLAGE = "village", _("Not the home village")
    TOWNSHIP = "township", _("Not the home township")
    COUNTY = "county", _("Not the home county")


class Bar(TextChoices):
    """Why a person may not be proposed for a village at all; the first that applies is told."""

    TAKEN = "taken", _("Somebody holds the post")
    VILLAGE = "village", _("The kind of posting is not meant for the village")
    BUSY = "busy", _("Posted elsewhere at that time")
    CLOSED = "closed", _("The record of the person is closed")
    MEMBER = "member", _("Not a full party member")
    SERVING = "serving", _("Has not left a leading post")
    RANK = "rank", _("Below the rank that the posting wants")
    SENDER = "sender", _("Sent by no organisation")
    FORBIDDEN = "forbidden", _("Forbidden by hand")
    HOME = "home", _("At home there")
    CAPACITY = "capacity", _("The organisation sends as many as it can")
    FIT = "fit", _("Below the least fit")


class Whereabouts(NamedTuple):
    """The line of managing units of a village or of a home, as far as it is known."""

    county: int | None = None
    township: int | None = None
    village: int | None = None


NOWHERE = Whereabouts()


@dataclass(frozen=True)
class Office:
    """An organisation that sends people: of which county, good at what, how many more at most."""

    key: int
    county: int | None = None
    functions: frozenset[int] = frozenset()
    most: int | None = None


@dataclass(frozen=True)
class Candidate:
    key: int
    office: int | None = None
    home: Whereabouts = NOWHERE
    is_retired: bool = False
    strengths: frozenset[int] = frozenset()
    prefers: frozenset[int] = frozenset()
    avoids: frozenset[int] = frozenset()
    # What keeps the person from every village.
    barred: Bar | None = None


@dataclass(frozen=True)
class Place:
    """A village that waits for somebody."""

    key: int
    at: Whereabouts = NOWHERE
    is_weak: bool = False
    needs: frozenset[int] = frozenset()
    # What keeps everybody from the village.
    barred: Bar | None = None


EVEN = dict.fromkeys(Criterion, 1)


@dataclass(frozen=True)
class Rules:
    """What the round says: how much each criterion weighs, and the hard limits."""

    weights: Mapping[Criterion, int] = field(default_factory=lambda: dict(EVEN))
    home: HomeAvoidance = HomeAvoidance.TOWNSHIP
    least_fit: int = 0

    @property
    def full_weight(self) -> int:
        return sum(self.weights.values())


@dataclass(frozen=True)
class Question:
    """All that one proposal answers; pins and forbids are pairs of (place, candidate)."""

    places: tuple[Place, ...]
    candidates: tuple[Candidate, ...]
    offices: tuple[Office, ...] = ()
    rules: Rules = field(default_factory=Rules)
    pins: frozenset[tuple[int, int]] = frozenset()
    forbids: frozenset[tuple[int, int]] = frozenset()
    # The pairs of the proposal that stands: of two equal ones, the one that changes less is kept.
    standing: frozenset[tuple[int, int]] = frozenset()

    @property
    def fingerprint(self) -> str:
        """Tells whether any fact or rule has changed; what was proposed before is none."""
        facts = asdict(replace(self, standing=frozenset()))
        text = json.dumps(facts, sort_keys=True, default=sorted)
        return hashlib.sha256(text.encode()).hexdigest()
