"""Who may see and do what: accounts with one division and one role, and the access log."""

import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from villages.models import Division, Level, PlacedQuerySet, Viewer

FAILURES_BEFORE_LOCK = 5
LOCK_TIME = datetime.timedelta(minutes=30)
ONE_MINUTE = datetime.timedelta(minutes=1)


class UserQuerySet(PlacedQuerySet["User"]):
    """Accounts are seen with their unit."""


class LedgerUserManager(UserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, viewer: Viewer) -> UserQuerySet:
        return self.get_queryset().visible_to(viewer)


class User(AbstractUser):
    """An account: one person at one division in one role."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("full name"), max_length=40)
    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("own unit"), null=True, blank=True
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.VIEWER)
    office_phone = models.CharField(
        _("office telephone"),
        max_length=20,
        blank=True,
        help_text=_("The telephone of the desk, not of the person."),
    )
    must_change_password = models.BooleanField(
        _("must change the password at the next sign-in"), default=False
    )
    failed_sign_ins = models.PositiveSmallIntegerField(default=0, editable=False)
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True, editable=False)

    objects: ClassVar[LedgerUserManager] = LedgerUserManager()

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def label(self) -> str:
        """Told apart from others of the same name: unit, name and user name."""
        unit = self.division.name if self.division else ""
        return f"{unit} {self} ({self.username})".strip()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def sees_everything(self) -> bool:
        """Only the system's own administrator, who has no division."""
        return self.is_superuser and self.division_id is None

    @property
    def level(self) -> Level | None:
        return Level(self.division.level) if self.division else None

    def note_failed_sign_in(self, at: datetime.datetime) -> None:
        """Count a wrong password; the fifth in a row locks the account for half an hour."""
        account = User.objects.filter(pk=self.pk)
        account.update(failed_sign_ins=F("failed_sign_ins") + 1)
        account.filter(failed_sign_ins__gte=FAILURES_BEFORE_LOCK).update(
            failed_sign_ins=0, locked_until=at + LOCK_TIME
        )

    def note_sign_in(self) -> None:
        if self.failed_sign_ins or self.locked_until:
            User.objects.filter(pk=self.pk).update(failed_sign_ins=0, locked_until=None)


class AccessLogQuerySet(PlacedQuerySet["AccessLog"]):
    place = "user__division"


class AccessLog(models.Model):
    """Who took data out, revealed what is masked, or was refused. Append-only."""

    class Action(models.TextChoices):
        EXPORT = "export", _("Exported")
        REVEAL = "reveal", _("Revealed")
        REFUSED = "refused", _("Refused")

    at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("account"), null=True)
    action = models.CharField(_("action"), max_length=10, choices=Action)
    subject = models.CharField(_("subject"), max_length=200)
    detail = models.JSONField(_("detail"), default=dict)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access log line")
        verbose_name_plural = _("access log")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="access_log_action_is_known",
                condition=Q(action__in=["export", "reveal", "refused"]),
                violation_error_message=_("Unknown action."),
            )
        ]

    def __str__(self) -> str:
        at = timezone.localtime(self.at)
        return f"{at:%Y-%m-%d %H:%M} {self.user} {self.get_action_display()} {self.subject}"

    @classmethod
    def note(cls, user: "User | None", action: Action, subject: str, **detail: Any) -> None:
        cls.objects.create(user=user, action=action, subject=subject[:200], detail=detail)

    @classmethod
    def note_refused_write(cls, user: "User", address: str, at: datetime.datetime) -> None:
        """Once a minute at most for one account and address, so that nobody can flood it."""
        noted = cls.objects.filter(
            user=user,
            action=cls.Action.REFUSED,
            subject=address[:200],
            at__gt=at - ONE_MINUTE,
        )
        if not noted.exists():
            cls.note(user, cls.Action.REFUSED, address)


class RequestKeyQuerySet(models.QuerySet["RequestKey"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(user=viewer)


class RequestKey(models.Model):
    """A request that was carried out, by the key its sender gave it, with what was answered."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), related_name="+")
    key = models.CharField(_("key"), max_length=64)
    digest = models.CharField(_("digest of the request"), max_length=64)
    answer = models.JSONField(_("answer"), default=dict)
    at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)

    objects = RequestKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("request carried out")
        verbose_name_plural = _("requests carried out")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"],
                name="request_key_once_per_account",
                violation_error_message=_("This request has been carried out already."),
            )
        ]

    def __str__(self) -> str:
        return self.key


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """To nobody but their owner."""
        return self.filter(user=viewer)

    def of_page(self, page: str) -> Self:
        return self.filter(page=page)


class SavedFilter(models.Model):
    """A choice of filters on a list, kept by an account under a name.

    It holds for the list wherever the account opens it, whatever the unit. What is kept is the
    query of an address, in which nothing of a person's numbers may stand.
    """

    user = models.ForeignKey(
        User, models.CASCADE, verbose_name=_("account"), related_name="saved_filters"
    )
    page = models.CharField(_("list"), max_length=60)
    name = models.CharField(_("name"), max_length=30)
    query = models.CharField(_("choices"), max_length=500, blank=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["page", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"],
                name="saved_filter_name_once_per_list",
                violation_error_message=_("You keep a filter with this name here already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
