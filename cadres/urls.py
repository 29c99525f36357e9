from django.urls import path

from cadres.views import registers, standards, teams, terms

app_name = "cadres"
urlpatterns = [
    path("", registers.registers_now, name="registers_now"),
    path("<division:code>/", registers.registers, name="registers"),
    path("<division:code>/teams/", teams.teams, name="teams"),
    path("<division:code>/before-after/", terms.before_after, name="before_after"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/confirm/", teams.confirm, name="team_confirm"),
    path("teams/<int:pk>/members/new/", teams.member_new, name="team_member_new"),
    path("teams/<int:pk>/standards/<int:year>/", standards.standards, name="standards"),
    path("team-members/<int:pk>/", teams.member, name="team_member"),
]
