from django.urls import path

from dashboard import trend_views, views, village_views

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("overview/", views.overview_now, name="overview_now"),
    path("overview/<division:code>/<period:period>/", views.overview, name="overview"),
    path("trend/<division:code>/<period:period>/", trend_views.trend, name="trend"),
    path("villages/<division:code>/<period:period>/", village_views.village, name="village"),
    path("search/", views.search, name="search"),
]
