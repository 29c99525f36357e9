"""The project's addresses and two bare ones beside them."""

from django.urls import include, path

from bench import bare

urlpatterns = [
    path("bench/page/", bare.page),
    path("bench/update/<int:pk>/", bare.update),
    path("", include("anyang_ledger.urls")),
]
