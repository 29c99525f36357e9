"""What is improbable about a record and may be a slip of the keyboard; it hinders nothing."""

import datetime

from django.utils.translation import gettext as _

from cadres.models import Person, TeamMember
from cadres.months import age, first_day

OF_AGE, OLDEST = 18, 110


def doubts_about(person: Person, on: datetime.date) -> list[str]:
    """In sentences, for whoever may put the record right."""
    found = []
    if person.birth and (age(person.birth, on) or 0) > OLDEST:
        found.append(_("Born more than %d years ago: look at the year.") % OLDEST)
    joined = age(person.birth, first_day(person.party_joined)) if person.party_joined else None
    if joined is not None and joined < OF_AGE:
        message = _("Joined the party at %(age)d, though members are %(least)d or older.")
        found.append(message % {"age": joined, "least": OF_AGE})
    return found


def doubt_about_office(member: TeamMember) -> str:
    """Where somebody would have taken office before being of age."""
    taken = age(member.person.birth, first_day(member.since)) if member.since else None
    if taken is None or taken >= OF_AGE:
        return ""
    says = {"name": member.person.name, "age": taken}
    return _("%(name)s would have taken office at the age of %(age)d: look at the months.") % says
