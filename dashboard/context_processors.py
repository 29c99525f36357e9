"""What the frame around every page needs to know."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.models import User
from tasks.models import Bulletin
from tasks.work import ToDo, has_duties
from villages.models import Level

FIGURES = (
    *("overview", "map", "matrix", "ranking", "trend", "light", "village"),
    *("entries", "entry", "search"),
)
BULLETINS = (
    *("bulletins", "bulletin", "bulletin_new", "bulletin_edit", "bulletin_compare"),
    "bulletin_template",
)
CADRES = (
    "registers",
    *("contact_points", "contact_point_new", "contact_point", "contact_visit"),
    *("duties", "organization_duties"),
    *("policy_talks", "policy_talk_new", "policy_talk"),
    *("teams", "team", "team_member", "team_member_new", "standards", "before_after"),
    *("postings", "posting", "appoint", "exchange", "calendar"),
    *("people", "person", "person_add", "person_edit", "reveal"),
    *("organizations", "organization"),
    *("duplicates", "compare", "merges", "merge"),
    *("pairing_rounds", "pairing_round", "pairing_villages", "pairing_candidates"),
    *("pairing_place", "pairing_wishes"),
)
REVIEWING = ("review", "review_units", "return_reasons")


@dataclass(frozen=True)
class Link:
    """One line of the menu; `count` is a badge, 0 for none."""

    label: str
    url: str
    view_names: tuple[str, ...]
    count: int = 0


def navigation(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"menu": SimpleLazyObject(lambda: _menu(user))}


def _menu(user: User) -> list[Link]:
    to_do = ToDo.of(user)
    links = []
    if has_duties(user):
        work = ("work", "chase", "quarters", "quarter")
        links.append(Link(_("My work"), reverse("tasks:work"), work, to_do.total))
    links += [
        Link(
            _("Overview"),
            reverse("dashboard:overview_now"),
            FIGURES,
        ),
        Link(
            _("Task ledger"),
            reverse("tasks:ledgers"),
            ("ledgers", "ledger", "issue", "amend", "lights"),
        ),
    ]
    if user.level in (Level.TOWNSHIP, Level.VILLAGE) and user.has_perm("tasks.change_entry"):
        report = reverse("tasks:report_now")
        links.append(Link(_("Quarterly reporting"), report, ("report", "grid")))
    if user.has_perm("tasks.review_entry"):
        review = reverse("tasks:review_now")
        links.append(Link(_("Review"), review, REVIEWING, to_do.waiting))
        exemptions = reverse("tasks:exemptions")
        links.append(Link(_("Exemptions"), exemptions, ("exemptions",), to_do.exemptions))
    if to_do.led:
        lead = reverse("tasks:second_track_now")
        links.append(Link(_("Tasks that we lead"), lead, ("second_track",)))
    links += _registers(user)
    if user.is_staff:
        links.append(Link(_("Administration"), reverse("admin:index"), ()))
    return links


def _registers(user: User) -> list[Link]:
    """What is kept beside the ledger, and what comes of it on paper."""
    links = []
    if user.has_perm("cadres.view_posting"):
        links.append(Link(_("Cadres"), reverse("cadres:registers_now"), CADRES))
    if user.has_perm("tasks.view_bulletin") and Bulletin.may_reach(user):
        links.append(Link(_("Bulletins"), reverse("dashboard:bulletins"), BULLETINS))
    if user.has_perm("tasks.view_entry"):
        sheets = reverse("spreadsheets:sheets")
        links.append(Link(_("Import and export"), sheets, ("sheets", "sheet", "batch")))
    return links
