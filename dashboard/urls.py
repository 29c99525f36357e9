from django.urls import path

from dashboard import figure_views, light_views, trend_views, views, village_views

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("overview/", views.overview_now, name="overview_now"),
    path("overview/<division:code>/<period:period>/", views.overview, name="overview"),
    path("map/<division:code>/<period:period>/", figure_views.wall_map, name="map"),
    path("matrix/<division:code>/<period:period>/", figure_views.matrix, name="matrix"),
    path("ranking/<division:code>/<period:period>/", figure_views.ranking, name="ranking"),
    path("trend/<division:code>/<period:period>/", trend_views.trend, name="trend"),
    path("lights/<division:code>/<period:period>/", light_views.light, name="light"),
    path("present/<division:code>/<period:period>/", figure_views.present, name="present"),
    path("villages/<division:code>/<period:period>/", village_views.village, name="village"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("search/", views.search, name="search"),
]
