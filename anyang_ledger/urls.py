"""Every address of the project. Pages are private unless they say otherwise."""

from django.contrib import admin
from django.urls import include, path, register_converter

from accounts.admin import Suggestions
from accounts.views import set_language
from tasks.converters import DivisionConverter, PeriodConverter

register_converter(PeriodConverter, "period")
register_converter(DivisionConverter, "division")

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("tasks.urls")),
    path("cadres/", include("cadres.urls")),
    path("", include("spreadsheets.urls")),
    path("accounts/", include("accounts.urls")),
    path("language/", set_language, name="set_language"),
    # In the place of the admin's own, whose name it answers to.
    path("admin/autocomplete/", admin.site.admin_view(Suggestions.as_view(admin_site=admin.site))),
    path("admin/", admin.site.urls),
]
