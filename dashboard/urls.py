from django.urls import path

from dashboard import duty_views, figure_views, light_views, trend_views, views, village_views
from dashboard.bulletin import template_views
from dashboard.bulletin import views as bulletin_views

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
    path("duties/<division:code>/", duty_views.duties_now, name="duties_now"),
    path("duties/<division:code>/<period:period>/", duty_views.duty_lists, name="duties"),
    path(
        "duties/organizations/<int:pk>/<period:period>/",
        duty_views.organization,
        name="organization_duties",
    ),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("search/", views.search, name="search"),
    path("bulletins/", bulletin_views.bulletins, name="bulletins"),
    path("bulletins/new/", bulletin_views.bulletin_new, name="bulletin_new"),
    path("bulletins/template/", template_views.bulletin_template, name="bulletin_template"),
    path(
        "bulletins/template/file/",
        template_views.bulletin_template_file,
        name="bulletin_template_file",
    ),
    path("bulletins/<int:pk>/", bulletin_views.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/edit/", bulletin_views.bulletin_edit, name="bulletin_edit"),
    path("bulletins/<int:pk>/issue/", bulletin_views.bulletin_issue, name="bulletin_issue"),
    path("bulletins/<int:pk>/discard/", bulletin_views.bulletin_discard, name="bulletin_discard"),
    path("bulletins/<int:pk>/word/", bulletin_views.bulletin_word, name="bulletin_word"),
    path(
        "bulletins/<int:pk>/compare/<int:other>/",
        bulletin_views.bulletin_compare,
        name="bulletin_compare",
    ),
]
