from django.urls import path

from cadres import pairing_urls
from cadres.views import registers

app_name = "cadres"
urlpatterns = [
    path("", registers.registers_now, name="registers_now"),
    path("<division:code>/", registers.registers, name="registers"),
    *pairing_urls.urlpatterns,
]
