from django.urls import path

from cadres.views import merges, organizations, people, persons, registers

app_name = "cadres"
urlpatterns = [
    path("", registers.registers_now, name="registers_now"),
    path("<division:code>/", registers.registers, name="registers"),
    path("<division:code>/people/", people.people, name="people"),
    path("<division:code>/people/add/", persons.person_add, name="person_add"),
    path("<division:code>/people/duplicates/", merges.duplicates, name="duplicates"),
    path("<division:code>/merges/", merges.merges, name="merges"),
    path("people/<int:pk>/", persons.person, name="person"),
    path("people/<int:pk>/edit/", persons.person_edit, name="person_edit"),
    path("people/<int:pk>/reveal/", persons.reveal, name="reveal"),
    path("people/<int:pk>/compare/<int:other>/", merges.compare, name="compare"),
    path("merges/<int:pk>/", merges.merge, name="merge"),
    path("merges/<int:pk>/undo/", merges.undo, name="merge_undo"),
    path("<division:code>/organizations/", organizations.organizations, name="organizations"),
    path("organizations/<int:pk>/", organizations.organization, name="organization"),
]
