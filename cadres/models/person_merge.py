"""Two records of one person made one: proposed by somebody, decided by somebody else."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models.person import Person
from villages.models import Division, Viewer


class PersonMergeQuerySet(models.QuerySet["PersonMerge"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those of two records that are both the viewer's to see."""
        if viewer.sees_everything:
            return self.all()
        if viewer.division is None:
            return self.none()
        # Asked by every page, for its menu: the few merges that wait are looked at one by one,
        # where a join may begin with all persons of all units that are seen.
        seen = Person.objects.within(viewer.division)
        kept, merged = (Exists(seen.filter(pk=OuterRef(name))) for name in ("kept", "merged"))
        return self.filter(kept, merged)

    def within(self, division: Division) -> Self:
        """Those that concern a unit: where one of the two records is kept."""
        return self.filter(
            Q(kept__division__path__startswith=division.path)
            | Q(merged__division__path__startswith=division.path)
        )

    def waiting(self) -> Self:
        return self.filter(verdict="")

    def carried_out(self) -> Self:
        return self.filter(verdict=PersonMerge.Verdict.CARRIED_OUT, undone_at=None)

    def lock(self, pk: int) -> "PersonMerge":
        """The row, held until the transaction ends."""
        return self.select_for_update(no_key=True).get(pk=pk)


class PersonMerge(models.Model):
    """A proposal to make two records one, the verdict, and what carrying it out has moved.

    Values that were chosen from the record that goes are exchanged between the two, so that
    nothing of a telephone or an identity number has to be kept here for the way back.
    """

    class Verdict(models.TextChoices):
        CARRIED_OUT = "carried_out", _("Merged")
        REFUSED = "refused", _("Two persons")

    kept = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("record that stays"), related_name="merges_kept"
    )
    merged = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("record that goes"), related_name="merges_gone"
    )
    chosen = models.JSONField(_("taken from the record that goes"), default=list, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("proposed by"), related_name="+"
    )
    proposed_at = models.DateTimeField(_("put forward"))
    verdict = models.CharField(_("verdict"), max_length=15, choices=Verdict, blank=True)
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    # What each register had moved, and how everything stood then; see `cadres/actions/merging.py`.
    moved = models.JSONField(_("what was moved"), default=dict, blank=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("undone by"), null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = PersonMergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merging of two records")
        verbose_name_plural = _("mergings of records")
        ordering = ["-proposed_at", "-pk"]
        permissions = [("decide_personmerge", _("Can decide on the merging of two records"))]
        constraints = [
            models.CheckConstraint(
                name="person_merge_is_of_two_records",
                condition=~Q(kept=F("merged")),
                violation_error_message=_("A record cannot be merged into itself."),
            ),
            models.CheckConstraint(
                name="person_merge_is_decided_by_somebody_else",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                violation_error_message=_("Nobody decides on what they proposed themselves."),
            ),
            models.CheckConstraint(
                name="person_merge_verdict_is_dated",
                condition=Q(verdict="", decided_at=None)
                | (~Q(verdict="") & Q(decided_at__isnull=False)),
                violation_error_message=_("A verdict has a day, and a day a verdict."),
            ),
            models.UniqueConstraint(
                fields=["kept", "merged"],
                condition=Q(verdict=""),
                name="person_merge_proposed_once",
                violation_error_message=_("This is proposed already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.kept}"

    @property
    def is_waiting(self) -> bool:
        return not self.verdict

    @property
    def is_carried_out(self) -> bool:
        return self.verdict == self.Verdict.CARRIED_OUT and self.undone_at is None

    def clean(self) -> None:
        wrong: dict[str, Any] = {}
        for name in ("kept", "merged"):
            person = getattr(self, name)
            if person.merged_into_id or person.anonymized_at:
                wrong[name] = _("This record of a person is closed.")
        numbers = {self.kept.identity_digest, self.merged.identity_digest} - {None}
        if len(numbers) > 1:
            wrong["merged"] = _(
                "The two have different identity numbers: they are two persons, or one of the "
                "numbers is wrong and has to be put right first."
            )
        if wrong:
            raise ValidationError(wrong)
