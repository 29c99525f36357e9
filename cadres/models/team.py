"""Members of village teams: one row for each person in a team, as the form has it."""

import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cadres.models.person import Person
from cadres.models.term import VillageTeam
from cadres.models.words import Education, PoliticalStatus
from cadres.months import MonthField, month_of
from villages.models import PlacedQuerySet

IN_OFFICE = Q(left="")
SECRETARY = Q(party_position="secretary")
DIRECTOR = Q(committee_position="director")
IN_PARTY_ORGANISATION = ~Q(party_position="")
IN_VILLAGE_COMMITTEE = ~Q(committee_position="")
# The two committees; whoever is only in the supervision committee belongs to neither.
IN_TWO_COMMITTEES = IN_PARTY_ORGANISATION | IN_VILLAGE_COMMITTEE


class TeamMemberQuerySet(PlacedQuerySet["TeamMember"]):
    """Seen where the team is: who left stays in its history."""

    place = "team__village"

    def in_office(self) -> Self:
        """Who has not left; of an earlier term, those who stayed to its end."""
        return self.filter(IN_OFFICE)

    def serving(self) -> Self:
        """Who is in office in a team that no later one has followed."""
        return self.in_office().filter(team__in=VillageTeam.objects.current())

    def secretaries(self) -> Self:
        return self.filter(SECRETARY)

    def of_two_committees(self) -> Self:
        return self.filter(IN_TWO_COMMITTEES)

    def dual_role(self) -> Self:
        """一肩挑: the secretary also heads the village committee."""
        return self.filter(SECRETARY & DIRECTOR)

    def cross_appointed(self) -> Self:
        """交叉任职: in the party organisation and in the village committee."""
        return self.filter(IN_PARTY_ORGANISATION & IN_VILLAGE_COMMITTEE)

    def in_form_order(self) -> Self:
        """Secretary first, then down the party organisation, the committee, the supervision."""
        return self.order_by(
            *(
                models.Case(
                    *(models.When(**{name: value}, then=n) for n, value in enumerate(order)),
                    default=len(order),
                )
                for name, order in FORM_ORDER
            ),
            "since",
            "pk",
        )


class TeamMember(models.Model):
    """One person in the team of a village in one term.

    `education` and `political_status` are as they were: what changes of a person later leaves
    the statistics of the term alone. 一肩挑 and 交叉任职 are told from the positions.
    """

    class PartyPosition(models.TextChoices):
        SECRETARY = "secretary", _("Party secretary")
        DEPUTY = "deputy", _("Deputy party secretary")
        MEMBER = "member", _("Party committee member")

    class CommitteePosition(models.TextChoices):
        DIRECTOR = "director", _("Village committee director")
        DEPUTY = "deputy", _("Village committee deputy director")
        MEMBER = "member", _("Village committee member")

    class SupervisionPosition(models.TextChoices):
        DIRECTOR = "director", _("Supervision committee director")
        MEMBER = "member", _("Supervision committee member")

    class LeftReason(models.TextChoices):
        RESIGNED = "resigned", _("Resigned")
        TRANSFERRED = "transferred", _("Transferred to another post")
        PROMOTED = "promoted", _("Promoted")
        REMOVED = "removed", _("Removed from office")
        AGE = "age", _("Left because of age")
        MISTAKE = "mistake", _("Entered by mistake")
        OTHER = "other", _("Other")

    team = models.ForeignKey(
        VillageTeam, models.PROTECT, verbose_name=_("village team"), related_name="members"
    )
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("person"), related_name="memberships"
    )
    party_position = models.CharField(
        _("in the party organisation"), max_length=10, choices=PartyPosition, blank=True
    )
    committee_position = models.CharField(
        _("in the village committee"), max_length=10, choices=CommitteePosition, blank=True
    )
    supervision_position = models.CharField(
        _("in the supervision committee"), max_length=10, choices=SupervisionPosition, blank=True
    )
    since = MonthField(_("in this office since"), blank=True)
    is_new = models.BooleanField(_("newly elected"), default=False)
    is_entrepreneur = models.BooleanField(_("leads others to prosperity"), default=False)
    is_veteran = models.BooleanField(_("veteran"), default=False)
    is_returnee = models.BooleanField(_("returned home"), default=False)
    is_graduate = models.BooleanField(_("university graduate"), default=False)
    education = models.CharField(_("education"), max_length=1, choices=Education, blank=True)
    political_status = models.CharField(
        _("political status"), max_length=2, choices=PoliticalStatus, blank=True
    )
    left = MonthField(_("left in"), blank=True)
    left_reason = models.CharField(
        _("reason for leaving"), max_length=15, choices=LeftReason, blank=True
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a village team")
        verbose_name_plural = _("members of village teams")
        ordering = ["team", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "person"],
                name="team_member_once_in_a_team",
                violation_error_message=_("This person is in the team already."),
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=SECRETARY & IN_OFFICE,
                name="team_member_one_secretary",
                violation_error_message=_("The team has a secretary already."),
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=DIRECTOR & IN_OFFICE,
                name="team_member_one_director",
                violation_error_message=_("The village committee has a director already."),
            ),
            models.CheckConstraint(
                name="team_member_has_a_position",
                condition=IN_TWO_COMMITTEES | ~Q(supervision_position=""),
                violation_error_message=_("A member holds at least one position."),
            ),
            models.CheckConstraint(
                name="team_member_left_has_a_reason",
                condition=Q(left="", left_reason="") | (~Q(left="") & ~Q(left_reason="")),
                violation_error_message=_("Who left has a month and a reason."),
            ),
            models.CheckConstraint(
                name="team_member_left_after_taking_office",
                condition=Q(left="") | Q(since="") | Q(left__gte=F("since")),
                violation_error_message=_("Nobody left before taking office."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.team}"

    @property
    def is_secretary(self) -> bool:
        return self.party_position == self.PartyPosition.SECRETARY

    @property
    def is_director(self) -> bool:
        return self.committee_position == self.CommitteePosition.DIRECTOR

    @property
    def has_dual_role(self) -> bool:
        return self.is_secretary and self.is_director

    @property
    def is_cross_appointed(self) -> bool:
        return bool(self.party_position and self.committee_position)

    @property
    def positions(self) -> list[str]:
        """In words, in the order of the form."""
        told = (
            self.get_party_position_display(),
            self.get_committee_position_display(),
            self.get_supervision_position_display(),
        )
        return [str(words) for words in told if words]

    def years_served(self, on: datetime.date) -> int | None:
        """任职年限: full years in office on a day, or when leaving it."""
        until = self.left or month_of(on)
        if not self.since or until < self.since:
            return None
        years = int(until[:4]) - int(self.since[:4])
        return years - (until[5:] < self.since[5:])

    def take_from_person(self) -> None:
        """The facts that change later, as they are now, where the row says none."""
        self.education = self.education or self.person.education
        self.political_status = self.political_status or self.person.political_status

    def clean(self) -> None:
        wrong = dict[str, Any]()
        if self.person.merged_into_id or self.person.anonymized_at:
            wrong["person"] = _now("This record of a person is closed.")
        if self.person.birth and self.since and self.since <= self.person.birth:
            wrong["since"] = _now("Nobody took office before being born.")
        this_month = month_of(timezone.localdate())
        for name in ("since", "left"):
            if getattr(self, name) > this_month:
                wrong[name] = _now("This month is yet to come.")
        if self.party_position and self.political_status not in PARTY:
            wrong["party_position"] = _now(
                "Who holds a position in the party organisation is a party member."
            )
        if wrong:
            raise ValidationError(wrong)


PARTY = ("", PoliticalStatus.MEMBER, PoliticalStatus.PROBATIONARY)
FORM_ORDER = (
    ("party_position", TeamMember.PartyPosition.values),
    ("committee_position", TeamMember.CommitteePosition.values),
    ("supervision_position", TeamMember.SupervisionPosition.values),
)
