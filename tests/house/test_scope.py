"""Nobody sees or changes another division's data: every address, by role, unit and method.

What is right is written in scope_policy.py, by hand; what must not be met stands in
scope_world.py. Neither asks `visible_to`.
"""

import io
import logging
import re
import zipfile
from collections.abc import Callable, Collection, Iterator
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.backends import RoleBackend
from accounts.models import AccessLogQuerySet, UserQuerySet
from anyang_ledger import urls
from cadres.models.change import CadreChangeQuerySet
from cadres.models.contact import ContactPointQuerySet, ContactVisitQuerySet, PolicyTalkQuerySet
from cadres.models.organization import OrganizationQuerySet
from cadres.models.pairing_round import PairingRoundQuerySet
from cadres.models.person import PersonQuerySet
from cadres.models.person_merge import PersonMergeQuerySet
from cadres.models.posting import PostingQuerySet
from cadres.models.standard import StandardAssessmentQuerySet
from cadres.models.team import TeamMemberQuerySet
from cadres.models.term import VillageTeamQuerySet
from spreadsheets.models import BatchQuerySet
from tasks.models import EntryQuerySet
from tasks.models.amendment import AmendmentQuerySet
from tasks.models.bulletin import BulletinQuerySet
from tasks.models.deadline import ExtensionQuerySet
from tasks.models.history import OfEntryQuerySet
from tasks.models.ledger import LedgerQuerySet
from tasks.models.light_rule import LightRuleQuerySet
from tasks.models.override import LightOverrideQuerySet
from tasks.models.reminder import ReminderQuerySet
from tasks.models.task import TaskQuerySet
from tests import states
from tests import world as worlds
from tests.house import scope_around, scope_pairing, scope_postings, scope_teams, scope_world
from tests.house.scope_around import DRAFT
from tests.house.scope_policy import (
    ADMIN_SITE,
    PAGES,
    RECORDS,
    expected,
    records_expected,
)
from tests.house.scope_world import (
    CODES,
    NAMES,
    PARENT,
    PEOPLE,
    STAFF,
    ScopeWorld,
    forbidden,
    line_up,
    scope,
)
from tests.house.test_privacy import named_urls
from villages.models import (
    DivisionChangeQuerySet,
    DivisionQuerySet,
    VillageProfileQuerySet,
)

ACTIONS = ("changelist", "add", "change", "history", "delete")
# Code that begins like the own county's, key that begins like it, and a name that is the same.
TRAPS = ("feidi", "feilai", "trap", "trap_village", "dongshan_linqi")
# One of each role, who must not even enter the admin.
NOT_STAFF = ("city_viewer", "dongshan_reporter", "linzhou_reviewer")
# What somebody sees hangs on their level in the queries, and on their role in Python. So one of
# each level, and the trap, look on both databases; the rest where the default one is.
ON_BOTH = {
    *("city_manager", "linzhou_auditor", "trap_manager", "hejian_reporter", "dongshan_reporter")
}
# What an address takes that is nobody's.
ARGUMENTS = {
    "spreadsheets:sheet": [["entries"], ["trend"], ["ranking"], ["bulletin_ranking"]],
    "spreadsheets:download": [["entries"], ["history"], ["matrix"], ["bulletin_problems"]],
    "tasks:quarter": [["2026Q3"]],
}
IN_TURN, IN_THE_ADMIN = (
    [who if who in ON_BOTH else pytest.param(who, marks=pytest.mark.once) for who in sorted(people)]
    for people in (PEOPLE, {*NOT_STAFF, *STAFF})
)
NOTED = re.compile(r'INSERT INTO "accounts_accesslog"')
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)", re.IGNORECASE)


@pytest.fixture
def made(
    db: None, _on_the_day: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[ScopeWorld]:
    """The city with its canaries. Requests here keep no copy of every template's context, and
    refusals are not logged: both take longer than the pages. Who is signed in is not asked of the
    database each time. A refusal answers with its reason, without the frame of all pages."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    asked = cache(RoleBackend().get_user)
    monkeypatch.setattr(RoleBackend, "get_user", lambda _backend, pk: copy(asked(pk)))
    for status in (403, 404):
        monkeypatch.setattr(urls, f"handler{status}", _plainly(status), raising=False)
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_args, **_more: None)
    logging.disable(logging.CRITICAL)
    uploads = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    yield states.kept("canaries of every division", _marked, uploads)
    logging.disable(logging.NOTSET)


def _plainly(status: int) -> Callable[[Any, Exception], HttpResponse]:
    return lambda _request, exception: HttpResponse(str(exception), status=status)


def _marked() -> ScopeWorld:
    made = scope_world.build(worlds.build())
    scope_around.mark(made)
    scope_teams.mark(made)
    scope_postings.mark(made)
    scope_pairing.mark(made)
    return made


def around(who: str) -> list[str]:
    """The own unit, those above, a sibling, a child and its child, and the traps."""
    own, _role = PEOPLE[who]
    children = [unit for unit in PARENT if PARENT[unit] == own]
    siblings = [unit for unit in PARENT if PARENT[unit] == PARENT[own] and unit != own]
    grandchildren = [unit for unit in PARENT if PARENT[unit] in children]
    near = [own, *children[:1], *grandchildren[:1], *siblings[:1]]
    return list(dict.fromkeys([*near, PARENT[own] or own, *TRAPS]))


def addresses(made: ScopeWorld, name: str, about: str, who: str) -> Iterator[tuple[str, str]]:
    """The addresses of a page for the units around somebody: (unit, address)."""
    if not about:
        for arguments in ARGUMENTS.get(name, [[]]):
            yield "", reverse(name, args=arguments)
        return
    for unit, arguments in _objects(made, about, who):
        yield unit, reverse(name, args=arguments)


def _objects(made: ScopeWorld, about: str, who: str) -> Iterator[tuple[str, list[Any]]]:
    """What the addresses are about: of the own unit, and of those that must stay hidden."""
    if about in ("place", "unit"):
        more = ["2026Q3"] if about == "place" else []
        yield from ((unit, [CODES[unit], *more]) for unit in around(who))
        return
    rows = made.rows[about]
    if about.startswith("bulletin"):
        pair = about == "bulletin_pair"
        yield from ((unit, [pk, pk] if pair else [pk]) for unit, pk in rows.items())
        return
    if about == "duty_organization":
        yield from ((unit, [pk, "2026Q3"]) for unit, pk in rows.items())
        return
    if about in ("batch", "saved_filter"):
        owners = (who, "city_manager", "hejian_reviewer")
        yield from ((owner, [rows[owner]]) for owner in owners)
        return
    units = [unit for unit in (around(who) if len(rows) > 2 else rows) if unit in rows]
    mine = [unit for unit in units if unit in scope(who)]
    foreign = [unit for unit in units if unit not in mine]
    for unit in [*mine[:1], *foreign[:1], *foreign[-1:]]:
        yield unit, rows[unit] if isinstance(rows[unit], list) else [rows[unit]]


def names_within(unit: str) -> set[str]:
    """The names, and nothing else, of a division and all units below it."""
    return {NAMES[one] for one in PARENT if unit in line_up(one)}


class Visitor:
    """Somebody's browser that keeps a list of what it should not have met."""

    def __init__(self, who: str, made: ScopeWorld) -> None:
        self.who, self.made = who, made
        self.client = Client(raise_request_exception=False)
        self.client.force_login(made.users[who])
        self.forbidden = list(forbidden(who))
        self.violations: list[str] = []
        self.requests = 0

    def ask(
        self,
        method: str,
        address: str,
        statuses: set[int],
        *,
        published: Collection[str] = (),
        **data: Any,
    ) -> Any:
        written: list[str] = []

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if WRITES.match(sql):
                written.append(sql)
            return execute(sql, params, many, context)

        self.requests += 1
        with transaction.atomic(), connection.execute_wrapper(watch):
            response = getattr(self.client, method)(address, data)
            met = text_of(response)
            transaction.set_rollback(True)
        said = f"{self.who} {method.upper()} {address}: {response.status_code}"
        if response.status_code not in statuses:
            self.violations.append(f"{said}, not {sorted(statuses)}")
        if response.status_code == 403:  # which the access log notes, and nothing else
            written = [sql for sql in written if not NOTED.match(sql)]
        if response.status_code in (403, 404, 405) and written:
            self.violations.append(f"{said} and wrote {written[0][:80]}")
        for canary in self.forbidden:
            if canary in met and canary not in address and canary not in published:
                self.violations.append(f"{said} shows {canary}")
        return response

    def visit_pages(self) -> None:
        for name in PAGES:
            self.visit_page(name)

    def visit_page(self, name: str) -> None:
        line = PAGES[name]
        for step, (unit, address) in enumerate(addresses(self.made, name, line.about, self.who)):
            published = names_within(unit.removesuffix(DRAFT)) if line.published else ()
            for method in ("get", "post"):
                status = expected(line, method, self.who, unit)
                # A method that is not taken is refused before anything is looked at.
                if status != 405 or step == 0:
                    self.ask(method, address, {status}, published=published)
        self.client.force_login(self.made.users[self.who])

    def visit_admin(self) -> None:
        staff = self.who in STAFF
        for name, line in ADMIN_SITE.items():
            address = _site_address(name, self.made)
            for method in ("get", "post"):
                status = expected(line, method, self.who, "") if staff else 302
                status = 403 if name == "admin:login" and not staff else status
                self.ask(method, address, {status})
                self.client.force_login(self.made.users[self.who])
        for model in RECORDS:
            for action in ACTIONS:
                self.visit_records(model, action)
        records, name = RECORDS["accounts_user"], "admin:auth_user_password_change"
        for unit, address in addresses(self.made, name, "user", self.who):
            for method in ("get", "post"):
                statuses = records_expected("password", records, method, self.who, unit)
                self.ask(method, address, statuses)

    def visit_records(self, model: str, action: str) -> None:
        records, name = RECORDS[model], f"admin:{model}_{action}"
        about = "" if action in ("changelist", "add") else records.about
        for unit, address in addresses(self.made, name, about, self.who):
            for method in ("get", "post"):
                wanted = records_expected(action, records, method, self.who, unit)
                data = {"post": "yes"} if action == "delete" and method == "post" else {}
                self.ask(method, address, wanted, **data)
            if self.who not in STAFF:
                break


def _site_address(name: str, made: ScopeWorld) -> str:
    if name == "admin:app_list":
        return reverse(name, args=["tasks"])
    return reverse(name)


def text_of(response: Any) -> str:
    """Everything that reaches the browser: headers, body, and what a workbook holds."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(part) for part in book.namelist())
    headers = "\n".join(unquote(f"{key}: {value}") for key, value in response.headers.items())
    cookies = unquote(response.cookies.output())
    return f"{headers}\n{cookies}\n{content.decode(errors='replace')}"


def test_every_named_address_has_a_line_in_the_policy() -> None:
    named = {name for name, _pattern in named_urls(get_resolver().url_patterns)}
    admin = {f"admin:{model}_{action}" for model in RECORDS for action in ACTIONS}
    assert named == set(PAGES) | set(ADMIN_SITE) | admin | {"admin:auth_user_password_change"}


@pytest.mark.parametrize("who", IN_TURN)
def test_on_the_pages_nobody_meets_another_divisions_data(made: ScopeWorld, who: str) -> None:
    visitor = Visitor(who, made)
    visitor.visit_pages()
    assert visitor.requests > 80
    assert visitor.violations == [], "\n".join(visitor.violations)


@pytest.mark.parametrize("who", IN_THE_ADMIN)
def test_in_the_admin_nobody_meets_another_divisions_data(made: ScopeWorld, who: str) -> None:
    visitor = Visitor(who, made)
    visitor.visit_admin()
    assert visitor.violations == [], "\n".join(visitor.violations)


def test_everybody_looks() -> None:
    assert set(PEOPLE) > ON_BOTH
    assert {PEOPLE[who][0] for who in ON_BOTH} == {"city", "linzhou", "trap", "hejian", "dongshan"}
    assert {*NOT_STAFF, *STAFF} <= set(PEOPLE)


@pytest.mark.once  # tries the tests above, not the queries
@pytest.mark.parametrize(
    ("queryset", "page"),
    [
        (DivisionQuerySet, "tasks:entries"),
        (DivisionQuerySet, "dashboard:overview"),
        (EntryQuerySet, "tasks:entry"),
        (ExtensionQuerySet, "tasks:quarter"),
        (LedgerQuerySet, "tasks:ledgers"),
        (LedgerQuerySet, "tasks:ledger"),
        (BatchQuerySet, "spreadsheets:batch"),
        (BatchQuerySet, "spreadsheets:sheets"),
        (VillageProfileQuerySet, "villages_villageprofile"),
        (DivisionChangeQuerySet, "villages_divisionchange"),
        (TaskQuerySet, "tasks_task"),
        (OfEntryQuerySet, "tasks:evidence"),
        (OfEntryQuerySet, "tasks:exemptions"),
        (OfEntryQuerySet, "tasks_review"),
        (OfEntryQuerySet, "tasks_entrychange"),
        (OfEntryQuerySet, "tasks_exemption"),
        (OfEntryQuerySet, "tasks_evidence"),
        (AmendmentQuerySet, "tasks_amendment"),
        (LightRuleQuerySet, "tasks_lightrule"),
        (LightOverrideQuerySet, "tasks_lightoverride"),
        (ExtensionQuerySet, "tasks_extension"),
        (ReminderQuerySet, "tasks_reminder"),
        (BulletinQuerySet, "dashboard:bulletins"),
        (BulletinQuerySet, "dashboard:bulletin"),
        (BulletinQuerySet, "dashboard:bulletin_word"),
        (BulletinQuerySet, "tasks_bulletin"),
        (VillageTeamQuerySet, "cadres:team"),
        (VillageTeamQuerySet, "cadres:standards"),
        (VillageTeamQuerySet, "cadres_villageteam"),
        (TeamMemberQuerySet, "cadres:team_member"),
        (TeamMemberQuerySet, "cadres_teammember"),
        (StandardAssessmentQuerySet, "cadres_standardassessment"),
        (PostingQuerySet, "cadres:posting"),
        (PostingQuerySet, "cadres:exchange"),
        (ContactPointQuerySet, "cadres:contact_point"),
        (ContactVisitQuerySet, "cadres:contact_visit"),
        (PolicyTalkQuerySet, "cadres:policy_talk"),
        (PersonQuerySet, "cadres:person"),
        (PersonQuerySet, "cadres_person"),
        (OrganizationQuerySet, "cadres:organization"),
        (PersonMergeQuerySet, "cadres:merge"),
        (PostingQuerySet, "cadres_posting"),
        (CadreChangeQuerySet, "cadres_cadrechange"),
        (PairingRoundQuerySet, "cadres:pairing_round"),
        (UserQuerySet, "accounts_user"),
        (AccessLogQuerySet, "accounts_accesslog"),
    ],
)
def test_the_matrix_notices_a_filter_that_is_gone(
    made: ScopeWorld, monkeypatch: pytest.MonkeyPatch, queryset: type[QuerySet], page: str
) -> None:
    visitor = Visitor("linzhou_auditor" if "log" in page else "linzhou_manager", made)
    actions = ("changelist", "change") if page in RECORDS else ()

    def look() -> list[str]:
        visitor.violations = []
        for action in actions:
            visitor.visit_records(page, action)
        if not actions:
            visitor.visit_page(page)
        return visitor.violations

    assert look() == []
    monkeypatch.setattr(queryset, "visible_to", lambda self, viewer: self.all())
    assert look() != []
