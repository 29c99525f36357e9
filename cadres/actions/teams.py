"""Village teams: opened for a term, brought over from the last one, elected, changed.

The one way in which they are written; `cadres/team_bulk.py` does the same for thousands.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions import persons
from cadres.actions.serving import check_kept_by, settle_members
from cadres.models import CadreChange, Person, TeamMember, Term, VillageTeam, facts_of
from cadres.months import month_of
from cadres.team_bulk import AT_ONCE, bring_over, note_all
from villages.models import Division, Level

# What change_member() may change; another person is another row.
CHANGED = (
    *("party_position", "committee_position", "supervision_position", "since"),
    *("is_new", "is_entrepreneur", "is_veteran", "is_returnee", "is_graduate"),
    *("education", "political_status", "note"),
)


@transaction.atomic
def open_term(term: Term, division: Division, by: User | None) -> int:
    """Give every village of a unit its team in the term, with the members of the term before
    for confirmation; how many teams are new."""
    today, at = timezone.localdate(), timezone.now()
    Term.objects.filter(pk=term.pk).lock()
    villages = Division.objects.within(division).at(today).owing(Level.VILLAGE)
    missing = list(villages.exclude(teams__term=term).order_by("pk"))
    teams = VillageTeam.objects.bulk_create(
        [VillageTeam(term=term, village=village) for village in missing], batch_size=AT_ONCE
    )
    note_all([(team, team.village, None) for team in teams], by, at)
    bring_over(term, teams, by, at)
    return len(teams)


@transaction.atomic
def record_election(
    team: VillageTeam, by: User | None, *, confirmed: bool = False, reason: str = ""
) -> VillageTeam:
    """Store the state, the day and the turnout that the team says, for the version it says;
    nothing where all is the same. The team as it stands then.

    Members that were brought over want to be confirmed before an election is finished; one that
    is finished is set back for a reason only, because every figure of the term loses it.
    """
    held = _held(team, team.members.in_office().values("person"))
    before = facts_of(held)
    if held.is_finished and not team.is_finished and not reason.strip():
        message = _("This election is finished. Say why it is set back; the history keeps it.")
        raise ValidationError({"reason": message})
    for name in ("state", "elected_on", "turnout"):
        setattr(held, name, getattr(team, name))
    if confirmed:
        held.is_carried_over = False
    if held.is_finished and held.is_carried_over:
        raise ValidationError(
            _("The members are those of the term before: confirm that they are right.")
        )
    _check_day(held)
    _check_order(held)
    _store_team(held, before, by, reason.strip())
    settle_members(held.members.in_office().values_list("person", flat=True), by)
    return held


@transaction.atomic
def confirm(team: VillageTeam, by: User | None) -> None:
    """The members that were brought over are right."""
    held = _held(team)
    before, held.is_carried_over = facts_of(held), False
    _store_team(held, before, by)


@transaction.atomic
def add_member(member: TeamMember, by: User | None, *, confirmed: bool = False) -> TeamMember:
    """Store a new member, and with it a person who has no record yet; `confirmed` says that it
    is somebody else than whom the registers know of that name."""
    is_new = member.person._state.adding
    held = hold_for_members(member.team, () if is_new else (member.person.pk,))
    if gone := held.village.gone_in_words(timezone.localdate()):
        raise ValidationError(gone)
    if is_new:
        _add_person(member.person, member.team.village, by, confirmed=confirmed)
    member.person = Person.objects.get(pk=member.person.pk)
    check_kept_by(member.person, by)
    member.take_from_person()
    _check_since(member)
    member.full_clean()
    member.save(force_insert=True)
    CadreChange.note(member, member.team.village, by, timezone.now())
    settle_members([member.person_id], by)
    return member


@transaction.atomic
def change_member(member: TeamMember, by: User | None, reason: str = "") -> TeamMember:
    """Store what `member` says of positions and facts, for the version that it says; nothing
    where all is the same."""
    held = _held_member(member)
    before = facts_of(held)
    for name in CHANGED:
        setattr(held, name, getattr(member, name))
    _check_since(held)
    return _store_member(held, before, by, reason)


@transaction.atomic
def leave(member: TeamMember, month: str, why: str, by: User | None) -> TeamMember:
    """Let a member leave in a month; the row stays in the history of the team."""
    held = _held_member(member)
    before = facts_of(held)
    if held.team.is_followed() and why != TeamMember.LeftReason.MISTAKE:
        raise ValidationError(_("The term of this team is over: its members left office with it."))
    elected_on = held.team.elected_on
    if elected_on and month < month_of(elected_on):
        message = _("The team was elected on %s; nobody left it before.")
        raise ValidationError({"left": message % date_format(elected_on)})
    held.left, held.left_reason = month, why
    return _store_member(held, before, by)


def stale(what: str) -> ValidationError:
    message = _("Somebody changed %(what)s meanwhile; look at what stands now and send again.")
    return ValidationError(message % {"what": what}, "conflict")


def _held(team: VillageTeam, persons: Any = ()) -> VillageTeam:
    """The team as it is stored, held until the transaction ends; stale versions are refused."""
    held = hold_for_members(team, persons)
    if held.version != team.version:
        raise stale(held.village.short_name)
    return held


def hold_for_members(team: VillageTeam, persons: Any) -> VillageTeam:
    """All who write members of a team wait for one another: constraints are then told in words.

    The village first, then the persons whose records may move, then the team: in the order in
    which rosters and postings hold them, so that nobody waits in a ring.
    """
    Division.objects.filter(pk=team.village_id).lock()
    Person.objects.filter(pk__in=persons).lock()
    rows = VillageTeam.objects.filter(pk=team.pk).select_related("village", "term")
    return rows.lock()[0]


def _held_member(member: TeamMember) -> TeamMember:
    team = hold_for_members(member.team, (member.person_id,))
    rows = TeamMember.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related("person").filter(pk=member.pk).first()
    if held is None or held.version != member.version:
        raise stale(member.person.name)
    held.team = team
    return held


def _check_day(team: VillageTeam) -> None:
    team.full_clean(exclude=["village", "term"])
    if team.elected_on is None:
        return
    if team.elected_on > timezone.localdate():
        raise ValidationError({"elected_on": _("This day is yet to come.")})
    if gone := team.village.gone_in_words(team.elected_on):
        raise ValidationError({"elected_on": gone})
    if team.elected_on < team.term.started:
        first = date_format(team.term.started, "SHORT_DATE_FORMAT")
        message = _("The elections of this term begin on %s.") % first
        raise ValidationError({"elected_on": message})


def _check_since(member: TeamMember) -> None:
    """Nobody joins a team after the next one of the village was elected."""
    after = member.team.following()
    if after and after.elected_on and member.since > month_of(after.elected_on):
        message = _("The next team was elected on %s; the term of this one was over then.")
        raise ValidationError({"since": message % date_format(after.elected_on)})


def _check_order(team: VillageTeam) -> None:
    """The teams of a village are elected one after the other."""
    if team.elected_on is None:
        return
    before, after = team.preceding(), team.following()
    if before and before.elected_on and team.elected_on <= before.elected_on:
        message = _("The team before this one was elected on %s; this one was after that day.")
        raise ValidationError({"elected_on": message % date_format(before.elected_on)})
    if after and after.elected_on and team.elected_on >= after.elected_on:
        message = _("The next team was elected on %s; this one was before that day.")
        raise ValidationError({"elected_on": message % date_format(after.elected_on)})


def _store_team(
    team: VillageTeam, before: dict[str, Any], by: User | None, reason: str = ""
) -> None:
    if facts_of(team) == before:
        return
    team.version += 1
    team.save()
    CadreChange.note(team, team.village, by, timezone.now(), before, reason=reason)


def _store_member(
    member: TeamMember, before: dict[str, Any], by: User | None, reason: str = ""
) -> TeamMember:
    if facts_of(member) == before:
        return member
    member.version += 1
    member.full_clean()
    member.save()
    CadreChange.note(member, member.team.village, by, timezone.now(), before, reason=reason)
    settle_members([member.person_id], by)
    return member


def _add_person(person: Person, village: Division, by: User | None, *, confirmed: bool) -> None:
    person.division = village
    persons.add(person, by, confirmed=confirmed)
