"""Who serves where in the demo city: the figures of the city's own work, by lot."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from anyang_ledger.demo.cadres.making import WRITE_BATCH, Maker, day, store
from anyang_ledger.demo.scale import Scale
from cadres.models import (
    CadreChange,
    Organization,
    Person,
    Posting,
    PostingKind,
    Rank,
    Tag,
    facts_of,
)
from cadres.months import last_of_term, months_later
from villages.models import Division, Level, VillageProfile

ONE_DAY = datetime.timedelta(days=1)
ENTERED = datetime.datetime(
    2026, 9, 28, 9, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8))
)
# First secretaries begin in one of these months; the first few are past their term in autumn.
STARTS = [
    *(day(2024, month) for month in (9, 11, 12)),
    *(day(2025, month) for month in (1, 2, 3, 5, 6, 8, 10)),
    *(day(2026, month) for month in (1, 3, 5, 6)),
]
START_WEIGHTS = (2, 3, 4, 6, 6, 8, 20, 20, 10, 6, 6, 8, 8, 6)
FIRST_SERVED = (
    VillageProfile.VillageType.OUT_OF_POVERTY,
    VillageProfile.VillageType.RELOCATED,
)
LEFT = (Rank.DEPUTY_SECTION, Rank.SECTION)
SENT = (Rank.CLERK, Rank.CLERK, Rank.DEPUTY_SECTION)
WHO_SENDS = Organization.Sender


@dataclass
class Roster:
    """Persons and postings that are made, in the order in which they are stored."""

    maker: Maker
    kinds: dict[str, PostingKind]
    senders: dict[int | None, list[Organization]]
    # Of each township, its county.
    counties: dict[int | None, int | None]
    persons: list[Person] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)

    def add(self, kind: str, division: Division, person: Person, start: datetime.date) -> Posting:
        wanted = self.kinds[kind]
        term = wanted.term_months
        posting = Posting(
            person=person,
            kind=wanted,
            division=division,
            organization=person.organization,
            start=start,
            planned_end=last_of_term(start, term) if term else None,
            seat_number=1 if wanted.seats else None,
        )
        posting.take_from_kind()
        self.persons.append(person)
        self.postings.append(posting)
        return posting

    def sender(self, village: Division) -> Organization:
        """An organisation of the village's county, or one of the city."""
        return self.maker.rng.choice(self.senders[self.counties[village.parent_id]])


def put(scale: Scale) -> None:
    roster = Roster(
        Maker("postings"),
        {kind.code: kind for kind in PostingKind.objects.all()},
        _senders(),
        dict(Division.objects.filter(level=Level.TOWNSHIP).values_list("pk", "parent")),
    )
    villages = list(_villages())
    _first_secretaries(roster, villages, scale)
    _graduates(roster, villages)
    _townships(roster, scale)
    _leaders(roster, scale)
    store(roster.persons)
    # Who follows somebody comes second, when the other is stored.
    for follows in (False, True):
        now = [one for one in roster.postings if bool(one.predecessor) is follows]
        Posting.objects.bulk_create(now, batch_size=WRITE_BATCH)
    _put_strengths(roster)
    CadreChange.objects.bulk_create(
        [_entered(posting) for posting in roster.postings], batch_size=WRITE_BATCH
    )


def _put_strengths(roster: Roster) -> None:
    """Whoever is sent by an organisation is good at one or two fields of work."""
    tags, strengths = list(Tag.objects.order_by("name")), Person.strengths.through
    sent = [person for person in roster.persons if person.organization_id]
    strengths.objects.bulk_create(
        [
            strengths(person_id=person.pk, tag_id=tag.pk)
            for person in sent
            for tag in roster.maker.rng.sample(tags, roster.maker.rng.randint(1, 2))
        ],
        batch_size=WRITE_BATCH,
    )


def _entered(posting: Posting) -> CadreChange:
    return CadreChange(
        about="posting",
        row=posting.pk,
        division=posting.division,
        person=posting.person,
        verb=CadreChange.Verb.ADDED,
        after=facts_of(posting),
        at=ENTERED,
    )


def _senders() -> dict[int | None, list[Organization]]:
    """By county: its own organisations, and those of the city."""
    organizations = list(Organization.objects.order_by("division__code", "name"))
    of_city = [one for one in organizations if one.level == WHO_SENDS.CITY]
    counties = {one.division_id for one in organizations if one.level == WHO_SENDS.COUNTY}
    return {
        county: [one for one in organizations if one.division_id == county] + of_city
        for county in sorted(counties)
    }


def _villages() -> Iterator[Division]:
    found = Division.objects.filter(level=Level.VILLAGE)
    yield from found.select_related("profile", "parent__parent").order_by("code")


def _first_secretaries(roster: Roster, villages: list[Division], scale: Scale) -> None:
    """Every weak village has one who left a leading post; others as many as are left."""
    weak = VillageProfile.VillageType.WEAK
    of_weak = [village for village in villages if village.profile.village_type == weak]
    others = [village for village in villages if village.profile.village_type != weak]
    rng = roster.maker.rng
    for village in of_weak:
        person = roster.maker.person(village, (1966, 1970), _of_county(roster, village), LEFT)
        person.has_left_lead = True
        _follow(roster, village, "retired_first_secretary", person)
    rng.shuffle(others)
    others.sort(key=lambda village: village.profile.village_type not in FIRST_SERVED)
    wanted = scale.first_secretaries - len(of_weak)
    for number, village in enumerate(others[:wanted]):
        person = roster.maker.person(village, (1976, 1998), roster.sender(village), SENT)
        _follow(roster, village, "first_secretary", person)
        if number % 10 == 0:
            _work_team(roster, village, person)
    for village in others[wanted : wanted + wanted // 40]:
        _before(roster, village, rng.choice(STARTS))  # whom nobody has followed yet


def _work_team(roster: Roster, village: Division, secretary: Person) -> None:
    """Two more from the organisation that sends the first secretary."""
    for number in (1, 2):
        person = roster.maker.person(village, (1985, 1999), secretary.organization, (Rank.CLERK,))
        roster.add("work_team", village, person, day(2025, 6)).seat_number = number


def _of_county(roster: Roster, village: Division) -> Organization:
    """Cadres who left a leading post come from the organisations of the county."""
    senders = roster.senders[roster.counties[village.parent_id]]
    own = [one for one in senders if one.level == WHO_SENDS.COUNTY]
    return roster.maker.rng.choice(own)


def _follow(roster: Roster, village: Division, kind: str, person: Person) -> None:
    """A first secretary, and in most villages the one before, some of whom left a gap."""
    rng = roster.maker.rng
    start = rng.choices(STARTS, START_WEIGHTS)[0]
    before = _before(roster, village, start) if rng.random() < 0.6 else None
    posting = roster.add(kind, village, person, start)
    posting.batch = f"{start.year}年第{1 if start.month <= 6 else 2}批"
    posting.predecessor = before


def _before(roster: Roster, village: Division, until: datetime.date) -> Posting:
    rng = roster.maker.rng
    sender = roster.sender(village)
    person = roster.maker.person(village, (1970, 1992), sender, (Rank.CLERK, Rank.DEPUTY_SECTION))
    person.division = sender.division  # back at the unit that keeps the organisation
    gap = rng.choices((0, 1, 2, 5), (12, 4, 2, 1))[0]
    last = months_later(until, -gap) - ONE_DAY
    posting = roster.add("first_secretary", village, person, months_later(until, -24 - gap))
    posting.end, posting.end_reason = last, Posting.EndReason.ROTATED
    posting.hand_over = "村情、在建项目和未办结事项已当面移交。"
    return posting


def _graduates(roster: Roster, villages: list[Division]) -> None:
    """Graduates of every year since 2019 in demonstration villages; two years each."""
    places = [village for village in villages if village.profile.is_demonstration]
    rng = roster.maker.rng
    rng.shuffle(places)
    for number, village in enumerate(places):
        cohort = 2019 + number % 8
        person = roster.maker.person(village, (cohort - 26, cohort - 23))
        posting = roster.add("graduate", village, person, day(cohort, 9))
        posting.cohort = cohort
        if posting.planned_end and posting.planned_end < ENTERED.date():
            posting.end, posting.end_reason = posting.planned_end, Posting.EndReason.TERM
            person.division_id = village.parent_id or village.pk


def _townships(roster: Roster, scale: Scale) -> None:
    """Both heads of each township, and a deputy secretary from the city in some of them."""
    found = Division.objects.filter(level=Level.TOWNSHIP).select_related("parent")
    townships, rng = list(found.order_by("code")), roster.maker.rng
    of_city = [one for one in next(iter(roster.senders.values())) if one.level == WHO_SENDS.CITY]
    for township in townships:
        for kind in ("township_secretary", "township_head"):
            person = roster.maker.person(township, (1972, 1986), None, (Rank.SECTION,))
            person.position = str(roster.kinds[kind].name)
            roster.add(kind, township, person, day(rng.randint(2021, 2025), rng.choice((5, 9))))
    for township in rng.sample(townships, scale.secondments):
        ranks = (Rank.DEPUTY_SECTION, Rank.SECTION)
        person = roster.maker.person(township, (1978, 1992), rng.choice(of_city), ranks)
        posting = roster.add("secondment", township, person, day(2025, 4))
        posting.title = "乡镇党委副书记（乡村振兴，挂职）"


def _leaders(roster: Roster, scale: Scale) -> None:
    counties = list(Division.objects.filter(level=Level.COUNTY).order_by("code"))
    for number in range(scale.county_leaders):
        county = counties[number % len(counties)]
        person = roster.maker.person(county, (1966, 1982), None, (Rank.DEPUTY_DIVISION,))
        roster.add("county_leader", county, person, day(2021 + number % 5, 9))
