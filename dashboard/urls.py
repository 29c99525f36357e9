from django.urls import path

from dashboard import light_views, views

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("overview/", views.overview_now, name="overview_now"),
    path("overview/<division:code>/<period:period>/", views.overview, name="overview"),
    path("villages/<division:code>/<period:period>/", views.village, name="village"),
    path("lights/<division:code>/<period:period>/", light_views.light, name="light"),
    path("search/", views.search, name="search"),
]
