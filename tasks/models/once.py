from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from villages.models import Viewer


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
