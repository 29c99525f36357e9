"""Persons: those whom postings, village teams and contact points speak about."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cadres import masks, months
from cadres.models import identity, secret
from cadres.models.organization import Organization
from cadres.models.tag import Tag
from cadres.models.words import Education, IdentityType, PoliticalStatus, Rank, Sex
from cadres.months import MonthField
from cadres.names import plain_name
from villages.models import Division, PlacedQuerySet
from villages.pinyin import search_key

SECRETS = ("phone", "identity_number")


def secrets_of(*paths: str) -> list[str]:
    """What a list defers that reads persons along these paths: nobody decrypts it for a list."""
    return [f"{path}__{name}" for path in paths for name in SECRETS]


class PersonQuerySet(PlacedQuerySet["Person"]):
    def standing(self) -> Self:
        """Without records that were merged into another, or whose person was made anonymous."""
        return self.filter(merged_into=None, anonymized_at=None)

    def search(self, text: str) -> Self:
        """By part of the name, or by pinyin from its start; never by telephone or number."""
        text = plain_name(text.replace("\0", ""))
        found = Q(name__icontains=text)
        if text.isascii():
            found |= Q(pinyin__contains=f" {text.lower().replace(' ', '')}")
        return self.filter(found) if text else self

    def without_secrets(self) -> Self:
        """For lists: telephones and identity numbers stay in the database, unread."""
        return self.defer(*SECRETS)

    def lock(self) -> "list[Person]":
        """These rows, held until the transaction ends, by all who do so in this order."""
        return list(self.order_by("pk").select_for_update(no_key=True))


class Person(models.Model):
    """One person, with no more than the forms ask for.

    `division` is where the person serves now, which is whose record it is: whoever is above it
    sees the person, and after a move the new unit instead of the old one. The verbs that
    appoint and elect keep it (`cadres/actions`).
    """

    name = models.CharField(_("full name"), max_length=40)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    ethnicity = models.CharField(_("ethnic group"), max_length=20, blank=True)
    birth = MonthField(_("month of birth"), blank=True)
    political_status = models.CharField(
        _("political status"), max_length=2, choices=PoliticalStatus, blank=True
    )
    party_joined = MonthField(_("joined the party"), blank=True)
    education = models.CharField(_("education"), max_length=1, choices=Education, blank=True)
    degree = models.CharField(_("degree"), max_length=20, blank=True)
    studied = models.CharField(_("school and subject"), max_length=80, blank=True)
    identity_type = models.CharField(
        _("type of employment"), max_length=20, choices=IdentityType, blank=True
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        verbose_name=_("own organisation"),
        null=True,
        blank=True,
        related_name="persons",
    )
    position = models.CharField(_("position held"), max_length=60, blank=True)
    rank = models.CharField(_("rank"), max_length=40, blank=True)
    rank_level = models.PositiveSmallIntegerField(
        _("level of office"), choices=Rank, null=True, blank=True
    )
    has_left_lead = models.BooleanField(_("has left a leading post"), default=False)
    home = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("home"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Where the person is not to be sent."),
    )
    strengths = models.ManyToManyField(
        Tag, verbose_name=_("strengths"), related_name="persons", blank=True
    )
    phone = secret.SecretField(
        _("telephone"),
        blank=True,
        validators=[RegexValidator(r"^\d{7,12}$", _("A telephone number has 7 to 12 digits."))],
    )
    identity_number = secret.SecretField(_("identity number"), blank=True)
    identity_digest = models.CharField(
        _("digest of the identity number"),
        max_length=64,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        error_messages={"unique": _("There is a person with this identity number already.")},
    )
    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit served at"), related_name="persons"
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
    )
    anonymized_at = models.DateTimeField(_("made anonymous"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    pinyin = models.CharField(_("pinyin"), max_length=2000, blank=True, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ["name", "pk"]
        permissions = [("reveal_person", _("Can reveal telephones and identity numbers"))]
        # Lists count and sort tens of thousands: this one holds all that is asked for that, so
        # that no row, with its encrypted texts, is read.
        indexes = [
            models.Index(fields=["name", "birth"], name="person_by_name_and_birth"),
            models.Index(
                fields=["merged_into", "anonymized_at", "name", "id", "division"],
                name="person_standing_by_name",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="person_joined_after_birth",
                condition=Q(birth="") | Q(party_joined="") | Q(party_joined__gt=F("birth")),
                violation_error_message=_("Nobody joined the party before being born."),
            ),
            models.CheckConstraint(
                name="person_is_not_merged_into_itself",
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")),
                violation_error_message=_("A record cannot be merged into itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_standing(self) -> bool:
        """Neither merged into another record nor made anonymous."""
        return self.merged_into_id is None and self.anonymized_at is None

    @property
    def masked_phone(self) -> str:
        return masks.masked_phone(self.phone)

    @property
    def masked_identity_number(self) -> str:
        return masks.masked_number(self.identity_number)

    @property
    def is_party_member(self) -> bool:
        return self.political_status == PoliticalStatus.MEMBER

    def clean(self) -> None:
        self.prepare()
        this_month = months.month_of(timezone.localdate())
        told = {name: getattr(self, name) for name in ("birth", "party_joined")}
        # What is no month is told so by its field, and compared with nothing.
        months_told = {name: month for name, month in told.items() if months.is_month(month)}
        to_come = [name for name, month in months_told.items() if month > this_month]
        if to_come:
            raise ValidationError(dict.fromkeys(to_come, _("This month is yet to come.")))
        if self.identity_number and (not self.birth or months.is_month(self.birth)):
            self._clean_identity_number()

    def prepare(self) -> None:
        """What is stored beside what was typed: the name as it is searched, the level of office."""
        self.name = plain_name(self.name)
        self.pinyin = search_key(self.name)
        if self.rank_level is None:
            self.rank_level = Rank.from_words(self.rank, self.position)
        self.identity_digest = secret.digest(self.identity_number) if self.identity_number else None

    def follow_words(self, stood: "Person") -> None:
        """Let the level of office be told anew, where other words tell it than those before and
        nobody had chosen another one."""
        if (self.rank, self.position) == (stood.rank, stood.position):
            return
        if self.rank_level == stood.rank_level == Rank.from_words(stood.rank, stood.position):
            self.rank_level = None

    def _clean_identity_number(self) -> None:
        try:
            self.identity_number = identity.checked(self.identity_number)
        except ValidationError as error:
            raise ValidationError({"identity_number": error.messages}) from None
        self.identity_digest = secret.digest(self.identity_number)
        if wrong := self.against_its_number():
            raise ValidationError(wrong)

    def against_its_number(self) -> dict[str, Any]:
        """What the record says otherwise than its identity number, by field."""
        wrong: dict[str, Any] = {}
        if not self.identity_number:
            return wrong
        if self.birth and self.birth != identity.birth_of(self.identity_number):
            wrong["birth"] = _("The identity number tells another month of birth.")
        if self.sex and self.sex != identity.sex_of(self.identity_number):
            wrong["sex"] = _("The identity number tells another sex.")
        return wrong
