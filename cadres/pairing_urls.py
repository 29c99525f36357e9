"""Addresses of rounds of matching; `cadres/urls.py` takes them in."""

from django.urls import path

from cadres.views import pairing, pairing_members

urlpatterns = [
    path("<division:code>/pairing/", pairing.pairing_rounds, name="pairing_rounds"),
    path("pairing/<int:pk>/", pairing.pairing_round, name="pairing_round"),
    path("pairing/<int:pk>/propose/", pairing.pairing_propose, name="pairing_propose"),
    path("pairing/<int:pk>/apply/", pairing.pairing_apply, name="pairing_apply"),
    path("pairing/<int:pk>/discard/", pairing.pairing_discard, name="pairing_discard"),
    path("pairing/<int:pk>/villages/", pairing_members.pairing_villages, name="pairing_villages"),
    path(
        "pairing/<int:pk>/villages/<int:place>/",
        pairing_members.pairing_place,
        name="pairing_place",
    ),
    path(
        "pairing/<int:pk>/candidates/",
        pairing_members.pairing_candidates,
        name="pairing_candidates",
    ),
    path(
        "pairing/<int:pk>/candidates/<int:candidate>/",
        pairing_members.pairing_wishes,
        name="pairing_wishes",
    ),
    path(
        "pairing/<int:pk>/marks/<int:mark>/",
        pairing_members.pairing_take_back,
        name="pairing_take_back",
    ),
]
