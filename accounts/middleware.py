from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from accounts.models import AccessLog, User

Handler = Callable[[HttpRequest], HttpResponse]


class ChosenLanguageMiddleware(LocaleMiddleware):
    """The language the person chose, else Chinese: what the browser would like does not count.

    Office machines often run an English system, whose browser would ask for English.
    """

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = {code for code, _name in settings.LANGUAGES}
        language = chosen if chosen in known else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language


def bounded_bodies(get_response: Handler) -> Handler:
    """Refuse a body larger than any upload may be by its header, before a byte is stored."""
    most = settings.LARGEST_BODY

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > most:
            text = _("The file is too large: at most %(most)d MB can be uploaded.")
            return HttpResponse(text % {"most": most // 2**20 - 1}, status=413)
        return get_response(request)

    return middleware


def private_pages(get_response: Handler) -> Handler:
    """No shared cache and no back button after sign-out may keep a page of ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True, no_store=True)
        return response

    return middleware


def first_password_change(get_response: Handler) -> Handler:
    """An account with a handed-out password sees one page only until it chose its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        page = reverse("accounts:password_change")
        allowed = {page, reverse("accounts:sign_out"), reverse("set_language")}
        must_change = getattr(request.user, "must_change_password", False)
        if must_change and request.path not in allowed:
            return redirect(page)
        return get_response(request)

    return middleware


def noted_refusals(get_response: Handler) -> Handler:
    """Whoever signed in and tried to write what they may not stands in the access log."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        user = request.user
        if response.status_code == 403 and request.method == "POST" and isinstance(user, User):
            AccessLog.note_refused_write(user, request.path, timezone.now())
        return response

    return middleware
