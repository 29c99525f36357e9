from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.entry import Entry
from tasks.models.light import plain
from tasks.models.period import CODE, Period
from villages.models import Level, Viewer

FIELDS = {field.name: field for field in Entry._meta.concrete_fields}


class OfEntryQuerySet(models.QuerySet):
    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self.all()
        return self.filter(entry__in=Entry.objects.visible_to(viewer))


class Review(models.Model):
    """A verdict of one level on the version of an entry that it was shown."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Returned")

    entry = models.ForeignKey(
        Entry, models.PROTECT, verbose_name=_("entry"), related_name="reviews", db_index=False
    )
    version = models.PositiveIntegerField(_("version seen"))
    level = models.CharField(_("level"), max_length=10, choices=Level)
    reviewer = models.ForeignKey(User, models.PROTECT, verbose_name=_("reviewer"), related_name="+")
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    at = models.DateTimeField(_("time"))
    act = models.UUIDField(_("act"), null=True, editable=False, db_index=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True, editable=False)

    objects = OfEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="review_return_has_a_reason",
                condition=Q(verdict="accepted") | ~Q(comment=""),
                violation_error_message=_("Say why it is returned."),
            ),
            models.UniqueConstraint(
                fields=["entry", "version"],
                name="review_once_per_version",
                violation_error_message=_("This version has been reviewed already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} · {self.reviewer}"


class EntryChange(models.Model):
    """One change of an entry, written in the same transaction as the change itself."""

    class Verb(models.TextChoices):
        SAVE = "save", _("saved")
        SUBMIT = "submit", _("submitted")
        ACCEPT = "accept", _("accepted")
        RETURN = "return", _("returned")
        UNDO = "undo", _("undone")
        CONFIRM = "confirm", _("confirmed unchanged")
        TAKE_BACK = "take_back", _("taken back")
        EXEMPT = "exempt", _("exempted")
        LIFT = "lift", _("lifted the exemption")
        ATTACH = "attach", _("attached a file")
        DETACH = "detach", _("removed a file")
        WITHDRAW = "withdraw", _("withdrawn by an amendment")
        RESTORE = "restore", _("asked for again by an amendment")

    class Origin(models.TextChoices):
        PAGE = "page", _("Page")
        SHEET = "sheet", _("Excel")
        ADMIN = "admin", _("Administration")
        COMMAND = "command", _("Command line")

    entry = models.ForeignKey(
        Entry, models.PROTECT, verbose_name=_("entry"), related_name="changes", db_index=False
    )
    version = models.PositiveIntegerField(_("version"), help_text=_("The version it made."))
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+", db_index=False
    )
    origin = models.CharField(_("by way of"), max_length=10, choices=Origin)
    verb = models.CharField(_("what"), max_length=10, choices=Verb)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    batch = models.UUIDField(_("import"), null=True)

    objects = OfEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of an entry")
        verbose_name_plural = _("changes of entries")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(
                fields=["batch"], name="entry_change_by_batch", condition=Q(batch__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "version"],
                name="entry_change_once_per_version",
                violation_error_message=_("This version has been written already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} · {self.by}"

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Field, before and after, in words, of a change whose entry has its task; no state."""
        names = [name for name in self.after if name in FIELDS and name != "state"]
        return [
            (
                str(FIELDS[name].verbose_name),
                self._in_words(name, self.before.get(name)),
                self._in_words(name, self.after[name]),
            )
            for name in names
        ]

    @property
    def moved(self) -> tuple[str, str] | None:
        """From which state into which, in words; None where it stayed in its own."""
        before, after = self.before.get("state"), self.after.get("state")
        if after is None or before == after:
            return None
        return self._in_words("state", before), self._in_words("state", after)

    def _in_words(self, name: str, value: Any) -> str:
        if name == "value" and value is not None:
            number = Decimal(value)
            if self.entry.task.measure == "yes_no":
                return _now("Yes") if number else _now("No")
            return plain(number)
        if name == "carried_from" and (code := CODE.match(str(value))):
            return str(Period(year=int(code[1]), quarter=int(code[2])))
        choices = dict(FIELDS[name].flatchoices)
        return str(choices.get(value, "" if value is None else value))
