"""Rosters of postings: the base of the sheets that list who holds which seat where."""

from __future__ import annotations

import copy
import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from cadres.actions.posting_rules import link, not_decided_by
from cadres.actions.serving import settle_members
from cadres.models import Organization, Person, Posting, PostingKind, facts_of
from cadres.sheets import groups, posting_rules
from cadres.sheets.role_row import Row
from cadres.sheets.role_sheet import RoleSheet
from cadres.sheets.senders import Senders
from cadres.sheets.told import Told
from spreadsheets.sheet import Heading, day_written
from villages.models import Division
from villages.sheets import units_of

LEFT_LEAD = "kind__wants_left_lead"
SENDER, SENDER_LEVEL = "organization__name", "organization__level"


class PostingSheet(RoleSheet):
    """Those who hold a posting of some kinds today, or will; `kinds` share one seat."""

    import_permission = "cadres.change_posting"
    group = groups.POSTINGS
    export_permission = "cadres.view_posting"
    model = Posting
    adds = (Organization,)
    kinds: ClassVar[tuple[str, ...]]
    asides: ClassVar[frozenset[str]] = frozenset({SENDER_LEVEL})

    @cached_property
    def kind_of(self) -> dict[str, PostingKind]:
        found = PostingKind.objects.filter(code__in=self.kinds)
        return {kind.code: kind for kind in found}

    @cached_property
    def today(self) -> datetime.date:
        return timezone.localdate()

    @cached_property
    def senders(self) -> Senders:
        return Senders(self.viewer)

    def standing(self) -> models.QuerySet[Posting]:
        """What the roster lists: held on the day, or from a later one on."""
        seats = {kind.seat for kind in self.kind_of.values()}
        found = Posting.objects.visible_to(self.viewer).filter(seat__in=seats)
        return found.filter(models.Q(end=None) | models.Q(end__gte=self.today))

    def listed(self) -> models.QuerySet[Any]:
        units = units_of(self)
        return (
            self.standing()
            .filter(division__in=units, kind__code__in=self.kinds, start__lte=self.today)
            .select_related("person__organization", "kind", "organization")
            .select_related("division__parent__parent", "division__profile")
            .order_by("division__code", "start", "pk")
        )

    def load(self, units: Collection[Division]) -> None:
        self._at = defaultdict[int, list[Posting]](list)
        seats = {kind.seat for kind in self.kind_of.values()}
        for posting in posting_rules.standing_at(units, seats):
            self._at[posting.division_id].append(posting)

    def lines_at(self, unit: Division) -> Iterable[Posting]:
        codes = {kind.pk for kind in self.kind_of.values()}
        return [
            posting
            for posting in self._at[unit.pk]
            if posting.kind_id in codes and (posting.end is None or posting.end >= self.today)
        ]

    def is_of(self, line: Posting, row: Row) -> bool:
        return line.seat == self.kind_for(row).seat

    def all_at(self, unit: Division) -> list[Posting]:
        """All who ever held one of the seats there."""
        return self._at[unit.pk]

    def kind_for(self, row: Row) -> PostingKind:
        """Which of the kinds a row means."""
        return self.kind_of[self.kinds[0]]

    def new_line(self, row: Row) -> Posting:
        unit: Any = row.unit
        person = copy.copy(row.person) if row.person else Person(division=unit)
        kind = self.kind_for(row)
        person.has_left_lead |= kind.wants_left_lead
        return Posting(person=person, division=unit, kind=kind, organization=None)

    def put(self, row: Row, told: Told, value: Any) -> None:
        if told.name == SENDER:
            self._put_sender(row, value)
        elif told.name == LEFT_LEAD:
            row.wanted.kind = self.kind_for(row)
            row.wanted.person.has_left_lead |= bool(value)
        else:
            super().put(row, told, value)

    def _put_sender(self, row: Row, name: str) -> None:
        unit: Any = row.unit
        level = row.says(SENDER_LEVEL) or ""
        sender, is_new = self.senders.find(name, level, unit) if name else (None, False)
        if sender and is_new and self.senders.is_first(sender):
            message = _("Not known yet; it is added as an organisation of %(unit)s.")
            row.doubtful(SENDER, message % {"unit": sender.division})
        was = row.wanted.organization
        row.wanted.organization = sender
        person = row.wanted.person
        if person.organization_id is None or (was and person.organization_id == was.pk):
            person.organization = sender

    def rules(self, row: Row) -> None:
        if row.unit and (message := not_decided_by(self.viewer, row.unit)):
            row.wrong("division__name", message)
        if row.old is None and row.unit and (gone := row.unit.gone_in_words(self.today)):
            row.wrong("division__name", gone)
            return
        if not row.wanted.start:
            row.wrong("start", _("This cell is needed: since when?"))
            return
        for name, message in posting_rules.wrong_with(row.wanted):
            row.wrong(posting_rules.PLACES.get(name, name), message)
        for name, message in posting_rules.doubts_about(row):
            row.doubtful(name, message)
        if message := posting_rules.other_type(row):
            row.doubtful(posting_rules.TYPE, message)
        if SENDER_LEVEL in self.left_aside(row):
            message = _("The organisation is kept as one of another level; a sheet leaves that.")
            row.doubtful(SENDER_LEVEL, message)

    def left_aside(self, row: Row) -> Iterator[str]:
        level, sender = row.says(SENDER_LEVEL), row.wanted.organization
        if level and sender and sender.level != level:
            yield SENDER_LEVEL
        profile = getattr(row.unit, "profile", None)
        told = row.says(posting_rules.TYPE)
        if told and told != (profile.village_type if profile else ""):
            yield posting_rules.TYPE

    def rules_among(self, rows: list[Row]) -> None:
        posting_rules.Seats(self, rows).tell()

    def settle(self, row: Row) -> None:
        posting = row.wanted
        if row.old is None and posting.is_held(self.today):
            posting.person.division = row.unit

    def write_beside(self, rows: list[Row], writing: Any) -> None:
        self._add_senders(rows, writing)
        ending = {
            pk: (last, why) for row in rows for pk, last, why in posting_rules.previous(row.does)
        }
        stored = list(Posting.objects.filter(pk__in=ending).select_related("division", "person"))
        for posting in stored:
            before = facts_of(posting)
            posting.end, posting.end_reason = ending[posting.pk]
            posting.version += 1
            writing.note(posting, posting.division, before)
        Posting.objects.bulk_update(stored, ["end", "end_reason", "version"], batch_size=500)
        for row in rows:
            if row.old is None:
                row.wanted.predecessor_id = row.does.get("predecessor")
            row.wanted.take_from_kind()

    def write_after(self, rows: list[Row], writing: Any) -> None:
        """Holders of a seat follow one another, and the records of those whom others displaced go
        where they serve now."""
        link([row.wanted for row in rows], self.user, writing.at, writing.batch.pk)
        ended = {pk for row in rows for pk, _last, _why in posting_rules.previous(row.does)}
        persons = Posting.objects.filter(pk__in=ended).values_list("person", flat=True)
        settle_members(persons, self.user, writing.at, writing.batch.pk)

    def _add_senders(self, rows: list[Row], writing: Any) -> None:
        new = {id(one): one for row in rows if (one := row.wanted.organization) and not one.pk}
        for organization in new.values():
            organization.full_clean()
            organization.save(force_insert=True)
            writing.note(organization, organization.division)
        for row in rows:
            for owner in (row.wanted, row.wanted.person):
                owner.organization = owner.organization  # its key is known by now

    def heading(self) -> Heading:
        title = f"{self.form_title}（截至{day_written(self.today)}）"
        return Heading(title=title, unit_line=self.unit_line())

    form_title: ClassVar[str] = ""
