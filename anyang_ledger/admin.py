from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class LedgerAdminSite(admin.AdminSite):
    """Django's admin in the project's own words; its look is templates/admin/base_site.html."""

    site_title = _("Rural party-building ledger")
    site_header = _("Rural party-building ledger")
    index_title = _("Administration")
    site_url = "/"

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One door for all: the sign-in page, which counts wrong passwords."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_urls(self) -> list[Any]:
        """Without the address that leads from any content type and key to an object's page:
        nothing here needs it, and it answers a key of the wrong kind by an error."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
