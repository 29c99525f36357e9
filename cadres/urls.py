from django.urls import path

from cadres.views import appoint, calendar, exchange, posting, postings, registers

app_name = "cadres"
urlpatterns = [
    path("", registers.registers_now, name="registers_now"),
    path("<division:code>/", registers.registers, name="registers"),
    path("<division:code>/postings/", postings.postings, name="postings"),
    path("<division:code>/appoint/", appoint.appoint, name="appoint"),
    path("<division:code>/calendar/", calendar.calendar, name="calendar"),
    path("postings/<int:pk>/", posting.posting, name="posting"),
    path("postings/<int:pk>/exchange/", exchange.exchange, name="exchange"),
]
