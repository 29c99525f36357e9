"""The quarterly bulletin (季度通报) of a city or county, and the Word template it is made from."""

import datetime
from collections.abc import Mapping
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.content import LONGEST_TEXT
from tasks.models.period import Period
from villages.models import Division, Level, Viewer

# Who sends bulletins to the units below.
ISSUING = (Level.CITY, Level.COUNTY)


class BulletinTemplateQuerySet(models.QuerySet["BulletinTemplate"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """How a bulletin looks is common to all who make one."""
        return self.all()

    def current(self) -> "BulletinTemplate | None":
        """The file in use; None for the built-in one."""
        newest = self.order_by("-pk").first()
        return newest if newest and newest.file else None


class BulletinTemplate(models.Model):
    """A Word file that bulletins are made from since then; without a file, the built-in one.

    The newest row is in force. Rows and files are kept, because what was issued is made from them.
    """

    file = models.FileField(_("file"), max_length=120, blank=True)
    name = models.CharField(_("name of the file"), max_length=120, blank=True)
    size = models.PositiveIntegerField(_("size in bytes"), default=0)
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    at = models.DateTimeField(_("time"))

    objects = BulletinTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template of bulletins")
        verbose_name_plural = _("templates of bulletins")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="bulletin_template_file_has_name_and_digest",
                condition=Q(file="", name="", digest="", size=0)
                | (~Q(file="") & ~Q(name="") & ~Q(digest="")),
                violation_error_message=_("A template that is no file is the built-in one."),
            )
        ]

    def __str__(self) -> str:
        return self.name or _now("Built-in template")


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Issued ones for whom they are addressed to, and those above; drafts for their writers.

        A bulletin is addressed to the units one level below the one that issues it, and names
        all of these. What concerns a village it is told by its township.
        """
        if viewer.sees_everything:
            return self.all()
        own = viewer.division
        if own is None:
            return self.none()
        addressed = Q(division=own.parent_id) | Q(division__path__startswith=own.path)
        seen = addressed & Q(state=Bulletin.State.ISSUED)
        if isinstance(viewer, User) and viewer.has_perm("tasks.change_bulletin"):
            seen |= Q(division=own)
        return self.filter(seen)

    def issued(self) -> Self:
        return self.filter(state=Bulletin.State.ISSUED)

    def drafts(self) -> Self:
        return self.filter(state=Bulletin.State.DRAFT)

    def last_issued(self, division: Division, period: Period) -> "Bulletin | None":
        return self.issued().filter(division=division, period=period).order_by("issued_at").last()


class Bulletin(models.Model):
    """What a city or county says of one quarter: figures frozen at a moment, and its own words.

    A quarter may have several, each with the figures of its own moment. Once it is issued,
    nothing of it changes any more.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ISSUED = "issued", _("Sent out")

    # What may be written while it is a draft.
    TEXTS = (
        *("issuer", "number", "title", "addressed_to", "rectify_by"),
        *("practices", "problems_more", "requirements"),
    )
    NEEDED_TO_ISSUE = ("issuer", "number", "title", "addressed_to", "practices", "requirements")

    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), related_name="bulletins"
    )
    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="bulletins"
    )
    issuer = models.CharField(
        _("red head"), max_length=60, help_text=_("The name of the organisation, as it signs.")
    )
    number = models.CharField(_("document number"), max_length=40)
    title = models.CharField(_("title of the bulletin"), max_length=120)
    addressed_to = models.CharField(_("addressed to"), max_length=120)
    rectify_by = models.DateField(
        _("to be put right by"), help_text=_("Stands in annex 2, beside every problem.")
    )
    practices = models.TextField(
        _("good practice (part 3)"),
        blank=True,
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        help_text=_("Each line is a paragraph; one that begins with （一） has a subheading."),
    )
    problems_more = models.TextField(
        _("further problems (part 4)"),
        blank=True,
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        help_text=_("Follows the problems that are named from the figures."),
    )
    requirements = models.TextField(
        _("what is required next (part 5)"),
        blank=True,
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        help_text=_("Each line is a paragraph; one that begins with （一） has a subheading."),
    )
    figures = models.JSONField(_("figures"), editable=False)
    frozen_at = models.DateTimeField(_("figures as of"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    made_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("made by"), related_name="+", editable=False
    )
    issued_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("sent out by"),
        null=True,
        related_name="+",
        editable=False,
    )
    issued_at = models.DateTimeField(_("sent out at"), null=True, editable=False)
    template = models.ForeignKey(
        BulletinTemplate,
        models.PROTECT,
        verbose_name=_("template"),
        null=True,
        related_name="+",
        editable=False,
        help_text=_("None for the built-in one."),
    )

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        ordering = ["-frozen_at", "-pk"]
        permissions = [("issue_bulletin", _("Can issue a bulletin"))]
        constraints = [
            models.CheckConstraint(
                name="bulletin_issued_says_by_whom_and_when",
                condition=Q(state="draft", issued_by=None, issued_at=None)
                | Q(state="issued", issued_by__isnull=False, issued_at__isnull=False),
                violation_error_message=_("An issued bulletin says who issued it and when."),
            ),
            models.UniqueConstraint(
                fields=["division", "number"],
                condition=Q(state="issued"),
                name="bulletin_number_issued_once",
                violation_error_message=_("A bulletin with this document number has been issued."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def may_reach(user: User) -> bool:
        """Whether any bulletin can be addressed to somebody, or is issued or watched there."""
        return user.sees_everything or user.level in (*ISSUING, Level.TOWNSHIP)

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    def is_kept_by(self, user: User) -> bool:
        """It is written and issued by the managers of the unit whose bulletin it is."""
        own = user.division_id == self.division_id and user.level in ISSUING
        return (own or user.sees_everything) and user.has_perm("tasks.change_bulletin")

    def write(self, version: int, texts: Mapping[str, Any]) -> None:
        """Store the texts of a draft that still stands as its writer saw it.

        Raises ValidationError with code `issued` or `stale`, and writes nothing then.
        """
        known = {name: value for name, value in texts.items() if name in self.TEXTS}
        standing = Bulletin.objects.drafts().filter(pk=self.pk, version=version)
        if not standing.update(**known, version=F("version") + 1):
            self.refresh_from_db()
            if not self.is_draft:
                raise ValidationError(_issued(), "issued")
            message = _("Somebody else has changed this draft meanwhile; nothing was overwritten.")
            raise ValidationError(message, "stale")
        self.refresh_from_db()

    @transaction.atomic
    def issue(
        self, version: int, by: User, at: datetime.datetime, template: BulletinTemplate | None
    ) -> None:
        """Send it out as it stands; raises ValidationError where it is not ready for that."""
        locked = Bulletin.objects.select_for_update().get(pk=self.pk)
        if not locked.is_draft:
            raise ValidationError(_issued(), "issued")
        if locked.version != version:
            message = _("Somebody has changed this draft meanwhile; read it again, then issue it.")
            raise ValidationError(message, "stale")
        locked._check_complete()
        locked.state, locked.template = self.State.ISSUED, template
        locked.issued_by, locked.issued_at = by, at
        try:
            with transaction.atomic():
                locked.save(update_fields=["state", "template", "issued_by", "issued_at"])
        except IntegrityError:
            message = _("%(number)s has been issued already; give this one its own number.")
            raise ValidationError(message, "number", {"number": locked.number}) from None
        self.refresh_from_db()

    def _check_complete(self) -> None:
        fields: Any = [Bulletin._meta.get_field(name) for name in self.NEEDED_TO_ISSUE]
        empty = [field for field in fields if not getattr(self, field.name).strip()]
        missing = [str(field.verbose_name) for field in empty]
        if missing:
            message = _("Not issued yet: please write %(missing)s first.")
            raise ValidationError(message, "missing", {"missing": _now(", ").join(missing)})

    def discard(self) -> None:
        """Throw a draft away; raises ValidationError with code `issued` for any other."""
        if not Bulletin.objects.drafts().filter(pk=self.pk).delete()[0]:
            raise ValidationError(_issued(), "issued")


def _issued() -> Any:
    return _("This bulletin is issued; nothing of it changes any more.")
