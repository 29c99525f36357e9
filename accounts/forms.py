from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class OwnPasswordForm(PasswordChangeForm):
    """A new password that is not the one just typed as the old."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("new_password1") and cleaned["new_password1"] == cleaned.get("old_password"):
            self.add_error("new_password1", _("Choose a password other than the one you had."))
        return cleaned


class SignInForm(AuthenticationForm):
    """User name and password; too many wrong ones in a row lock the account for a while."""

    error_messages = {
        "invalid_login": _("The user name or the password is wrong. Please try again."),
        "locked": _(
            "Too many wrong passwords. This account is locked until %(until)s; "
            "please wait, or ask your manager for a new password."
        ),
    }

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        account = User.objects.filter(username=username).first()
        if account and account.locked_until and account.locked_until > timezone.now():
            until = timezone.localtime(account.locked_until)
            raise ValidationError(
                self.error_messages["locked"], code="locked", params={"until": f"{until:%H:%M}"}
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            if account:
                account.note_failed_sign_in(timezone.now())
            raise
        return cleaned or self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if isinstance(user, User):
            user.note_sign_in()
