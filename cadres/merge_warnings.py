"""What two records would be at one time if they were one person: asked before somebody agrees."""

import datetime
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions.merging import check_postings
from cadres.models import Person, Posting, TeamMember, VillageTeam


def warnings_of(kept: Person, merged: Person, reader: User, on: datetime.date) -> list[str]:
    """In sentences; some keep the two from being merged, others are for somebody to look at."""
    try:
        check_postings(kept, merged)
    except ValidationError as refused:
        clash = [str(message) for message in refused.messages]
    else:
        clash = list(_two_postings(kept, merged, reader, on))
    return [*clash, *_two_teams(kept, merged, reader)]


def _two_postings(kept: Person, merged: Person, reader: User, on: datetime.date) -> Iterator[str]:
    held = Posting.objects.on(on).filter(person__in=[kept, merged])
    listed = list(held.select_related("kind", "division").order_by("start", "pk"))
    if len({posting.person_id for posting in listed}) == 2:
        names = [f"{one.kind}（{one.division.name_for(reader)}）" for one in listed]
        yield _("The person would hold several postings at once: %s.") % _(", ").join(names)


def _two_teams(kept: Person, merged: Person, reader: User) -> Iterator[str]:
    rows = TeamMember.objects.in_office().filter(
        person__in=[kept, merged], team__in=VillageTeam.objects.current()
    )
    listed = list(rows.select_related("team__village", "team__term").order_by("pk"))
    if len({row.person_id for row in listed}) < 2:
        return
    places = [
        f"{row.team.village.name_for(reader)}（{'、'.join(row.positions)}）" for row in listed
    ]
    if len({row.team_id for row in listed}) < 2:
        message = _("Both are in the team of one village; one of the two rows leaves it first: %s.")
    else:
        message = _("The person would be in office in several village teams at once: %s.")
    yield message % _(", ").join(places)
