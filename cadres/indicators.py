"""The indicators of two terms (一降六升): counted by the database, compared in whole numbers.

One query groups the members of both terms by the units one level below. Who is counted in each
indicator is a condition of the closed list of `TermIndicator.Counted`; a share keeps its n and
N, a mean age the sum of ages and how many they are of, so that the unit above is the sum of
those below and nothing is rounded before it is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models import StandardAssessment, TeamMember, Term, TermIndicator, VillageTeam
from cadres.models.standard import NUMBERS, Standard
from cadres.models.team import (
    DIRECTOR,
    IN_PARTY_ORGANISATION,
    IN_VILLAGE_COMMITTEE,
    SECRETARY,
)
from cadres.models.words import Education, PoliticalStatus, Sex
from villages.models import Division, Level

Counted = TermIndicator.Counted
POPULATIONS = {
    TermIndicator.Population.SECRETARIES: SECRETARY,
    # Nobody else is read; to ask of each one again for each indicator takes its time.
    TermIndicator.Population.MEMBERS: Q(),
}
CONDITIONS: Mapping[str, Q] = {
    # Levels of education sort from the highest; who has none told is not counted.
    Counted.COLLEGE: Q(education__gt="", education__lte=Education.COLLEGE),
    Counted.SENIOR_HIGH: Q(education__gt="", education__lte=Education.SENIOR_HIGH),
    Counted.WOMEN: Q(person__sex=Sex.FEMALE),
    Counted.DUAL_ROLE: SECRETARY & DIRECTOR,
    Counted.CROSS_APPOINTED: IN_PARTY_ORGANISATION & IN_VILLAGE_COMMITTEE,
    Counted.ENTREPRENEUR: Q(is_entrepreneur=True),
    Counted.RETURNEE: Q(is_returnee=True),
    Counted.ENTREPRENEUR_OR_RETURNEE: Q(is_entrepreneur=True) | Q(is_returnee=True),
    Counted.VETERAN: Q(is_veteran=True),
    Counted.GRADUATE: Q(is_graduate=True),
    Counted.PARTY_MEMBER: Q(political_status=PoliticalStatus.MEMBER),
    Counted.NEWLY_ELECTED: Q(is_new=True),
    Counted.SECRETARY_STANDARD: Q(secretary_standard=NUMBERS),
    Counted.MEMBER_STANDARD: Q(member_standard=NUMBERS),
}
# What units one level below are told apart by.
BELOW = {
    Level.CITY: "team__village__parent__parent_id",
    Level.COUNTY: "team__village__parent_id",
    Level.TOWNSHIP: "team__village_id",
    Level.VILLAGE: "team__village_id",
}


class Figure(NamedTuple):
    """A share is `part` of `whole`; a mean age `part` years of `whole` persons in all."""

    part: int
    whole: int

    def __bool__(self) -> bool:
        return self.whole > 0

    def __add__(self, other: object) -> "Figure":
        if not isinstance(other, Figure):
            return NotImplemented
        return Figure(self.part + other.part, self.whole + other.whole)

    @property
    def mean(self) -> Decimal:
        """With one decimal, as it is shown."""
        return (Decimal(self.part) / self.whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


NOTHING = Figure(0, 0)


class Outcome(NamedTuple):
    """Whether the direction was reached: a sign and a word, and which way for the style."""

    mark: str
    words: Any
    way: str


REACHED = Outcome("✓", _("reached"), "up")
NOT_REACHED = Outcome("✗", _("not reached"), "down")
UNCHANGED = Outcome("＝", _("unchanged"), "level")
UNKNOWN = Outcome("–", _("no figures to compare"), "level")
NOT_JUDGED = Outcome("…", _("not judged before all villages are elected"), "level")


@dataclass(frozen=True)
class Comparison:
    """One indicator of one unit in two terms."""

    indicator: TermIndicator
    before: Figure
    after: Figure
    is_judged: bool = True

    @property
    def persons(self) -> tuple[str, str]:
        """n/N of a share, and of how many persons a mean age is, in both terms."""
        if not self.indicator.is_share:
            return f"({self.before.whole:,})", f"({self.after.whole:,})"
        two = (self.before, self.after)
        return tuple(f"{figure.part:,}/{figure.whole:,}" for figure in two)  # type: ignore[return-value]

    @property
    def outcome(self) -> Outcome:
        """By the exact values, not by what they are rounded to."""
        if not self.is_judged:
            return NOT_JUDGED
        if not (self.before and self.after):
            return UNKNOWN
        moved = self.after.part * self.before.whole - self.before.part * self.after.whole
        if not moved:
            return UNCHANGED
        rises = self.indicator.direction == TermIndicator.Direction.RISES
        return REACHED if (moved > 0) == rises else NOT_REACHED


@dataclass(frozen=True)
class UnitRow:
    """All indicators of one unit, and how many elections its two terms still miss: while there
    is one, nothing is judged."""

    unit: Division
    figures: Sequence[Comparison]
    unelected: int = 0

    @property
    def comparisons(self) -> Sequence[Comparison]:
        if not self.unelected:
            return self.figures
        return [replace(told, is_judged=False) for told in self.figures]

    @property
    def reached(self) -> int:
        return sum(comparison.outcome is REACHED for comparison in self.comparisons)


# From a unit and a term, by their ids, to the figures in the order of the indicators.
Figures = dict[tuple[int, int], list[Figure]]


def compare(
    division: Division, user: User, terms: tuple[Term, Term], indicators: Sequence[TermIndicator]
) -> tuple[UnitRow, list[UnitRow]]:
    """The unit itself, and those one level below in the order of their codes."""
    found = figures(division, user, terms, indicators)
    before, after = terms
    nothing = [NOTHING] * len(indicators)
    units = [division] if division.level == Level.VILLAGE else _below(user, found)
    rows = [
        _row(unit, indicators, [found.get((unit.pk, term.pk), nothing) for term in (before, after)])
        for unit in units
    ]
    totals = [
        _sums([figures for (_unit, of), figures in found.items() if of == term.pk], nothing)
        for term in terms
    ]
    whole = _row(division, indicators, totals)
    return whole, [] if division.level == Level.VILLAGE else rows


def figures(
    division: Division, user: User, terms: Iterable[Term], indicators: Sequence[TermIndicator]
) -> Figures:
    """What the database counts: one row for each unit one level below and each term."""
    members = TeamMember.objects.visible_to(user).in_office().of_two_committees()
    members = members.filter(team__term__in=terms, team__state="finished")
    if division.level != Level.CITY:
        members = members.within(division)
    counts: dict[str, Any] = {}
    for place, indicator in enumerate(indicators):
        counts[f"part_{place}"], counts[f"whole_{place}"] = _counting(indicator)
    below = BELOW[Level(division.level)]
    grouped = members.alias(**_told_by(indicators, terms)).order_by().values("team__term_id", below)
    found: Figures = {}
    for row in grouped.annotate(**counts):
        found[row[below], row["team__term_id"]] = [
            Figure(row[f"part_{place}"], row[f"whole_{place}"]) for place in range(len(indicators))
        ]
    return found


class _Month(Func):
    """198506 of a month or a day that is written 1985-06…, null of an empty text.

    Of two such numbers, the hundreds of the difference are the full years between them, as
    cadres.months.age() counts them; it is worked out for every member, so it is cast once.
    """

    template = "CAST(REPLACE(SUBSTR(NULLIF(%(expressions)s, ''), 1, 7), '-', '') AS INTEGER)"
    output_field = IntegerField()


class _MonthOfDay(_Month):
    """On SQLite a day is a text that begins with its month."""

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "CAST(DATE_PART('year', %(expressions)s) * 100"
            " + DATE_PART('month', %(expressions)s) AS INTEGER)"
        )
        return self.as_sql(compiler, connection, template=template, **context)


def _told_by(indicators: Sequence[TermIndicator], terms: Iterable[Term]) -> dict[str, Any]:
    """What the conditions speak of besides columns, where any of them does."""
    age = (_MonthOfDay(F("team__elected_on")) - _Month(F("person__birth"))) / 100
    told: dict[str, Any] = {"age": age}
    standards = {
        Counted.SECRETARY_STANDARD: Standard.SECRETARY,
        Counted.MEMBER_STANDARD: Standard.MEMBER,
    }
    counted = {indicator.counted for indicator in indicators}
    for name, standard in standards.items():
        if name in counted:
            told[name.value] = last_assessed(standard, terms, StandardAssessment.objects.all())
    return told


def last_assessed(
    standard: Standard, terms: Iterable[Term], among: QuerySet[StandardAssessment]
) -> Case:
    """What a member met when last assessed before the village elected the next team."""
    return Case(
        *(When(team__term=term, then=_last_since(term.year, standard, among)) for term in terms)
    )


def _last_since(first: int, standard: Standard, among: QuerySet[StandardAssessment]) -> Subquery:
    following = VillageTeam.objects.finished().filter(
        village=OuterRef(OuterRef("team__village")),
        term__year__gt=first,
        elected_on__year__lte=OuterRef("year"),
    )
    made = among.filter(
        ~Exists(following), person=OuterRef("person"), standard=standard, year__gte=first
    )
    return Subquery(made.order_by("-year").values("met")[:1])


def _counting(indicator: TermIndicator) -> tuple[Any, Any]:
    """How the two numbers of an indicator are counted."""
    among = POPULATIONS[TermIndicator.Population(indicator.population)]
    if not indicator.is_share:
        # Nobody else has an age; counting the ages themselves would compute them once more.
        of = Count("pk", filter=among & ~Q(person__birth=""))
        return Coalesce(Sum("age", filter=among), 0), of
    if indicator.counted == Counted.AGE_AT_MOST:
        who = Q(age__lte=indicator.parameter)
    else:
        who = CONDITIONS[indicator.counted]
    return Count("pk", filter=among & who), Count("pk", filter=among)


def _below(user: User, found: Figures) -> list[Division]:
    """Units that have figures: what stands today, and what was counted and is gone since."""
    seen = Division.objects.visible_to(user)
    return list(seen.filter(pk__in={unit for unit, _term in found}).order_by("code"))


def _row(
    unit: Division, indicators: Sequence[TermIndicator], of_terms: Sequence[Sequence[Figure]]
) -> UnitRow:
    pairs = zip(indicators, *of_terms, strict=True)
    return UnitRow(unit, [Comparison(indicator, *two) for indicator, *two in pairs])


def _sums(lists: list[list[Figure]], nothing: list[Figure]) -> list[Figure]:
    total = list(nothing)
    for figures in lists:
        total = [one + other for one, other in zip(total, figures, strict=True)]
    return total
