"""The way back of an import of a roster, by the history that it wrote.

Every row of the registers that the import added or changed has its line there, and so has every
later change of it: as long as there is none, what stood before is written back, and what came
by the import goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cadres.actions import bindings
from cadres.actions.anonymizing import FREE_TEXTS
from cadres.actions.serving import settle_members
from cadres.models import CadreChange, OrganizationBinding, Person, facts_of
from cadres.models.person import SECRETS
from cadres.sheets.holding import held, lock
from rawsql.parts import in_parts
from spreadsheets.errors import Stale
from spreadsheets.references import referred_to
from villages.models import Division

if TYPE_CHECKING:
    from cadres.sheets.role_sheet import RoleSheet

WRITE_BATCH = 500


def undo(sheet: RoleSheet, rows: list[Any], batch: Any) -> None:
    Undoing(sheet, rows, batch).write()


class Undoing:
    """One import on its way back."""

    def __init__(self, sheet: RoleSheet, written: list[Any], batch: Any) -> None:
        self.sheet, self.batch, self.written = sheet, batch, written
        self.at = timezone.now()
        self.changes: list[CadreChange] = []
        done = CadreChange.objects.filter(batch=batch.pk).order_by("pk")
        self.done = defaultdict[str, list[CadreChange]](list)
        for change in done.select_related("division"):
            self.done[change.about].append(change)

    def write(self) -> None:
        self._hold()
        if reasons := list(self._touched()):
            raise Stale(reasons)
        role = self.sheet.model
        try:
            with transaction.atomic():
                for model in self.sheet.hangs:
                    self._remove(model)
                    self._put_back(model)
                self._remove(role)
                self._put_back(role)
                self._put_back(Person)
                self._remove(Person)
                for model in self.sheet.adds:
                    self._remove(model, keep_used=True)
                self._rebind()
                CadreChange.objects.bulk_create(self.changes, batch_size=WRITE_BATCH)
                settle_members(self._persons(), self.sheet.user, self.at, self.batch.pk)
        except (DatabaseError, models.ProtectedError, models.RestrictedError) as error:
            message = _("Something else that was written meanwhile stands in the way; look again.")
            raise Stale([message]) from error

    def _hold(self) -> None:
        """Units, persons and roles, in the order in which everybody holds them."""
        told = [change for changes in self.done.values() for change in changes]
        lock(Division, {change.division_id for change in told})
        lock(Person, self._persons())
        role = self.sheet.model
        lock(role, {change.row for change in self.done[role._meta.model_name or ""]})

    def _persons(self) -> set[int]:
        """Whom the import wrote about, themselves or by their roles."""
        told = [change for changes in self.done.values() for change in changes]
        return {change.row for change in self.done["person"]} | {
            change.person_id for change in told if change.person_id
        }

    def _rebind(self) -> None:
        """Bindings that the import took away come back with the postings that they came with."""
        if OrganizationBinding in self.sheet.hangs:
            changed = self.done["organizationbinding"]
            villages = {change.division_id for change in changed}
            reason = _("Import undone")
            bindings.follow(villages, self.sheet.user, reason, self.batch.pk)

    def _of(self, model: type[models.Model], verb: str) -> list[CadreChange]:
        name = model._meta.model_name or ""
        return [change for change in self.done[name] if change.verb == verb]

    def _touched(self) -> Iterator[str]:
        """What something later changed, or built on, in words."""
        for about, changes in self.done.items():
            last = {change.row: change.pk for change in changes}
            for change in changes:
                if change.verb == CadreChange.Verb.REMOVED:
                    last.pop(change.row, None)
            model: Any = apps.get_model("cadres", about)
            stored = held(model, last)
            later = set[int]()
            for some in in_parts(last):
                others = CadreChange.objects.filter(about=about, row__in=some)
                others = others.exclude(batch=self.batch.pk)
                later |= {row for row, pk in others.values_list("row", "pk") if pk > last[row]}
            for row in sorted(later | (set(last) - set(stored))):
                name = str(stored.get(row) or row)
                yield _("%(name)s was changed after this import; it stays.") % {"name": name}

    def _remove(self, model: Any, *, keep_used: bool = False) -> None:
        added = {change.row: change for change in self._of(model, CadreChange.Verb.ADDED)}
        stored = held(model, added, is_leaving=True)
        if model is Person:
            self._let_go(stored)
        used = referred_to(model, list(stored)) if stored else set()
        if used and not keep_used:
            message = _("%(name)s: something refers to it by now, so it stays.")
            raise Stale([message % {"name": stored[key]} for key in sorted(used)])
        for key in set(stored) - used:
            self.changes.append(self._removed(stored[key], added[key]))
        for some in in_parts(set(stored) - used):
            model.objects.filter(pk__in=some).delete()

    def _let_go(self, persons: Collection[int]) -> None:
        """The history of who came by the import alone goes on by number; it says no more who
        that was, as nobody could let go of it later."""
        for some in in_parts(persons):
            told = CadreChange.objects.filter(person__in=some)
            others = told.exclude(about="person").iterator()
            texts = [change for change in others if _says_text(change)]
            for change in texts:
                change.before = _without_texts(change.before)
                change.after = _without_texts(change.after)
            CadreChange.objects.bulk_update(texts, ["before", "after"], batch_size=WRITE_BATCH)
            told.filter(about="person").update(before={}, after={})
            told.update(person=None)

    def _removed(self, row: Any, added: CadreChange) -> CadreChange:
        person = None if isinstance(row, Person) else self._left(row)
        before = {} if isinstance(row, Person) else facts_of(row)
        return CadreChange(
            about=added.about,
            row=row.pk,
            division=added.division,
            person=person,
            verb=CadreChange.Verb.REMOVED,
            before=before if person or not hasattr(row, "person") else _without_texts(before),
            reason=_("Import undone"),
            by=self.sheet.user,
            at=self.at,
            batch=self.batch.pk,
        )

    def _left(self, row: Any) -> Person | None:
        """The person of a role that goes, unless the person goes too."""
        person: Person | None = getattr(row, "person", None)
        gone = {change.row for change in self._of(Person, CadreChange.Verb.ADDED)}
        return None if person is None or person.pk in gone else person

    def _put_back(self, model: Any) -> None:
        changes = self._of(model, CadreChange.Verb.CHANGED)
        stored = held(model, {change.row for change in changes})
        stood = {key: facts_of(row) for key, row in stored.items()}
        secrets = self._secrets() if model is Person else {}
        # Backwards, so that of two changes of one row the first one's `before` is left.
        for change in reversed(changes):
            row = stored[change.row]
            for name, told in change.before.items():
                value = secrets[change.row][name] if name in SECRETS else told
                field = model._meta.get_field(name)
                setattr(row, field.attname, None if value is None else field.to_python(value))
        for key, row in stored.items():
            if model is Person:
                row.prepare()
            elif hasattr(row, "take_from_kind"):
                row.take_from_kind()
            row.version += 1
            told = {"batch": self.batch.pk, "reason": _("Import undone")}
            unit = next(change.division for change in changes if change.row == key)
            self.changes.append(
                CadreChange.telling(row, unit, self.sheet.user, self.at, stood[key], **told)
            )
        if stored:
            if model is self.sheet.model:
                seats = set(self.sheet.seats)
                self.sheet.make_way([c.row for c in changes if seats & c.before.keys()])
            names = [f.name for f in model._meta.concrete_fields if not f.primary_key]
            model.objects.bulk_update(stored.values(), names, batch_size=WRITE_BATCH)

    def _secrets(self) -> dict[int, dict[str, str]]:
        """What the history does not tell: the preview keeps it sealed."""
        kept = {}
        for row in self.written:
            if key := row.after.get("@person"):
                before = self.sheet.clear(row.before)
                kept[key] = {name: before.get(f"person__{name}", "") for name in SECRETS}
        return kept


def _says_text(change: CadreChange) -> bool:
    return any(side.get(name) for side in (change.before, change.after) for name in FREE_TEXTS)


def _without_texts(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in FREE_TEXTS}
