"""What village teams tell at the head of the registers, and in the files of villages and
persons."""

import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres import person_file
from cadres.headlines import Headline, register
from cadres.models import Person, StandardAssessment, TeamMember, Term, VillageTeam
from cadres.models.person import secrets_of
from cadres.models.team import DIRECTOR
from cadres.team_list import meant, not_opened, teams_of
from cadres.team_rules import Makeup
from cadres.term_choice import SERVING
from villages.models import Division


@register(order=60, permission="cadres.view_villageteam")
def elected(division: Division, user: User, on: datetime.date) -> Headline | None:
    term = Term.objects.newest()
    if term is None:
        return None
    teams = teams_of(term, on).visible_to(user).within(division)
    link = f"{reverse('cadres:teams', args=[division.code])}?term={term.year}"
    elected = teams.finished().count()
    whole = teams.count() + not_opened(division, user, term, on).count()
    return Headline(
        label=_("Village teams elected"),
        part=elected,
        whole=whole,
        definition=_("Villages whose team is elected in the newest term, of all villages."),
        link=f"{link}&state=finished",
        missing=f"{link}&state=not_elected" if elected < whole else "",
    )


@register(order=61, permission="cadres.view_villageteam")
def dual_roles(division: Division, user: User, on: datetime.date) -> Headline | None:
    """Of the teams that serve: until a village has elected anew, its team of the last term."""
    seen = VillageTeam.objects.visible_to(user).within(division)
    if not seen.finished().exists():
        return None
    members = TeamMember.objects.visible_to(user).within(division).standing_on(on)
    serving = members.serving().secretaries()
    counted = serving.aggregate(all=Count("pk"), dual=Count("pk", filter=DIRECTOR))
    link = f"{reverse('cadres:teams', args=[division.code])}?term={SERVING}"
    return Headline(
        label=_("Secretaries who are directors too"),
        part=counted["dual"],
        whole=counted["all"],
        definition=_("Party secretaries serving today who head the village committee as well."),
        link=f"{link}&dual=dual",
        missing=f"{link}&dual=not_dual" if counted["dual"] < counted["all"] else "",
    )


def team_of_village(village: Division, period: Any, user: User) -> dict[str, Any] | None:
    """The section of the village file: the team that serves now, and how far the next is."""
    seen = VillageTeam.objects.visible_to(user).filter(village=village).select_related("term")
    teams = list(seen.order_by("-term__year"))
    team = meant(teams)
    today = timezone.localdate()
    members = (
        team.members.select_related("person").defer(*secrets_of("person")).in_form_order()
        if team
        else ()
    )
    return {
        "team": team,
        "makeup": Makeup.of(members),
        "on": team.elected_on or today if team else today,
        "next": teams[0] if teams and teams[0] != team else None,
        "days_to_next": team.term.days_to_next(today) if team else None,
        "enter": reverse("cadres:teams", args=[village.code]),
        "note": team.term.name if team else "",
    }


@person_file.register(
    "memberships",
    _("Village teams"),
    order=30,
    template="cadres/partials/person_memberships.html",
    permission="cadres.view_teammember",
)
def memberships(person: Person, user: User, on: datetime.date) -> dict[str, Any] | None:
    """The teams the person was or is in, and how the person was assessed there."""
    seen = TeamMember.objects.visible_to(user).filter(person=person)
    rows = list(seen.select_related("team__term", "team__village").order_by("-team__term__year"))
    if not rows:
        return None
    assessed = StandardAssessment.objects.visible_to(user).filter(person=person)
    return {"members": rows, "assessments": list(assessed.order_by("-year")), "on": on}
