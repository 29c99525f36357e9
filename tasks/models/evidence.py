import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.entry import Entry
from tasks.models.history import OfEntryQuerySet


class EvidenceQuerySet(OfEntryQuerySet):
    def standing(self) -> "EvidenceQuerySet":
        """Without those that were removed from their entries."""
        return self.filter(removed_at=None)


class Evidence(models.Model):
    """A file that shows what an entry says. The file is kept when it is removed from the entry."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        IMAGE = "image", _("Picture")
        OFFICE = "office", _("Office file")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(
        Entry, models.PROTECT, verbose_name=_("entry"), related_name="evidence"
    )
    file = models.FileField(_("file"), max_length=120)
    name = models.CharField(_("name of the file"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    content_type = models.CharField(_("content type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    digest = models.CharField(_("digest"), max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("added by"), related_name="+")
    added_at = models.DateTimeField(_("added at"))
    removed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("removed by"), null=True, related_name="+"
    )
    removed_at = models.DateTimeField(_("removed at"), null=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "digest"],
                condition=models.Q(removed_at=None),
                name="evidence_same_file_once",
                violation_error_message=_("This very file stands here already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
