"""An uploaded file on its way into the database: checked, previewed, applied once."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from spreadsheets.sheet import Outcome


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
        CHECKED = "checked", _("Ready to apply")
        WRONG = "wrong", _("Has errors")
        APPLIED = "applied", _("Applied")
        STALE = "stale", _("Data changed since the preview")

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
    reasons = models.JSONField(_("why it was not applied"), default=list)
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="batch_applied_has_a_time",
                condition=Q(state="applied", applied_at__isnull=False)
                | ~Q(state="applied") & Q(applied_at=None),
                violation_error_message=_("Exactly the applied imports have a time."),
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def writes(self) -> int:
        """How many rows applying it would write."""
        return self.new + self.changed


class BatchRow(models.Model):
    """One row of an upload, as it was compared with the database."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows")
    sheet_row = models.PositiveIntegerField(_("row"))
    label = models.CharField(_("line"), max_length=200)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=[(o.value, o.value) for o in Outcome]
    )
    key = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=0)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "sheet_row"],
                name="batch_row_once",
                violation_error_message=_("This row is there already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.sheet_row} {self.label}"
