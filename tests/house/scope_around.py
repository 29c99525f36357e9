"""Canaries in what goes on around the entries: dates, exemptions, files, bulletins, and more."""

import datetime
from dataclasses import replace

from dashboard.bulletin.freezing import freeze
from dashboard.bulletin.frozen import Kind, Problem
from dashboard.bulletin.making import begin
from tasks.models import (
    Amendment,
    BulletinTemplate,
    Evidence,
    Exemption,
    Extension,
    Ledger,
    LightOverride,
    LightRule,
    PeriodChange,
    RankingExclusion,
    Reminder,
    ReturnReason,
    SpecialDay,
)
from tests.house import scope_cadres, scope_contacts
from tests.house.scope_world import LEVEL, NAMES, PARENT, ScopeWorld, line_up, token
from tests.world import NOW

LONG_AGO = datetime.date(2026, 1, 1)
# Of the drafts of bulletins among the rows, after the unit.
DRAFT = "_draft"


def mark(made: ScopeWorld) -> None:
    """Rows that stand for nothing any more, so that they are in nobody's way."""
    scope_contacts.mark(made)
    scope_cadres.mark_persons(made)
    by, third = made.users["city_manager"], made.world.periods[3]
    for unit, division in made.units.items():
        # An extension holds for everything below, so those below read it.
        extension = Extension.objects.create(
            division=division, period=third, until=LONG_AGO, reason=token("issued", unit),
            granted_by=by, granted_at=NOW, ended_by=by, ended_at=NOW,
        )  # fmt: skip
        reminder = Reminder.objects.create(
            division=division, period=third, on=LONG_AGO, by=by, words=token("data", unit)
        )
        exclusion = RankingExclusion.objects.create(
            division=division, period=third, reason=_published(unit), by=by, at=NOW,
        )  # fmt: skip
        made.keep("exclusion_record", unit, exclusion)
        override = LightOverride.objects.create(
            division=division, period=third, light="red", until=LONG_AGO, by=by, at=NOW,
            reason=token("data", unit), ended_by=by, ended_at=NOW,
        )  # fmt: skip
        made.keep("extension_record", unit, extension)
        made.keep("override", unit, override)
        made.keep("reminder_record", unit, reminder)
        if unit in made.rows["entry"] and LEVEL[unit] in ("township", "village"):
            _mark_entry(made, unit)
    for unit in ("city", "huaxian"):
        ledger = Ledger.objects.get(pk=made.rows["ledger"][unit])
        amendment = Amendment.objects.create(
            ledger=ledger, kind="change", task=ledger.tasks.all()[0], from_quarter=1,
            reason=token("issued", unit), at=NOW, by=by,
        )  # fmt: skip
        made.keep("amendment", unit, amendment)
        LightRule.objects.filter(ledger=ledger).update(reason=token("issued", unit))
        made.keep("light_rule", unit, LightRule.objects.get(ledger=ledger))
    for unit in ("city", "huaxian"):
        _mark_bulletins(made, unit)
    made.keep("bulletintemplate", "city", BulletinTemplate.objects.create(by=by, at=NOW))
    change = PeriodChange.objects.create(period=third, verb="move", at=NOW, by=by, reason="x")
    made.keep("periodchange", "city", change)
    made.keep("specialday", "city", SpecialDay.objects.create(on=LONG_AGO, name="元旦"))
    made.keep("returnreason", "city", ReturnReason.objects.all()[0])


def _mark_bulletins(made: ScopeWorld, unit: str) -> None:
    """One sent out and one draft; both name every township and village of the division."""
    by, period = made.users["city_manager"], made.world.periods[3]
    townships = [one for one in PARENT if LEVEL[one] == "township" and unit in line_up(one)]
    problems = tuple(
        Problem(
            Kind.OVERDUE, made.units[one].pk, NAMES[PARENT[one]], NAMES[one], lines=2,
            villages=tuple(NAMES[below] for below in PARENT if PARENT[below] == one),
        )
        for one in townships
    )  # fmt: skip
    frozen = replace(freeze(made.units[unit], period, NOW), problems=problems)
    for kind, key in (("sent", unit), ("draft", f"{unit}{DRAFT}")):
        text = token(kind, unit)
        bulletin = begin(made.units[unit], period, by, frozen)
        texts = {"title": text, "number": text, "practices": text, "problems_more": text}
        bulletin.write(bulletin.version, texts)
        if kind == "sent":
            bulletin.issue(bulletin.version, by, NOW, None)
        made.keep("bulletin", key, bulletin)
        made.keep("bulletin_pair", key, bulletin)


def _published(unit: str) -> str:
    """Why a unit is not compared stands in the bulletin of the unit above, if that has one."""
    above = PARENT[unit]
    return token("issued", above) if above in ("city", "huaxian") else token("data", unit)


def _mark_entry(made: ScopeWorld, unit: str) -> None:
    by, text = made.users["city_manager"], token("data", unit)
    entry = made.rows["entry"][unit]
    exemption = Exemption.objects.create(
        entry_id=entry, reason=text, asked_by=by, asked_at=NOW, waiting_at="county",
        verdict="refused", decided_by=by, decided_at=NOW, comment=text,
    )  # fmt: skip
    evidence = Evidence.objects.create(
        entry_id=entry, file=f"{text}.pdf", name=text, kind="pdf", content_type="application/pdf",
        size=1, digest=text, added_by=by, added_at=NOW, removed_by=by, removed_at=NOW,
    )  # fmt: skip
    made.keep("exemption_record", unit, exemption)
    made.keep("evidence_record", unit, evidence)
