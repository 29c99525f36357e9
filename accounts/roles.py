"""What each role may do: the one table of permissions, read by page, admin, Excel and command.

The division of an account says *where* it may do so; see `visible_to` on every queryset.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    REPORTER = "reporter", _("Reporter")
    REVIEWER = "reviewer", _("Reviewer")
    MANAGER = "manager", _("Manager")
    AUDITOR = "auditor", _("Auditor")


def _every(verb: str, *models_of: str) -> frozenset[str]:
    return frozenset(f"{model.split('.')[0]}.{verb}_{model.split('.')[1]}" for model in models_of)


READ = _every(
    "view",
    "villages.division",
    "villages.divisionchange",
    "villages.villageprofile",
    "tasks.ledger",
    "tasks.task",
    "tasks.period",
    "tasks.entry",
    "tasks.review",
    "tasks.entrychange",
    "tasks.rule",
    "tasks.returnreason",
    "tasks.specialday",
    "tasks.amendment",
    "tasks.extension",
    "tasks.periodchange",
    "tasks.exemption",
    "tasks.evidence",
    "tasks.reminder",
    "tasks.rankingexclusion",
    "tasks.lightrule",
    "tasks.lightoverride",
    "tasks.bulletin",
)
READ_CADRES = _every(
    "view",
    "cadres.organization",
    "cadres.tag",
    "cadres.villageneed",
    "cadres.postingkind",
    "cadres.person",
    "cadres.posting",
    "cadres.cadrechange",
    "cadres.contactpoint",
    "cadres.contactvisit",
    "cadres.policytalk",
    "cadres.organizationbinding",
    "cadres.term",
    "cadres.villageteam",
    "cadres.teammember",
    "cadres.criterion",
    "cadres.standardassessment",
    "cadres.termindicator",
    "cadres.personmerge",
)
KEEP_TEAMS = frozenset(
    f"cadres.{verb}_{model}"
    for model in ("term", "villageteam", "teammember", "standardassessment", "termindicator")
    for verb in ("add", "change")
) | {"cadres.change_criterion", "cadres.delete_termindicator"}
KEEP_CADRES = frozenset(
    f"cadres.{verb}_{model}"
    for model in ("organization", "tag", "villageneed", "postingkind", "person", "posting")
    for verb in ("view", "add", "change")
) | {"cadres.reveal_person", "cadres.decide_personmerge", "cadres.delete_villageneed"}
KEEP_CONTACTS = frozenset(
    f"cadres.{verb}_{model}"
    for model in ("contactpoint", "contactvisit", "policytalk", "organizationbinding")
    for verb in ("add", "change")
)
MATCH = frozenset(f"cadres.{verb}_pairinground" for verb in ("view", "add", "change", "delete"))
REPORT = frozenset({"tasks.change_entry", "spreadsheets.view_batch"})
REVIEW = frozenset({"tasks.review_entry", "tasks.add_lightoverride"})
KEEP_RECORDS = frozenset(
    f"{app}.{verb}_{model}"
    for app, model in [
        ("villages", "division"),
        ("villages", "divisionchange"),
        ("villages", "villageprofile"),
        ("accounts", "user"),
        ("tasks", "ledger"),
        ("tasks", "task"),
        ("tasks", "period"),
        ("tasks", "rule"),
        ("tasks", "returnreason"),
        ("tasks", "specialday"),
    ]
    for verb in ("view", "add", "change", "delete")
) - {"accounts.delete_user", "tasks.delete_returnreason"}
MAKE_LEDGERS = frozenset(
    {"tasks.issue_ledger", "tasks.add_amendment", "tasks.lock_period", "tasks.add_lightrule"}
)
MAKE_BULLETINS = frozenset({"tasks.issue_bulletin"}) | frozenset(
    f"tasks.{verb}_{model}"
    for verb in ("view", "add", "change")
    for model in ("bulletin", "bulletintemplate")
)
AUDIT = frozenset({"accounts.view_accesslog", "accounts.view_user", "spreadsheets.view_batch"})

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.VIEWER: READ | READ_CADRES,
    Role.REPORTER: READ | READ_CADRES | REPORT,
    Role.REVIEWER: READ | READ_CADRES | REPORT | REVIEW,
    Role.MANAGER: (
        READ
        | REPORT
        | REVIEW
        | KEEP_RECORDS
        | MAKE_LEDGERS
        | MAKE_BULLETINS
        | KEEP_CADRES
        | KEEP_CONTACTS
        | KEEP_TEAMS
        | MATCH
        | READ_CADRES
    ),
    Role.AUDITOR: READ | READ_CADRES | AUDIT,
}
