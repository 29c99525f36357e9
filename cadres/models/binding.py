"""Which organisation answers for which village (责任绑定), since when and until when."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cadres.models.contact import HeldQuerySet
from cadres.models.organization import Organization
from cadres.models.posting import Posting
from villages.models import Division, Level


class OrganizationBindingQuerySet(HeldQuerySet["OrganizationBinding"]):
    """Which organisations are bound to which villages."""


class OrganizationBinding(models.Model):
    """An organisation bound to a village.

    It comes with the first secretary that the organisation sends, stays while the seat waits
    for the next one, and passes on when another organisation sends somebody: `posting` is the
    one that it came with.
    """

    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        verbose_name=_("sending organisation"),
        related_name="bindings",
    )
    village = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("village"),
        related_name="bindings",
        limit_choices_to={"level": Level.VILLAGE},
    )
    since = models.DateField(_("since"))
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day on which it holds.")
    )
    posting = models.ForeignKey(
        Posting,
        models.PROTECT,
        verbose_name=_("came with the posting"),
        null=True,
        blank=True,
        editable=False,
        related_name="bindings",
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = OrganizationBindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("binding of an organisation to a village")
        verbose_name_plural = _("bindings of organisations to villages")
        ordering = ["village__code", "-since", "pk"]
        constraints = [
            models.CheckConstraint(
                name="binding_ends_after_it_begins",
                condition=Q(until=None) | Q(until__gte=F("since")),
                violation_error_message=_("The last day cannot be before the first one."),
            ),
            models.UniqueConstraint(
                fields=["organization", "village"],
                condition=Q(until=None),
                name="binding_of_an_organization_once",
                violation_error_message=_("The organisation is bound to this village already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} → {self.village}"
