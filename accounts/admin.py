from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessLog, SavedFilter, User
from accounts.roles import PERMISSIONS, Role
from villages.admin import ReadOnlyAdmin, ScopedAdmin, WithSheet
from villages.models import DivisionQuerySet


class AccountCreationForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "name", "division", "role", "office_phone")


class NewPasswordForm(AdminPasswordChangeForm):
    """A password handed out anew: its owner changes it, and may sign in with it at once."""

    def save(self, commit: bool = True) -> Any:
        self.user.must_change_password = True
        self.user.failed_sign_ins, self.user.locked_until = 0, None
        return super().save(commit)


admin.site.unregister(Group)


@admin.register(User)
class AccountAdmin(WithSheet, ScopedAdmin, UserAdmin):
    """Accounts of the own division and below; nobody hands out more than they have."""

    sheet_name = "accounts"
    add_form = AccountCreationForm
    change_password_form = NewPasswordForm
    list_display = ["username", "name", "division", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active", "division__level"]
    list_select_related = ["division"]
    search_fields = ["username", "name", "division__name", "division__pinyin"]
    autocomplete_fields = ["division"]
    ordering = ["username"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Who and where"), {"fields": ["name", "division", "role", "office_phone"]}),
        (_("Access"), {"fields": ["is_active", "is_staff", "must_change_password"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    *("username", "name", "division", "role", "office_phone"),
                    *("password1", "password2"),
                ]
            },
        )
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The system's administrators are nobody's to change but their own kind's."""
        accounts: QuerySet[User] = super().get_queryset(request)
        return accounts if request.user.is_superuser else accounts.filter(is_superuser=False)

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Nobody hands out a role that may do what they may not."""
        if db_field.name == "role" and not request.user.is_superuser:
            mine = PERMISSIONS[request.user.role]
            kwargs["choices"] = [(r.value, r.label) for r in Role if PERMISSIONS[r] <= mine]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Nor changes an account that may do more, the auditor's above all."""
        allowed = super().has_change_permission(request, obj)
        if obj is None or request.user.is_superuser:
            return allowed
        return allowed and PERMISSIONS[obj.role] <= PERMISSIONS[request.user.role]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A password that somebody else chose is changed by its owner at the first sign-in."""
        if not change:
            obj.must_change_password = True
        super().save_model(request, obj, form, change)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "division" in form.base_fields and not request.user.is_superuser:
            form.base_fields["division"].required = True
        return form


class Suggestions(AutocompleteJsonView):
    """What a picker offers: of accounts, beside the name, whose and which it is; of divisions,
    none that has ended: a picker is where new work is entered."""

    def get_queryset(self) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset()
        if isinstance(found, DivisionQuerySet):
            return found.at(timezone.localdate())
        return found.select_related("division") if found.model is User else found

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        return result | {"text": obj.label} if isinstance(obj, User) else result


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = ["at", "user", "action", "subject"]
    list_filter = ["action", "at"]
    list_select_related = ["user"]
    search_fields = ["subject", "user__username", "user__name"]
    date_hierarchy = "at"


@admin.register(SavedFilter)
class SavedFilterAdmin(ReadOnlyAdmin):
    """The own ones, as on the lists that they belong to."""

    list_display = ["name", "page", "query"]
    search_fields = ["name"]
