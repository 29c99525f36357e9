from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from accounts.models import User
from accounts.roles import PERMISSIONS


class RoleBackend(ModelBackend):
    """Django's own backend, plus the permissions of the account's role."""

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        return set(PERMISSIONS.get(user_obj.role, ()))

    def get_user(self, user_id: int) -> User | None:
        """The account together with its division, which every page needs."""
        user = User.objects.select_related("division").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
