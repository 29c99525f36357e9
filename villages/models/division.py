"""The division tree, and its changes over time."""

import datetime
import uuid
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Length, Substr
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from villages.models.division_queryset import DivisionQuerySet, Viewer
from villages.models.levels import KINDS_OF_LEVEL, Kind, Level
from villages.pinyin import search_key

models.CharField.register_lookup(Length)


class Division(models.Model):
    """A unit of the tree: the city, a county, a township or street, a village or community.

    Codes are the 12-digit codes of the National Bureau of Statistics. The managing unit is
    `parent`; it cannot be told from the code (铜冶镇 410522102 is managed by 殷都区).
    """

    code = models.CharField(
        _("division code"),
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"^\d{12}$", _("A division code has exactly 12 digits."))],
        error_messages={"unique": _("A division with this code exists already.")},
    )
    name = models.CharField(_("name"), max_length=60)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("managing unit"),
        null=True,
        blank=True,
        related_name="children",
    )
    path = models.CharField(_("path"), max_length=80, unique=True, editable=False)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(
        _("valid to"), null=True, blank=True, help_text=_("The first day on which it is gone.")
    )
    pinyin = models.CharField(_("pinyin"), max_length=2000, blank=True, editable=False)

    objects = DivisionQuerySet.as_manager()
    _loaded: Mapping[str, Any] = MappingProxyType({})

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="division_code_has_12_characters",
                condition=Q(code__length=12),
                violation_error_message=_("A division code has exactly 12 digits."),
            ),
            models.CheckConstraint(
                name="division_only_the_city_has_no_parent",
                condition=Q(level=Level.CITY, parent=None)
                | (~Q(level=Level.CITY) & Q(parent__isnull=False)),
                violation_error_message=_("Every division but the city has a managing unit."),
            ),
            models.CheckConstraint(
                name="division_ends_after_it_begins",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                violation_error_message=_("The end of validity must come after its beginning."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        """As people say it: 合涧村 for 合涧村民委员会."""
        for ending in ("村民委员会", "村委会"):
            if self.name.endswith(ending) and len(self.name) > len(ending):
                # 王村村委会 is the committee of 王村: no second 村.
                return self.name.removesuffix(ending).removesuffix("村") + "村"
        return self.name

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids of the managing units from the city down, without the division itself."""
        return [int(part) for part in self.path.split("/")[:-2]]

    def manages(self, other: "Division") -> bool:
        return other.path.startswith(self.path)

    def name_for(self, viewer: Viewer) -> str:
        """Its name for those above and below it; others are told no more than that it is there."""
        own = viewer.division
        known = own is not None and (own.manages(self) or self.manages(own))
        return self.name if viewer.sees_everything or known else _now("a unit managed elsewhere")

    def clean(self) -> None:
        self.name = self.name.strip()
        if not self.kind and self.level:
            self.kind = Kind.from_name(self.name, self.level)
        if not self.level:
            return
        self._clean_parent(Level(self.level))
        if self.kind not in KINDS_OF_LEVEL[Level(self.level)]:
            raise ValidationError({"kind": _("This type does not fit the level.")})

    def _clean_parent(self, level: Level) -> None:
        others = Division.objects.filter(level=Level.CITY).exclude(pk=self.pk)
        if level == Level.CITY and others.exists():
            raise ValidationError({"level": _("There is one city; all else is below it.")})
        if not self.parent:
            return
        if self.parent.level != level.above:
            raise ValidationError({"parent": _("The managing unit must be one level above.")})
        if self.pk and self.parent.path.startswith(self.path):
            raise ValidationError({"parent": _("A division cannot be managed from below itself.")})

    def has_ended(self, on: datetime.date) -> bool:
        return self.valid_to is not None and self.valid_to <= on

    def gone_in_words(self, on: datetime.date) -> str:
        """Since when it is gone, where it is on a day: whatever begins then begins elsewhere."""
        if self.valid_to is None or not self.has_ended(on):
            return ""
        says = {"unit": self.name, "day": date_format(self.valid_to)}
        return _now("%(unit)s is gone since %(day)s; choose the unit that goes on.") % says

    @property
    def is_over(self) -> bool:
        """Whether it is gone today, as lists and searches say beside its name."""
        return self.has_ended(timezone.localdate())

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **how: Any
    ) -> Self:
        division = super().from_db(db, field_names, values, **how)
        division._loaded = dict(zip(field_names, values, strict=True))
        return division

    def refresh_from_db(
        self, using: str | None = None, fields: Any = None, from_queryset: Any = None
    ) -> None:
        super().refresh_from_db(using, fields, from_queryset)
        self._remember(fields)

    def _remember(self, fields: Iterable[str] | None = None) -> None:
        """Keep what was read, so that place() knows what is asked for since."""
        names = self._columns
        if fields is not None:
            names &= {getattr(self._meta.get_field(name), "attname", name) for name in fields}
        self._loaded = {**self._loaded, **{name: vars(self)[name] for name in names}}

    @property
    def _columns(self) -> set[str]:
        """The columns at hand; others were deferred."""
        return {field.attname for field in self._meta.concrete_fields} & vars(self).keys()

    @property
    def _asked(self) -> set[str]:
        """The columns that were given another value since the row was read."""
        loaded, own = self._loaded, vars(self)
        return {n for n in self._columns if n not in loaded or loaded[n] != own[n]}

    @transaction.atomic
    def place(self, on: datetime.date | None = None, note: str = "") -> None:
        """Save the division under its parent, and move everything below it along.

        Only what differs from what was loaded is written; what others wrote meanwhile stays. A
        new name or another managing unit is recorded as of that day, today unless it is said.
        """
        stored = self._catch_up()
        changes = self._changes(stored, on or timezone.localdate(), note) if stored else []
        self._store(stored)
        DivisionChange.objects.bulk_create(changes)

    @transaction.atomic
    def settle(self) -> None:
        """As place(), but recorded nowhere: for what brings back how it stood."""
        self._store(self._catch_up())

    def _catch_up(self) -> "Division | None":
        """Lock the row and take over what it says by now, but for what is asked; the row.

        A unit that moves locks its parent and what is below too: a parent that moves meanwhile
        would leave a path behind that leads to where it was.
        """
        asked, near = self._asked, Q(pk=self.pk)
        if "parent_id" in asked:
            near |= Q(pk__in=[self.parent_id])
            near |= Q(path__startswith=self.path) if self.path else Q()
        locked = {division.pk: division for division in Division.objects.filter(near).lock()}
        if self._state.adding:
            return None
        stored = locked[self.pk]
        for name in self._columns - asked:
            setattr(self, name, getattr(stored, name))
        return stored

    def _store(self, stored: "Division | None") -> None:
        written = self._asked | {"path", "pinyin"}
        self.pinyin = search_key(self.short_name)
        if stored is None:
            self.path = self.code
            self.save()
            written = {"path"}
        above = Division.objects.filter(pk__in=[self.parent_id]).values_list("path", flat=True)
        self.path = f"{above.first() or ''}{self.pk}/"
        self.save(update_fields=written - {"id"})
        self._remember()
        if stored and stored.path != self.path:
            below = Division.objects.filter(path__startswith=stored.path).exclude(pk=self.pk)
            below.update(path=Concat(Value(self.path), Substr("path", len(stored.path) + 1)))

    def _changes(self, stored: "Division", on: datetime.date, note: str) -> "list[DivisionChange]":
        """What saving it now changes against the stored row."""
        changes = DivisionChange.between(self, stored.name, stored.parent, on)
        if changes:
            DivisionChange.objects.check_day([self], on)
        for change in changes:
            change.note = note
        return changes


class DivisionChangeQuerySet(models.QuerySet["DivisionChange"]):
    def visible_to(self, viewer: Viewer) -> Self:
        seen = Division.objects.visible_to(viewer)
        return self.filter(Q(source__in=seen) | Q(target__in=seen))

    def after(self, day: datetime.date) -> Self:
        """Those that a look at that day must undo, the newest first."""
        return self.filter(on__gt=day).order_by("-on", "-pk")

    def since(self, moment: datetime.datetime) -> Self:
        """What took effect after that day, or was entered later for a day before."""
        late = Q(recorded_at__gt=moment)
        return self.filter(Q(on__gt=timezone.localdate(moment)) | late)

    def check_day(self, divisions: "Iterable[Division]", on: datetime.date) -> None:
        """Changes of a unit follow one another, up to today; raises ValidationError.

        The tree as it stood is found by undoing them one by one, and the tree as it stands is
        never ahead of the calendar.
        """
        if on > timezone.localdate():
            raise ValidationError(
                _now("%(on)s is yet to come; enter the change when the day is there.")
                % {"on": date_format(on)}
            )
        named = {division.pk: division for division in divisions}
        later = self.filter(source__in=named, on__gt=on).order_by("on").first()
        if later:
            raise ValidationError(
                _now(
                    "%(unit)s changed on %(day)s already (%(kind)s); give that day or a later one."
                )
                % {
                    "unit": named[later.source_id],
                    "day": date_format(later.on),
                    "kind": later.get_kind_display(),
                }
            )


class DivisionChange(models.Model):
    """A rename, transfer, merge or split on a day, so that figures can be read as they stood.

    A merge is several rows with one target; a split several rows with one source. The row says
    what the verb has done; it is written in the same transaction.
    """

    class ChangeKind(models.TextChoices):
        RENAME = "rename", _("Renamed")
        TRANSFER = "transfer", _("Transferred")
        MERGE = "merge", _("Merged")
        SPLIT = "split", _("Split")

    kind = models.CharField(_("kind of change"), max_length=10, choices=ChangeKind)
    on = models.DateField(_("date"), help_text=_("The first day on which it holds."))
    source = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("from"), related_name="changes_from"
    )
    target = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("to"), related_name="changes_to"
    )
    old_value = models.CharField(_("old name or managing unit"), max_length=60, blank=True)
    old_parent = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("old managing unit"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    note = models.CharField(_("basis"), max_length=200, blank=True)
    batch = models.UUIDField(_("import"), null=True, editable=False, db_index=True)
    recorded_at = models.DateTimeField(
        _("recorded at"), null=True, default=timezone.now, editable=False
    )

    objects = DivisionChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("division change")
        verbose_name_plural = _("division changes")
        ordering = ["-on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="division_change_merge_and_split_name_two_units",
                condition=Q(kind__in=["rename", "transfer"]) | ~Q(source=F("target")),
                violation_error_message=_("A merge or a split names two different divisions."),
            )
        ]

    def __str__(self) -> str:
        """Without the managing units of a transfer, which not everybody may read who reads this."""
        what = f"{self.on} {self.get_kind_display()}"
        if self.kind == self.ChangeKind.TRANSFER:
            return f"{what} {self.source}"
        if self.kind == self.ChangeKind.RENAME:
            return f"{what} {self._old_name} → {self._new_name}"
        return f"{what} {self.source} → {self.target}"

    def before(self, viewer: Viewer) -> str:
        """What it led from, in names that the viewer may read."""
        if self.kind == self.ChangeKind.RENAME:
            return self._old_name
        unit = self.old_parent if self.kind == self.ChangeKind.TRANSFER else self.source
        return unit.name_for(viewer) if unit else _now("not recorded")

    def after(self, viewer: Viewer) -> str:
        """What it led to, which the next change of this kind replaced."""
        if self.kind == self.ChangeKind.RENAME:
            return self._new_name
        if self.kind != self.ChangeKind.TRANSFER:
            return self.target.name_for(viewer)
        if later := self._next:
            return later.before(viewer)
        return self.source.parent.name_for(viewer) if self.source.parent else ""

    @property
    def _old_name(self) -> str:
        return self.old_value or _now("not recorded")

    @property
    def _new_name(self) -> str:
        return self._next._old_name if self._next else self.source.name

    @property
    def _next(self) -> "DivisionChange | None":
        """Of the few changes of its unit, so that a list reads those of all its rows at once."""
        alike = [change for change in self.source.changes_from.all() if change.kind == self.kind]
        later = [change for change in alike if change.pk > self.pk]
        return min(later, key=lambda change: change.pk, default=None)

    @property
    def is_last(self) -> bool:
        """Whether nothing changed its unit since; the rows of one split stand together."""
        later = DivisionChange.objects.filter(source=self.source_id, pk__gt=self.pk)
        if self.kind == self.ChangeKind.SPLIT:
            later = later.exclude(kind=self.kind, on=self.on)
        return not later.exists()

    @classmethod
    def between(
        cls,
        division: Division,
        name: str,
        parent: Division | None,
        on: datetime.date,
        batch: uuid.UUID | None = None,
    ) -> "list[DivisionChange]":
        """What leads from this old name and managing unit to how the division is now."""
        own = {"source": division, "target": division, "on": on, "batch": batch}
        changes = []
        if division.name != name:
            changes.append(cls(kind=cls.ChangeKind.RENAME, old_value=name, **own))
        if parent and division.parent_id != parent.pk:
            old = {"old_value": parent.name, "old_parent": parent}
            changes.append(cls(kind=cls.ChangeKind.TRANSFER, **old, **own))
        return changes
