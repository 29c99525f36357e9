"""An uploaded file on its way into the database: checked, previewed, applied once."""

import datetime
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from spreadsheets.sheet import Outcome, Sheet, by_name


def stored_name(batch: "Batch", filename: str) -> str:
    """A name of our own; the uploader's is kept as text only."""
    return f"sheets/{batch.pk}"


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, viewer: Any) -> Self:
        """A batch belongs to whoever uploaded it; nobody else sees or applies it."""
        if getattr(viewer, "sees_everything", False):
            return self.all()
        return self.filter(owner=viewer)


class Batch(models.Model):
    """One upload of one sheet by one owner."""

    class State(models.TextChoices):
        WAITING = "waiting", _("In the queue")
        CHECKING = "checking", _("Being checked")
        REFUSED = "refused", _("Refused")
        CHECKED = "checked", _("Ready to apply")
        WRONG = "wrong", _("Has errors")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        STALE = "stale", _("Data changed since the preview")
        UNDONE = "undone", _("Undone")
        DISCARDED = "discarded", _("Discarded")

    RUNNING = (State.WAITING, State.CHECKING, State.APPLYING)
    UNCHECKED = (State.WAITING, State.CHECKING)
    # Until it is applied an import is its owner's to throw away.
    OPEN = (State.WAITING, State.CHECKING, State.REFUSED, State.CHECKED, State.WRONG, State.STALE)
    # Beyond this without a sign of life, whatever ran it is gone.
    SILENCE = datetime.timedelta(seconds=90)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.CharField(_("sheet"), max_length=40)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("uploaded by"), null=True
    )
    file = models.FileField(_("file"), upload_to=stored_name)
    file_name = models.CharField(_("file name"), max_length=200)
    digest = models.CharField(_("digest"), max_length=64)
    target = models.JSONField(_("about"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    errors = models.JSONField(_("errors"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)
    conflicts = models.PositiveIntegerField(_("rows to decide"), default=0)
    unread = models.JSONField(_("columns not read"), default=list)
    reasons = models.JSONField(_("why it was not applied"), default=list)
    comment = models.CharField(_("comment on the warnings"), max_length=500, blank=True)
    # Raised by every run of its check and by every choice: who acts on an older one is late.
    revision = models.PositiveIntegerField(default=0, editable=False)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    total = models.PositiveIntegerField(_("rows in all"), default=0)
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    active_at = models.DateTimeField(_("last sign of life"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="batch_applied_has_a_time",
                condition=Q(state__in=["applied", "undone"], applied_at__isnull=False)
                | ~Q(state__in=["applied", "undone"]) & Q(applied_at=None),
                violation_error_message=_("Exactly the applied imports have a time."),
            ),
            models.CheckConstraint(
                name="batch_undone_has_a_time",
                condition=Q(state="undone", undone_at__isnull=False)
                | ~Q(state="undone") & Q(undone_at=None),
                violation_error_message=_("Exactly the undone imports have a time of undoing."),
            ),
        ]
        indexes = [models.Index(fields=["digest"], name="batch_by_digest")]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("spreadsheets:batch", args=[self.pk])

    @property
    def writes(self) -> int:
        """How many rows applying it would write."""
        return self.new + self.changed

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def can_be_undone(self) -> bool:
        """Whether it stands applied, and its sheet knows a way back."""
        return self.state == self.State.APPLIED and by_name(self.sheet).undo is not Sheet.undo

    def is_silent(self, at: datetime.datetime) -> bool:
        """Whether it should be running, and nothing has been heard of it for too long.

        One that waits is not silent while another is being worked on.
        """
        heard = Q(active_at__gt=at - self.SILENCE)
        at_work = Batch.objects.filter(heard, state__in=[self.State.CHECKING, self.State.APPLYING])
        alone = self.state != self.State.WAITING or not at_work.exists()
        return self.is_running and at - self.active_at > self.SILENCE and alone

    def applied_before(self) -> "Batch | None":
        """The owner's last applied import of the very same file, where there is one."""
        same = Batch.objects.filter(owner=self.owner_id, sheet=self.sheet, digest=self.digest)
        return same.filter(state=self.State.APPLIED).exclude(pk=self.pk).first()

    @property
    def sheet_title(self) -> str:
        return str(by_name(self.sheet).title)

    def next_step(self) -> tuple[str, str] | None:
        """Words and address of what its owner does after applying it; see Sheet.next_step."""
        return by_name(self.sheet)(self.owner).next_step(self)

    def recount(self) -> None:
        """Count the rows again, after choices changed what becomes of them."""
        counts = dict(self.rows.order_by().values_list("outcome").annotate(Count("pk")))
        self.new, self.changed = counts.get(Outcome.NEW, 0), counts.get(Outcome.CHANGED, 0)
        self.unchanged = counts.get(Outcome.UNCHANGED, 0)

    def undecided(self) -> int:
        """How many rows still wait for the user to choose between two values."""
        return self.rows.filter(is_decided=False).count() if self.conflicts else 0


class BatchRow(models.Model):
    """One row of an upload, as it was compared with the database."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows", db_index=False)
    sheet_row = models.PositiveIntegerField(_("row"))
    label = models.CharField(_("line"), max_length=200)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=[(o.value, o.value) for o in Outcome]
    )
    part = models.PositiveSmallIntegerField(default=0, help_text=_("Which of the row's lines."))
    cell = models.CharField(_("cell"), max_length=12, blank=True)
    key = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=0)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    conflicts = models.JSONField(_("changed by both"), default=dict)
    is_decided = models.BooleanField(_("decided"), default=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "outcome"], name="batch_row_by_outcome")]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "sheet_row", "part"],
                name="batch_row_once",
                violation_error_message=_("This row is there already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.sheet_row} {self.label}"

    def settle(self) -> None:
        """Set `after` and the outcome by the choices made between two values."""
        for conflict in self.conflicts.values():
            kept = {name: self.before.get(name) for name in conflict["content"]}
            self.after |= conflict["content"] if conflict["choice"] == "mine" else kept
        self.is_decided = all(conflict["choice"] for conflict in self.conflicts.values())
        # What stood before says more than what is written, as the state that it was in.
        if all(self.before.get(name) == value for name, value in self.after.items()):
            self.outcome = Outcome.UNCHANGED
        elif self.outcome == Outcome.UNCHANGED:
            self.outcome = Outcome.CHANGED
