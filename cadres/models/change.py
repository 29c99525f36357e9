"""What was changed in the registers, by whom and when; written with the change, never changed."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models.person import SECRETS, Person
from cadres.models.secret import digest
from villages.models import Division, PlacedQuerySet


class CadreChangeQuerySet(PlacedQuerySet["CadreChange"]):
    """Seen where the row belonged when it was changed."""

    def of(self, row: models.Model) -> Self:
        return self.filter(about=row._meta.model_name, row=row.pk)


class CadreChange(models.Model):
    """One change of one row of a register, with what stood before and after by field.

    Sensitive fields are named without their content.
    """

    class Verb(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        REMOVED = "removed", _("Removed")

    about = models.CharField(_("register"), max_length=40)
    row = models.BigIntegerField(_("row"))
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("unit"), related_name="+")
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        verbose_name=_("person"),
        null=True,
        blank=True,
        related_name="changes",
    )
    verb = models.CharField(_("what was done"), max_length=10, choices=Verb)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    at = models.DateTimeField(_("time"))
    # The import that it came by, as its number in the Excel engine.
    batch = models.UUIDField(_("import"), null=True, blank=True)

    objects = CadreChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change in the registers")
        verbose_name_plural = _("changes in the registers")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["about", "row"], name="cadre_change_of_a_row")]
        constraints = [
            models.CheckConstraint(
                name="cadre_change_verb_is_known",
                condition=Q(verb__in=["added", "changed", "removed"]),
                violation_error_message=_("Unknown kind of change."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.about} {self.row}"

    @classmethod
    def note(
        cls,
        row: Any,
        division: Division,
        by: User | None,
        at: Any,
        before: dict[str, Any] | None = None,
        **about: Any,
    ) -> "CadreChange":
        """Keep what `row` says now beside `before`, what `facts_of` said of it earlier."""
        change = cls.telling(row, division, by, at, before, **about)
        change.save()
        return change

    @classmethod
    def telling(
        cls,
        row: Any,
        division: Division,
        by: User | None,
        at: Any,
        before: dict[str, Any] | None = None,
        **about: Any,
    ) -> "CadreChange":
        """What note() keeps, not stored: thousands of them are stored together."""
        after = facts_of(row)
        verb = cls.Verb.ADDED if before is None else cls.Verb.CHANGED
        old = before or {}
        told = [name for name, value in after.items() if old.get(name) != value]
        return cls(
            about=row._meta.model_name,
            row=row.pk,
            division=division,
            person_id=_whom(row),
            verb=verb,
            before={name: old[name] for name in told if name in old},
            after={name: after[name] for name in told},
            by=by,
            at=at,
            **about,
        )

    @classmethod
    def removing(
        cls, row: Any, division: Division, by: User | None, at: Any, **about: Any
    ) -> "CadreChange":
        """The last of a row that goes, not stored."""
        return cls(
            about=row._meta.model_name,
            row=row.pk,
            division=division,
            person_id=_whom(row),
            verb=cls.Verb.REMOVED,
            before=facts_of(row),
            by=by,
            at=at,
            **about,
        )


def _whom(row: Any) -> int | None:
    """The person whom a row is about: of a contact point, of a talk, or itself."""
    if isinstance(row, Person):
        return row.pk
    for name in ("person_id", "leader_id", "speaker_id"):
        if hasattr(row, name):
            found: int | None = getattr(row, name)
            return found
    whom = getattr(row, "person", None)  # of a visit, through its contact point
    return whom.pk if isinstance(whom, Person) else None


HIDDEN = "＊＊"
NOT_TOLD = ("id", "pinyin", "version", "identity_digest", "seat", "exclusive_group")


def facts_of(row: models.Model) -> dict[str, Any]:
    """What a row says, by field, as it is kept in the history: ready for JSON, and nothing of
    telephones and identity numbers but whether there is one."""
    facts = {}
    for field in row._meta.concrete_fields:
        if field.name in NOT_TOLD:
            continue
        value = field.value_from_object(row)
        if field.name in SECRETS:
            value = f"{HIDDEN}{_fingerprint(value)}" if value else ""
        facts[field.name] = value if isinstance(value, int | bool | None) else str(value)
    return facts


def _fingerprint(value: str) -> str:
    """Tells one secret from another, and nothing of it."""
    return digest(value)[:6]
