"""The division tree, and its changes over time."""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from typing import Protocol, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Length, Substr
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from villages.pinyin import search_key

models.CharField.register_lookup(Length)


class Level(models.TextChoices):
    CITY = "city", _("City")
    COUNTY = "county", _("County")
    TOWNSHIP = "township", _("Township level")
    VILLAGE = "village", _("Village level")

    @property
    def above(self) -> "Level | None":
        order = list(Level)
        return order[order.index(self) - 1] if self is not Level.CITY else None

    @property
    def below(self) -> "Level | None":
        order = list(Level)
        return order[order.index(self) + 1] if self is not Level.VILLAGE else None


class Kind(models.TextChoices):
    CITY = "city", _("Prefecture-level city")
    COUNTY = "county", _("County (unit)")
    DISTRICT = "district", _("District")
    COUNTY_CITY = "county_city", _("County-level city")
    ZONE = "zone", _("Functional zone")
    TOWN = "town", _("Town")
    TOWNSHIP = "township", _("Township")
    STREET = "street", _("Street office")
    TOWNSHIP_LIKE = "township_like", _("Other township-level unit")
    VILLAGE = "village", _("Village")
    COMMUNITY = "community", _("Community")

    @classmethod
    def from_name(cls, name: str, level: str) -> "Kind":
        """The kind that the official name of a unit tells, read from its ending."""
        endings, otherwise = NAME_ENDINGS[Level(level)]
        return next((kind for ending, kind in endings if name.endswith(ending)), otherwise)


NAME_ENDINGS: dict[Level, tuple[Sequence[tuple[str, Kind]], Kind]] = {
    Level.CITY: ((), Kind.CITY),
    Level.COUNTY: (
        (
            ("开发区", Kind.ZONE),
            ("示范区", Kind.ZONE),
            ("区", Kind.DISTRICT),
            ("市", Kind.COUNTY_CITY),
        ),
        Kind.COUNTY,
    ),
    Level.TOWNSHIP: (
        (
            ("街道办事处", Kind.STREET),
            ("街道", Kind.STREET),
            ("镇", Kind.TOWN),
            ("乡", Kind.TOWNSHIP),
        ),
        Kind.TOWNSHIP_LIKE,
    ),
    Level.VILLAGE: (
        (("村委会", Kind.VILLAGE), ("村民委员会", Kind.VILLAGE), ("村", Kind.VILLAGE)),
        Kind.COMMUNITY,
    ),
}
KINDS_OF_LEVEL = {
    level: {kind for _ending, kind in endings} | {otherwise}
    for level, (endings, otherwise) in NAME_ENDINGS.items()
}
# Who owes a yearly task unless the ledger says otherwise: 89 townships and towns, and villages.
OWING_KINDS = {
    Level.TOWNSHIP: (Kind.TOWN, Kind.TOWNSHIP),
    Level.VILLAGE: (Kind.VILLAGE,),
}


class Viewer(Protocol):
    """Whoever looks: an account with a place in the tree."""

    @property
    def division(self) -> "Division | None": ...
    @property
    def sees_everything(self) -> bool: ...


class DivisionQuerySet(models.QuerySet["Division"]):
    def within(self, division: "Division") -> Self:
        """The division itself and everything it manages, however deep."""
        return self.filter(path__startswith=division.path)

    def at(self, on: datetime.date) -> Self:
        """Those that existed on that day; `valid_to` is the first day without it."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gt=on)
        )

    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self.all()
        return self.within(viewer.division) if viewer.division else self.none()

    def owing(self, level: str) -> Self:
        """Units that owe the tasks of a level by their kind: towns and townships, villages."""
        return self.filter(level=level, kind__in=OWING_KINDS[Level(level)])

    def search(self, text: str) -> Self:
        """By part of the name, by code from its start, or by pinyin from its start."""
        text = text.replace("\0", "").strip()  # PostgreSQL refuses NUL in a text
        if not text:
            return self
        found = Q(name__icontains=text) | Q(code__startswith=text)
        if text.isascii():
            found |= Q(pinyin__contains=f" {text.lower().replace(' ', '')}")
        return self.filter(found)


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

    @property
    def is_over(self) -> bool:
        """Whether it is gone today, as lists and searches say beside its name."""
        return self.has_ended(timezone.localdate())

    @transaction.atomic
    def place(self, on: datetime.date | None = None, note: str = "") -> None:
        """Save the division under its parent, and move everything below it along.

        A new name or another managing unit is recorded as of that day, today unless it is said.
        """
        self._lock_around()
        changes = self._changes(on or timezone.localdate(), note)
        self.settle()
        DivisionChange.objects.bulk_create(changes)

    @transaction.atomic
    def settle(self) -> None:
        """As place(), but recorded nowhere: for what brings back how it stood."""
        self._lock_around()
        old_path = self.path
        self.pinyin = search_key(self.short_name)
        if self._state.adding:
            self.path = self.code
            self.save()
        self.path = f"{self.parent.path if self.parent else ''}{self.pk}/"
        self.save()
        if old_path and old_path != self.path:
            below = Division.objects.filter(path__startswith=old_path).exclude(pk=self.pk)
            below.update(path=Concat(Value(self.path), Substr("path", len(old_path) + 1)))

    def _lock_around(self) -> None:
        """Lock the parent and what is below: a parent that moves meanwhile would leave a path
        behind that leads to where it was."""
        if not self.parent:
            return
        near = Q(pk=self.parent.pk)
        if self.path:
            near |= Q(path__startswith=self.path)
        locked = Division.objects.filter(near).order_by("pk").select_for_update()
        list(locked.values_list("pk"))
        self.parent.refresh_from_db(fields=["path", "level"])

    def _changes(self, on: datetime.date, note: str) -> "list[DivisionChange]":
        """What saving it now would change against the stored row."""
        if self._state.adding:
            return []
        stored = Division.objects.select_related("parent").get(pk=self.pk)
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
        return f"{self.on} {self.get_kind_display()} {self.source} → {self.target}"

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
