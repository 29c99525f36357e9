"""Who may open which address: the policy, written a second time and by hand.

Every named address has a line here; a new one without a line fails tests/house/test_scope.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.house.scope_around import DRAFT
from tests.house.scope_world import LEADERS, LEVEL, PEOPLE, STAFF, is_addressed, line_up, scope

ALL = frozenset({"viewer", "reporter", "reviewer", "manager", "auditor"})
FILL = frozenset({"reporter", "reviewer", "manager"})
REVIEW = frozenset({"reviewer", "manager"})
MANAGE = frozenset({"manager"})
AUDIT = frozenset({"auditor"})
NOBODY: frozenset[str] = frozenset()

Status = int | Callable[[str, str], int]


@dataclass(frozen=True)
class Line:
    """What an address answers: by method, by role, and by whose the object is.

    `about` says which rows of the scope world it takes, and `seen` to whom these are visible.
    """

    about: str = ""
    get: Status = 200
    post: Status = 405
    roles: frozenset[str] = ALL
    role_first: bool = False
    seen: Callable[[str, str], bool] = lambda who, unit: unit in scope(who)
    # A bulletin names every unit of the division that it is addressed to: that is its purpose.
    published: bool = False


def expected(line: Line, method: str, who: str, unit: str) -> int:
    status = line.get if method == "get" else line.post
    if status == 405:
        return 405
    may = PEOPLE[who][1] in line.roles
    sees = not line.about or line.seen(who, unit)
    if not may and (line.role_first or sees):
        return 403
    if not sees:
        return 404
    return status(who, unit) if callable(status) else status


def _overview(who: str, unit: str) -> int:
    return 302 if LEVEL[unit] == "village" else 200


def _ranks(who: str, unit: str) -> int:
    """Reviewers and managers leave units out; sent empty, it is said what is missing."""
    if PEOPLE[who][1] not in REVIEW:
        return 403
    return 302 if LEVEL[unit] == "village" else 422


def _of_staff(who: str, unit: str) -> int:
    return 200 if who in STAFF else 403


def _village(who: str, unit: str) -> int:
    return 200 if LEVEL[unit] == "village" else 302


def _fills(status: int) -> Callable[[str, str], int]:
    """Villages and townships fill; levels above do not write the figures of others."""
    return lambda who, unit: status if _own_level(who) in ("township", "village") else 403


def _leads(status: int) -> Callable[[str, str], int]:
    """Accounts that speak for the lead organisation of a task, whatever their role."""
    return lambda who, unit: status if who in LEADERS else 403


def _own_level(who: str) -> str:
    return LEVEL[PEOPLE[who][0]]


def _by_level(status: int, *levels: str) -> Callable[[str, str], int]:
    """Reviewers and managers of some levels; for all others the right is missing."""
    return lambda who, unit: (
        status if PEOPLE[who][1] in REVIEW and _own_level(who) in levels else 403
    )


def _grid(who: str, unit: str) -> int:
    """A township's page; a village has one of its own, and levels above fill nothing."""
    if _own_level(who) not in ("township", "village"):
        return 403
    return 200 if LEVEL[unit] == "township" else 302


def _report_now(who: str, unit: str) -> int:
    return 302 if _own_level(who) in ("township", "village") else 404


def _runs_rounds(who: str, unit: str) -> int:
    """Cities and counties match people with villages; sent empty, it is said what is missing."""
    return 422 if LEVEL[unit] in ("city", "county") else 403


def _own_ledger(who: str, unit: str) -> int:
    return 200 if PEOPLE[who][0] == unit else 403


def _decides(who: str, unit: str) -> int:
    """Nothing was chosen; those who decide on nothing are sent away."""
    return 422 if PEOPLE[who][1] in REVIEW else 403


def _appoints(status: int) -> Callable[[str, str], int]:
    """Postings are decided on by the organization departments of city and county."""
    return lambda who, unit: status if _own_level(who) in ("city", "county") else 403


def _decides_on_posting(status: int) -> Callable[[str, str], int]:
    """A county decides on what is below it, and not on its own leaders; the city on all."""

    def answer(who: str, unit: str) -> int:
        own, role = PEOPLE[who]
        may = role in MANAGE and _own_level(who) in ("city", "county")
        return status if may and (own == "city" or unit != own) else 403

    return answer


def _sets_lights(who: str, unit: str) -> int:
    """Reviewers and managers set the lights of units below their own; nothing was chosen."""
    return 422 if PEOPLE[who][1] in REVIEW and unit != PEOPLE[who][0] else 403


def in_line(who: str, unit: str) -> bool:
    """An issued ledger is known to those below it and those above."""
    own = PEOPLE[who][0]
    return unit in line_up(own) or own in line_up(unit)


def knows_sender(who: str, unit: str) -> bool:
    """What sends cadres is known above its unit and to all units below that one."""
    own = PEOPLE[who][0]
    return unit in line_up(own) or unit in scope(who)


def is_own(who: str, unit: str) -> bool:
    return PEOPLE[who][0] == unit


def owns(who: str, owner: str) -> bool:
    return who == owner


def _keeps(status: int) -> Callable[[str, str], int]:
    """Registers are kept by managers."""
    return lambda who, unit: status if PEOPLE[who][1] in MANAGE else 403


def _if_own(status: int) -> Callable[[str, str], int]:
    """A ledger is kept by those who issue it."""
    return lambda who, unit: status if is_own(who, unit) else 403


def _if_county(status: int) -> Callable[[str, str], int]:
    """Contact points are set in the county of the leader."""
    return lambda who, unit: status if LEVEL[unit] == "county" else 302


def _below_city(status: int) -> Callable[[str, str], int]:
    return lambda who, unit: 302 if LEVEL[unit] == "city" else status


def _issues(status: int) -> Callable[[str, str], int]:
    """Bulletins are issued in the name of a city or a county."""
    return lambda who, unit: status if _own_level(who) in ("city", "county") else 403


def reads_bulletin(who: str, unit: str) -> bool:
    """Issued ones by the addressees; drafts where they are written, by those who write them."""
    if unit.endswith(DRAFT):
        return is_own(who, unit.removesuffix(DRAFT)) and PEOPLE[who][1] in MANAGE
    return is_addressed(PEOPLE[who][0], unit)


def _writes_bulletin(draft: int) -> Callable[[str, str], int]:
    """Of the own division; what is issued is only read."""

    def status(who: str, unit: str) -> int:
        if not is_own(who, unit.removesuffix(DRAFT)):
            return 403
        return draft if unit.endswith(DRAFT) else 302

    return status


PAGES = {
    "dashboard:home": Line(get=302),
    "dashboard:overview_now": Line(get=302),
    "dashboard:overview": Line("place", get=_overview),
    "dashboard:map": Line("place", get=_overview),
    "dashboard:matrix": Line("place", get=_overview),
    "dashboard:ranking": Line("place", get=_overview, post=_ranks),
    "dashboard:present": Line("place", get=_overview),
    "dashboard:styleguide": Line(get=_of_staff),
    "dashboard:village": Line("place", get=_village),
    "dashboard:trend": Line("place"),
    "dashboard:light": Line("place", post=_sets_lights),
    "dashboard:search": Line(),
    "dashboard:duties_now": Line("unit", get=302),
    "dashboard:duties": Line("place"),
    "dashboard:organization_duties": Line("duty_organization", seen=in_line),
    "dashboard:bulletins": Line(),
    "dashboard:bulletin_new": Line(get=_issues(200), post=_issues(422), roles=MANAGE),
    "dashboard:bulletin": Line("bulletin", seen=reads_bulletin, published=True),
    "dashboard:bulletin_edit": Line(
        "bulletin", get=_writes_bulletin(200), post=_writes_bulletin(422), roles=MANAGE,
        role_first=True, seen=reads_bulletin,
    ),
    "dashboard:bulletin_issue": Line(
        "bulletin", get=_writes_bulletin(302), post=_writes_bulletin(302), roles=MANAGE,
        role_first=True, seen=reads_bulletin,
    ),
    "dashboard:bulletin_discard": Line(
        "bulletin", get=_writes_bulletin(302), post=_writes_bulletin(302), roles=MANAGE,
        role_first=True, seen=reads_bulletin,
    ),
    "dashboard:bulletin_word": Line("bulletin", seen=reads_bulletin, published=True),
    "dashboard:bulletin_compare": Line("bulletin_pair", seen=reads_bulletin, published=True),
    "dashboard:bulletin_template": Line(
        get=_by_level(200, "city"), post=_by_level(422, "city"), roles=MANAGE
    ),
    "dashboard:bulletin_template_file": Line(get=_by_level(200, "city"), roles=MANAGE),
    "tasks:ledgers": Line(),
    "tasks:ledger": Line("ledger", seen=in_line),
    "tasks:issue": Line(
        "ledger", get=_own_ledger, post=lambda who, unit: 302 if is_own(who, unit) else 403,
        roles=MANAGE, role_first=True, seen=in_line,
    ),
    "tasks:copy": Line("ledger", get=302, post=_if_own(302), roles=MANAGE, role_first=True,
                       seen=in_line),
    "tasks:close": Line("ledger", get=302, post=_if_own(302), roles=MANAGE, role_first=True,
                        seen=in_line),
    "tasks:amend": Line("ledger", get=_if_own(200), post=_if_own(422), roles=MANAGE,
                        role_first=True, seen=in_line),
    "tasks:lights": Line("ledger", get=_if_own(200), post=_if_own(422), roles=MANAGE,
                         role_first=True, seen=in_line),
    "tasks:entries": Line("place"),
    "tasks:entry": Line("entry"),
    "tasks:attach": Line("entry", get=_fills(302), post=_fills(422), roles=FILL),
    "tasks:evidence": Line("evidence"),
    "tasks:detach": Line("evidence", get=405, post=_fills(302), roles=FILL),
    "tasks:ask_exemption": Line("entry", get=_fills(302), post=_fills(422), roles=FILL),
    "tasks:lift_exemption": Line("entry", get=302, post=422, roles=REVIEW, role_first=True),
    "tasks:exemptions": Line(post=_decides),
    # Only who asked withdraws, and nobody here did.
    "tasks:withdraw_exemption": Line("exemption", get=403, post=403),
    "tasks:report_now": Line(get=_report_now),
    "tasks:report": Line("place", get=_fills(200), post=_fills(302), roles=FILL),
    "tasks:grid": Line("place", get=_grid, roles=FILL),
    "tasks:cells": Line(get=405, post=_fills(400), roles=FILL),
    "tasks:cell": Line("entry", get=_fills(200), roles=FILL),
    "tasks:review_now": Line(get=302, roles=REVIEW),
    "tasks:review": Line("place", post=422, roles=REVIEW, role_first=True),
    "tasks:review_units": Line("place", roles=REVIEW, role_first=True),
    "tasks:undo_review": Line("place", get=302, post=302, roles=REVIEW, role_first=True),
    "tasks:second_track_now": Line(get=_leads(302)),
    "tasks:second_track": Line("place", get=_leads(200), post=_leads(422)),
    "tasks:return_reasons": Line("place"),
    "tasks:work": Line(),
    "tasks:quarters": Line(),
    "tasks:quarter": Line(post=_by_level(422, "city", "county")),
    "tasks:chase": Line(
        "place", post=_by_level(422, "city", "county", "township", "village")
    ),
    "cadres:registers_now": Line(get=302),
    "cadres:registers": Line("unit"),
    "cadres:teams": Line("unit", post=_keeps(302)),
    "cadres:before_after": Line("unit"),
    "cadres:team": Line("team", post=_keeps(422)),
    "cadres:team_confirm": Line("team", get=405, post=302, roles=MANAGE, role_first=True),
    "cadres:team_member_new": Line("team", post=422, roles=MANAGE, role_first=True),
    "cadres:team_member": Line("team_member", post=422, roles=MANAGE, role_first=True),
    "cadres:standards": Line("team_of_year", post=_keeps(422)),
    "cadres:postings": Line("unit"),
    "cadres:calendar": Line("unit"),
    "cadres:posting": Line("posting", post=_decides_on_posting(422)),
    "cadres:exchange": Line(
        "posting", get=_decides_on_posting(200), post=_decides_on_posting(422)
    ),
    "cadres:appoint": Line(
        "unit", get=_appoints(200), post=_appoints(422), roles=MANAGE, role_first=True
    ),
    "cadres:contact_points": Line("unit"),
    "cadres:contact_point_new": Line(
        "unit", get=_if_county(200), post=_if_county(422), roles=MANAGE, role_first=True
    ),
    "cadres:contact_point": Line("contact_point", post=_keeps(422)),
    "cadres:contact_visit": Line("contact_visit", post=422, roles=MANAGE, role_first=True),
    "cadres:policy_talks": Line("unit"),
    "cadres:policy_talk_new": Line(
        "unit", get=_below_city(200), post=_below_city(422), roles=MANAGE, role_first=True
    ),
    "cadres:policy_talk": Line("policy_talk", post=422, roles=MANAGE, role_first=True),
    "cadres:people": Line("unit"),
    "cadres:person_add": Line("unit", post=422, roles=MANAGE, role_first=True),
    "cadres:person": Line("person"),
    "cadres:person_edit": Line("person", post=422, roles=MANAGE, role_first=True),
    "cadres:reveal": Line("person", get=302, post=422, roles=MANAGE, role_first=True),
    "cadres:duplicates": Line("unit", roles=MANAGE, role_first=True),
    "cadres:compare": Line("person_pair", post=422, roles=MANAGE, role_first=True),
    "cadres:merges": Line("unit", roles=MANAGE, role_first=True),
    "cadres:merge": Line("person_merge", post=422, roles=MANAGE, role_first=True),
    # None of them has been carried out, which is said on the page of the proposal.
    "cadres:merge_undo": Line(
        "person_merge", get=302, post=302, roles=MANAGE, role_first=True
    ),
    "cadres:organizations": Line("unit"),
    "cadres:organization": Line("organization", seen=knows_sender),
    "cadres:pairing_rounds": Line("unit", post=_runs_rounds, roles=MANAGE, role_first=True),
    "cadres:pairing_round": Line("pairing_round", post=422, roles=MANAGE, role_first=True),
    "cadres:pairing_propose": Line(
        "pairing_round", get=405, post=302, roles=MANAGE, role_first=True
    ),
    "cadres:pairing_apply": Line(
        "pairing_round", get=405, post=302, roles=MANAGE, role_first=True
    ),
    "cadres:pairing_discard": Line(
        "pairing_round", get=405, post=302, roles=MANAGE, role_first=True
    ),
    # Nothing was ticked, nothing is decided.
    "cadres:pairing_villages": Line("pairing_round", post=422, roles=MANAGE, role_first=True),
    "cadres:pairing_candidates": Line("pairing_round", post=422, roles=MANAGE, role_first=True),
    "cadres:pairing_place": Line("pairing_place", post=422, roles=MANAGE, role_first=True),
    "cadres:pairing_wishes": Line("pairing_candidate", post=302, roles=MANAGE, role_first=True),
    "cadres:pairing_take_back": Line(
        "pairing_mark", get=405, post=302, roles=MANAGE, role_first=True
    ),
    "spreadsheets:sheets": Line(),
    "spreadsheets:sheet": Line(post=422),
    # A refusal of a download is told on the page of the sheet.
    "spreadsheets:download": Line(get=302, post=403),
    "spreadsheets:batch": Line("batch", seen=owns),
    "spreadsheets:apply": Line("batch", get=405, post=302, roles=FILL, seen=owns),
    # A file of text comes back as a workbook with its wrong cells marked.
    "spreadsheets:marked": Line("batch", seen=owns),
    "spreadsheets:decide": Line("batch", get=405, post=302, seen=owns),
    "spreadsheets:undo": Line("batch", get=405, post=302, roles=FILL, seen=owns),
    "spreadsheets:discard": Line("batch", get=405, post=302, seen=owns),
    "spreadsheets:again": Line("batch", get=405, post=302, seen=owns),
    "accounts:sign_in": Line(get=302, post=302),
    "accounts:sign_out": Line(get=405, post=302),
    "accounts:password_change": Line(post=200),
    "accounts:password_change_done": Line(post=405),
    "accounts:keep_filter": Line(get=405, post=302),
    "accounts:drop_filter": Line("saved_filter", get=405, post=302, seen=owns),
    "set_language": Line(get=302, post=302),
}  # fmt: skip

# Pages of the admin that are about no model; all of them for staff alone.
ADMIN_SITE = {
    "admin:index": Line(post=200),
    "admin:login": Line(get=302, post=302),
    "admin:logout": Line(get=405, post=302),
    "admin:password_change": Line(post=200),
    "admin:password_change_done": Line(post=405),
    "admin:autocomplete": Line(get=403, post=405),
    "admin:jsi18n": Line(post=405),
    "admin:app_list": Line(post=200),
}


@dataclass(frozen=True)
class Records:
    """A model in the admin: who of the staff may do what with rows of their scope."""

    about: str
    view: frozenset[str] = ALL
    add: frozenset[str] = NOBODY
    change: frozenset[str] = NOBODY
    delete: frozenset[str] = NOBODY
    seen: Callable[[str, str], bool] = lambda who, unit: unit in scope(who)
    # Who among those may change this very row.
    keeps: Callable[[str, str], bool] = lambda who, unit: True


def _keeps_division(who: str, unit: str) -> bool:
    return unit != PEOPLE[who][0] or unit == "city"


def _of_city(who: str, unit: str) -> bool:
    return PEOPLE[who][0] == "city"


def anyone(who: str, unit: str) -> bool:
    return True


RECORDS = {
    "villages_division": Records(
        "division", add=MANAGE, change=MANAGE, keeps=_keeps_division
    ),
    "villages_divisionchange": Records("change", add=MANAGE, change=MANAGE, delete=MANAGE),
    "villages_villageprofile": Records("profile", add=MANAGE, change=MANAGE, delete=MANAGE),
    "accounts_user": Records("user", MANAGE | AUDIT, add=MANAGE, change=MANAGE),
    "accounts_accesslog": Records("log", AUDIT),
    "cadres_tag": Records(
        "tag", add=MANAGE, change=MANAGE, seen=anyone, keeps=_of_city
    ),
    "cadres_postingkind": Records(
        "posting_kind", add=MANAGE, change=MANAGE, seen=anyone, keeps=_of_city
    ),
    "cadres_organization": Records(
        "organization", add=MANAGE, change=MANAGE, seen=knows_sender,
        keeps=lambda who, unit: unit in scope(who),
    ),
    "cadres_villageneed": Records("need", add=MANAGE, change=MANAGE, delete=MANAGE),
    "cadres_person": Records("person", add=MANAGE, change=MANAGE),
    "cadres_posting": Records("posting"),
    "cadres_cadrechange": Records("cadre_change"),
    "cadres_personmerge": Records("person_merge"),
    "tasks_ledger": Records(
        "ledger", add=MANAGE, change=MANAGE, seen=in_line, keeps=is_own
    ),
    "tasks_task": Records("task", change=MANAGE, seen=in_line, keeps=is_own),
    "tasks_period": Records(
        "period", add=MANAGE, change=MANAGE, delete=MANAGE, seen=anyone, keeps=_of_city
    ),
    "tasks_entry": Records(
        "entry", change=FILL, keeps=lambda who, unit: False  # all are submitted
    ),
    "tasks_review": Records("review"),
    "tasks_entrychange": Records("entry_change"),
    "tasks_entrysummary": Records("summary", NOBODY),
    "tasks_specialday": Records(
        "specialday", add=MANAGE, change=MANAGE, delete=MANAGE, seen=anyone, keeps=_of_city
    ),
    "tasks_returnreason": Records(
        "returnreason", add=MANAGE, change=MANAGE, seen=anyone, keeps=_of_city
    ),
    "tasks_lightrule": Records("light_rule", seen=in_line),
    "tasks_lightoverride": Records("override"),
    "tasks_amendment": Records("amendment", seen=in_line),
    "tasks_periodchange": Records("periodchange", seen=anyone),
    "tasks_extension": Records("extension_record", seen=in_line),
    "tasks_exemption": Records("exemption_record"),
    "tasks_evidence": Records("evidence_record"),
    "tasks_rankingexclusion": Records("exclusion_record"),
    "tasks_reminder": Records("reminder_record"),
    "tasks_bulletin": Records("bulletin", seen=reads_bulletin),
    "tasks_bulletintemplate": Records("bulletintemplate", MANAGE, seen=anyone),
    "cadres_term": Records("term", add=MANAGE, change=MANAGE, seen=anyone, keeps=_of_city),
    "cadres_criterion": Records("criterion", change=MANAGE, seen=anyone, keeps=_of_city),
    "cadres_termindicator": Records(
        "term_indicator", add=MANAGE, change=MANAGE, delete=MANAGE, seen=anyone, keeps=_of_city
    ),
    "cadres_villageteam": Records("team"),
    "cadres_contactpoint": Records("contact_point"),
    "cadres_contactvisit": Records("contact_visit"),
    "cadres_policytalk": Records("policy_talk"),
    "cadres_organizationbinding": Records("binding"),
    "cadres_teammember": Records("team_member"),
    "cadres_standardassessment": Records("assessment"),
    "spreadsheets_batch": Records("batch", MANAGE | AUDIT | FILL, seen=owns),
}  # fmt: skip


def records_expected(action: str, records: Records, method: str, who: str, unit: str) -> set[int]:
    """The statuses that an admin page of a model may answer; 302 leads non-staff to sign in."""
    if who not in STAFF:
        return {302}
    role = PEOPLE[who][1]
    if action in ("changelist", "add"):
        wanted = records.view if action == "changelist" else records.add
        may = role in wanted and (action == "changelist" or _may_add(records, who))
        return ({200, 302} if method == "post" else {200}) if may else {403}
    if not records.seen(who, unit):
        return {404}
    changes = role in records.change and records.keeps(who, unit)
    may = {
        "change": changes or (role in records.view and method == "get"),
        "delete": role in records.delete and records.keeps(who, unit),
        "history": role in records.view,
        "password": changes,
    }[action]
    if not may:
        return {403}
    return {200, 302} if method == "post" else {200}


def _may_add(records: Records, who: str) -> bool:
    """Quarters and ledgers are the city's to make; the rest is anybody's who keeps records."""
    of_the_city = (
        *("period", "ledger", "specialday", "returnreason", "term", "term_indicator"),
        *("tag", "posting_kind"),
    )
    return records.about not in of_the_city or _of_city(who, "")
