"""Every address of the project. Pages are private unless they say otherwise."""

from django.contrib import admin
from django.urls import include, path, register_converter

from accounts.views import set_language
from tasks.converters import DivisionConverter, PeriodConverter

register_converter(PeriodConverter, "period")
register_converter(DivisionConverter, "division")

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("tasks.urls")),
    path("", include("spreadsheets.urls")),
    path("accounts/", include("accounts.urls")),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
]
