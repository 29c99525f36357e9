from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from accounts import saved_filters
from accounts.forms import OwnPasswordForm, SignInForm
from accounts.http import Request
from accounts.models import SavedFilter, User
from accounts.numbers import has_numbers
from accounts.repeated import once


class SignIn(auth_views.LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@method_decorator(login_not_required, name="dispatch")
class SignOut(auth_views.LogoutView):
    """By POST only, so that no link or picture can sign anybody out."""


class PasswordChange(auth_views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("accounts:password_change_done")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        User.objects.filter(pk=form.user.pk).update(must_change_password=False)
        return response


class PasswordChangeDone(auth_views.PasswordChangeDoneView):
    template_name = "accounts/password_change_done.html"


set_language = login_not_required(django_set_language)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open across a sign-out or for too long: say so, lose nothing silently."""
    return render(request, "403_csrf.html", status=403)


@require_POST
def keep_filter(request: Request) -> HttpResponse:
    """Keep what is chosen on a list under a name, for the account alone."""
    back = request.POST.get("back", "")

    def act() -> dict[str, Any]:
        kept = saved_filters.keep(request.user, request.POST.get("name", ""), back)
        return {"name": kept.name}

    try:
        told = once(request, act)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The filter “%s” is kept.") % told["name"])
    return _back_to(request)


@require_POST
def drop_filter(request: Request, pk: int) -> HttpResponse:
    mine = SavedFilter.objects.visible_to(request.user)
    dropped = get_object_or_404(mine, pk=pk)
    dropped.delete()
    messages.success(request, _("The filter “%s” is kept no more.") % dropped.name)
    return _back_to(request)


def _back_to(request: Request) -> HttpResponse:
    """The list that the form stood on; an address with numbers of persons is not repeated."""
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect("dashboard:home")
    return redirect(back.partition("?")[0] if has_numbers(back) else back)
