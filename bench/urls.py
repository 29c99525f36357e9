"""The project's addresses and the bare ones beside them."""

from django.urls import include, path

from bench import bare

urlpatterns = [
    path("bench/page/", bare.page),
    path("bench/empty/", bare.empty),
    path("bench/page/<int:rows>/<int:columns>/<int:size>/", bare.sized),
    path("bench/update/<int:pk>/", bare.update),
    path("", include("anyang_ledger.urls")),
]
