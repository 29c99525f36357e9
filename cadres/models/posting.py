"""Postings: who holds which seat where, since when, until when."""

import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cadres.limits import COHORTS
from cadres.models.organization import Organization
from cadres.models.person import Person, secrets_of
from cadres.models.posting_kind import PostingKind
from villages.models import Division, DivisionQuerySet, Level, PlacedQuerySet, Viewer

SOON = 90  # days before its end from which a posting counts as ending soon


def decides_on(viewer: Viewer, unit: Division) -> bool:
    """Whether the viewer's unit decides who holds a post at a unit: a county of all below it, the
    city of all.

    It is never decided at the unit itself, but by the level above, and first secretaries and
    officers of villages by the county at least.
    """
    own = viewer.division
    if viewer.sees_everything or own is None or not own.manages(unit):
        return viewer.sees_everything
    return decides_somewhere(viewer) and not (_is_county(viewer) and own == unit)


def units_decided_on_by(viewer: Viewer) -> DivisionQuerySet:
    """The units of which decides_on() is true."""
    seen = Division.objects.visible_to(viewer)
    if not decides_somewhere(viewer):
        return seen.none()
    own = viewer.division
    return seen.exclude(pk=own.pk) if own is not None and _is_county(viewer) else seen


def decides_somewhere(viewer: Viewer) -> bool:
    """Whether there are units of which decides_on() is true."""
    own = viewer.division
    is_high = own is not None and own.level in (Level.CITY, Level.COUNTY)
    return viewer.sees_everything or is_high


def _is_county(viewer: Viewer) -> bool:
    own = viewer.division
    return not viewer.sees_everything and own is not None and own.level == Level.COUNTY


class PostingQuerySet(PlacedQuerySet["Posting"]):
    """Seen where they are held: what was held at a unit stays in its history."""

    def kept_by(self, viewer: Viewer) -> Self:
        """Those that the viewer's unit decides on; see decides_on()."""
        found = self.visible_to(viewer)
        if not decides_somewhere(viewer):
            return found.none()
        return found.exclude(division=viewer.division) if _is_county(viewer) else found

    def on(self, day: datetime.date) -> Self:
        """Those held on a day; `end` is the last day."""
        return self.filter(Q(end=None) | Q(end__gte=day), start__lte=day)

    def over(self, day: datetime.date) -> Self:
        return self.filter(end__lt=day)

    def in_seat(self, seat: str) -> Self:
        return self.filter(seat=seat)

    def overlapping(self, start: datetime.date, end: datetime.date | None) -> Self:
        """Those held on any day from `start` to `end`, both included; no end is for ever."""
        found = self.filter(Q(end=None) | Q(end__gte=start))
        return found.filter(start__lte=end) if end else found

    def overdue(self, day: datetime.date) -> Self:
        """Held on the day though the term was over before."""
        return self.on(day).filter(planned_end__lt=day)

    def future(self, day: datetime.date) -> Self:
        return self.filter(start__gt=day)

    def coming_to_an_end(self, day: datetime.date, days: int) -> Self:
        """Held on the day, with an end, entered or planned, in so many days from it."""
        until = Coalesce("end", "planned_end")
        last = day + datetime.timedelta(days=days)
        return self.on(day).annotate(until=until).filter(until__gte=day, until__lte=last)

    def search(self, text: str) -> Self:
        """By part of the name of person, unit or organisation, or by pinyin from its start."""
        text = text.replace("\0", "").strip()
        if not text:
            return self
        found = Q()
        for about in ("person", "division", "organization"):
            found |= Q(**{f"{about}__name__icontains": text})
            if text.isascii():
                start = f" {text.lower().replace(' ', '')}"
                found |= Q(**{f"{about}__pinyin__contains": start})
        return self.filter(found)

    def for_list(self) -> Self:
        """With what a list shows, and nothing that would have to be decrypted for every row."""
        related = ("person", "kind", "organization", "division__parent__parent")
        return self.select_related(*related).defer(*secrets_of("person"))


class Posting(models.Model):
    """A person at a unit in a kind of posting.

    `start`, `planned_end` and `end` are days, both ends included; forms that write months mean
    the first and the last day. `seat`, `seat_number` and `exclusive_group` repeat what the kind
    says, for the database to refuse two holders of one seat, and two postings of one person
    that exclude each other, on any day: besides the constraints here see `cadres/guards.py`.
    """

    class State(models.TextChoices):
        """How a posting stands on a day; never stored."""

        HELD = "held", _("Held")
        ENDING = "ending", _("Ends soon")
        OVER = "over", _("Beyond the term")
        ENDED = "ended", _("Ended")
        FUTURE = "future", _("Yet to begin")

    class EndReason(models.TextChoices):
        TERM = "term", _("Term completed")
        ROTATED = "rotated", _("Rotated")
        SWAPPED = "swapped", _("Exchanged")
        TRANSFERRED = "transferred", _("Transferred to another post")
        PROMOTED = "promoted", _("Promoted")
        RETIRED = "retired", _("Retired")
        OTHER = "other", _("Other")

    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("person"), related_name="postings"
    )
    kind = models.ForeignKey(
        PostingKind, models.PROTECT, verbose_name=_("kind of posting"), related_name="postings"
    )
    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), related_name="postings"
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        verbose_name=_("sending organisation"),
        null=True,
        blank=True,
        related_name="postings",
    )
    title = models.CharField(_("title of the post"), max_length=60, blank=True)
    start = models.DateField(_("since"))
    planned_end = models.DateField(
        _("planned until"), null=True, blank=True, help_text=_("The last day of the term.")
    )
    end = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day held."))
    end_reason = models.CharField(
        _("reason for ending"), max_length=15, choices=EndReason, blank=True
    )
    predecessor = models.OneToOneField(
        "self",
        models.PROTECT,
        verbose_name=_("predecessor"),
        null=True,
        blank=True,
        related_name="successor",
    )
    hand_over = models.TextField(_("hand-over note"), max_length=2000, blank=True)
    batch = models.CharField(_("rotation batch"), max_length=30, blank=True)
    cohort = models.PositiveSmallIntegerField(_("year of recruitment"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    seat = models.SlugField(_("seat"), max_length=30, db_index=False, editable=False)
    seat_number = models.PositiveSmallIntegerField(
        _("number of the seat"), null=True, editable=False
    )
    exclusive_group = models.SlugField(
        _("holds no other of"), max_length=30, db_index=False, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["division__code", "kind__order", "-start", "pk"]
        indexes = [models.Index(fields=["seat", "end"], name="posting_by_seat_and_end")]
        constraints = [
            models.CheckConstraint(
                name="posting_ends_after_it_starts",
                condition=Q(end=None) | Q(end__gte=F("start")),
                violation_error_message=_("The last day cannot be before the first one."),
            ),
            models.CheckConstraint(
                name="posting_planned_to_end_after_it_starts",
                condition=Q(planned_end=None) | Q(planned_end__gte=F("start")),
                violation_error_message=_("The planned end cannot be before the start."),
            ),
            models.CheckConstraint(
                name="posting_end_has_a_reason",
                condition=Q(end=None, end_reason="") | (Q(end__isnull=False) & ~Q(end_reason="")),
                violation_error_message=_("An end wants a reason, and a reason an end."),
            ),
            models.UniqueConstraint(
                fields=["division", "seat", "seat_number"],
                condition=Q(end=None),
                name="posting_one_current_holder_of_a_seat",
                violation_error_message=_("This seat is held by somebody already."),
            ),
            models.UniqueConstraint(
                fields=["person", "exclusive_group"],
                condition=Q(end=None),
                name="posting_one_current_of_a_group_for_a_person",
                violation_error_message=_("The person holds a posting that excludes this one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.kind} {self.division}"

    def is_kept_by(self, viewer: Viewer) -> bool:
        """Whether the viewer's unit decides on it; see kept_by()."""
        return Posting.objects.filter(pk=self.pk).kept_by(viewer).exists()

    def is_held(self, on: datetime.date) -> bool:
        return self.start <= on and (self.end is None or self.end >= on)

    def is_overdue(self, on: datetime.date) -> bool:
        """Still held though its term is over."""
        return self.is_held(on) and self.planned_end is not None and self.planned_end < on

    def days_left(self, on: datetime.date) -> int | None:
        """To the end, entered or planned, counted from a day; negative where it is past."""
        until = self.end or self.planned_end
        return (until - on).days if until else None

    def take_from_kind(self) -> None:
        """What the database compares, from what the kind says."""
        self.seat, self.exclusive_group = self.kind.seat, self.kind.exclusive_group

    def state_on(self, day: datetime.date) -> str:
        """A State, in the order in which they matter."""
        if not self.is_held(day):
            return self.State.FUTURE if self.start > day else self.State.ENDED
        if self.is_overdue(day):
            return self.State.OVER
        until = self.end or self.planned_end
        soon = until is not None and (until - day).days <= SOON
        return self.State.ENDING if soon else self.State.HELD

    @property
    def places(self) -> tuple[str, str, str]:
        """County, township and village, as far as the unit lies within them."""
        unit, above = self.division, self.division.parent
        if unit.level == Level.VILLAGE and above:
            return (above.parent.name if above.parent else ""), above.name, unit.short_name
        if unit.level == Level.TOWNSHIP:
            return (above.name if above else ""), unit.name, ""
        return unit.name, "", ""

    @property
    def term(self) -> str:
        """2021.07—2023.06, or 2021.07—至今, as forms write it."""
        until = f"{self.end:%Y.%m}" if self.end else _now("present")
        if self.end is None and self.start > timezone.localdate():
            return _now("from %s on") % f"{self.start:%Y.%m}"
        return f"{self.start:%Y.%m}—{until}"

    def clean(self) -> None:
        self.take_from_kind()
        wrong = self.wrong_with_post() | self.wrong_with_person(self.kind)
        if self.division.level != self.kind.level:
            wrong["division"] = _now("A posting of this kind is at a unit of the level %s.") % (
                self.kind.get_level_display()
            )
        if wrong:
            raise ValidationError(wrong)

    def wrong_with_post(self) -> dict[str, Any]:
        """What makes the posting itself impossible, whoever enters it, by field: its days, and
        what the kind wants of it and misses."""
        kind, wrong = self.kind, dict[str, Any]()
        if self.start and self.person.birth and f"{self.start:%Y-%m}" <= self.person.birth:
            wrong["start"] = _now("Nobody is appointed before being born.")
        if self.start and self.planned_end and self.planned_end < self.start:
            wrong["planned_end"] = _now("The planned end cannot be before the start.")
        if self.start and self.end and self.end < self.start:
            wrong["end"] = _now("The last day cannot be before the first one.")
        if self.start and (gone := self.division.gone_in_words(self.start)):
            wrong["division"] = gone
        if kind.wants_organization and not (self.organization_id or self.organization):
            wrong["organization"] = _now("Name the organisation that sends the person.")
        if self.cohort and self.cohort not in COHORTS:
            says = {"first": COHORTS[0], "last": COHORTS[-1]}
            wrong["cohort"] = _now("Give a year from %(first)d to %(last)d.") % says
        elif kind.earliest_cohort and (self.cohort or 0) < kind.earliest_cohort:
            wrong["cohort"] = _now("Give the year of recruitment, %d or later.") % (
                kind.earliest_cohort
            )
        return wrong

    def wrong_with_person(self, kind: PostingKind, *, is_recorded: bool = False) -> dict[str, Any]:
        """What the kind wants of the person and misses. Of a posting that is `is_recorded`, as it
        was decided elsewhere, the rank is no condition any more: see missing_rank()."""
        person = self.person
        if person.merged_into_id or person.anonymized_at:
            return {"person": _now("This record of a person is closed.")}
        if kind.wants_party_member and not person.is_party_member:
            return {"person": _now("This posting is for full party members.")}
        if kind.wants_left_lead and not person.has_left_lead:
            return {"person": _now("This posting is for those who have left a leading post.")}
        return {"person": missing} if (missing := self.missing_rank()) and not is_recorded else {}

    def missing_rank(self) -> str:
        """In words, where the person is not of the level of office that the kind wants."""
        if not self.kind.minimum_rank or (self.person.rank_level or 0) >= self.kind.minimum_rank:
            return ""
        wanted = self.kind.get_minimum_rank_display()
        return _now("This posting wants at least the level %s.") % wanted
