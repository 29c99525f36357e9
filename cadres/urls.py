from django.urls import path

from cadres.views import registers

app_name = "cadres"
urlpatterns = [
    path("", registers.registers_now, name="registers_now"),
    path("<division:code>/", registers.registers, name="registers"),
]
