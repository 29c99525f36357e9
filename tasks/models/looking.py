"""What reviewers have seen, and what those outside the line say of it."""

from collections.abc import Mapping
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.entry import Entry
from tasks.models.history import OfEntryQuerySet
from tasks.models.waiting import contents_changed_after
from villages.models import Viewer


class LookQuerySet(models.QuerySet["Look"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(user=viewer)

    def note(self, user: User, shown: Mapping[int, int]) -> None:
        """Remember which version of which entry was on the user's screen; 2 queries at most."""
        known = dict(self.filter(user=user, entry__in=shown).values_list("entry_id", "version"))
        new = {pk: version for pk, version in shown.items() if known.get(pk) != version}
        if not new:
            return
        looks = [
            Look(user=user, entry_id=pk, version=version, previous_version=known.get(pk))
            for pk, version in sorted(new.items())
        ]
        Look.objects.bulk_create(
            looks,
            update_conflicts=True,
            unique_fields=["user", "entry"],
            update_fields=["version", "previous_version", "at"],
        )


class Look(models.Model):
    """The version of an entry that somebody looked at last, and the one before it.

    What changed since is shown between the two for as long as the version stays the same, so
    that opening the page again does not make it forget.
    """

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), related_name="looks")
    entry = models.ForeignKey(Entry, models.CASCADE, verbose_name=_("entry"), related_name="looks")
    version = models.PositiveIntegerField(_("version seen"))
    previous_version = models.PositiveIntegerField(_("version seen before"), null=True)
    at = models.DateTimeField(_("time"), auto_now=True)

    objects = LookQuerySet.as_manager()

    class Meta:
        verbose_name = _("look at an entry")
        verbose_name_plural = _("looks at entries")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "entry"],
                name="look_one_per_user_and_entry",
                violation_error_message=_("This look is kept already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.entry_id} {self.version}"


class OpinionQuerySet(OfEntryQuerySet):
    def standing(self) -> Self:
        """Those that still hold: the content is as it was, and the same account said no other.

        That a line passed a level makes another version of it, but answers no objection.
        """
        later = Opinion.objects.filter(
            entry=OuterRef("entry"), by=OuterRef("by"), version__gt=OuterRef("version")
        )
        return self.filter(~contents_changed_after("version", "entry"), ~Exists(later))


class Opinion(models.Model):
    """What the lead organisation of a task says of a reported line, beside the line's review.

    It decides nothing; an objection brings the line to the top of the reviewer's list.
    """

    class Verdict(models.TextChoices):
        AGREES = "agrees", _("No objection")
        OBJECTS = "objects", _("Objection")

    entry = models.ForeignKey(
        Entry, models.PROTECT, verbose_name=_("entry"), related_name="opinions"
    )
    version = models.PositiveIntegerField(_("version seen"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    verdict = models.CharField(_("opinion"), max_length=10, choices=Verdict)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    at = models.DateTimeField(_("time"))

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion of the lead organisation")
        verbose_name_plural = _("opinions of lead organisations")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "version", "by"],
                name="opinion_one_per_version_and_account",
                violation_error_message=_("You have said your opinion of this version."),
            ),
            models.CheckConstraint(
                name="opinion_objection_has_words",
                condition=Q(verdict="agrees") | ~Q(comment=""),
                violation_error_message=_("Say what the objection is."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} · {self.by}"
