"""Entering organisations and changing them."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cadres.models import CadreChange, Organization, facts_of


def keep(organization: Organization, by: User | None) -> None:
    """Store one that was checked, and what stood before."""
    with transaction.atomic():
        stored = Organization.objects.filter(pk=organization.pk).select_for_update().first()
        before = facts_of(stored) if stored else None
        organization.save()
        if before != facts_of(organization):
            CadreChange.note(organization, organization.division, by, timezone.now(), before)
