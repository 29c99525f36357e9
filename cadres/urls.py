from django.urls import path

from cadres.views import contacts, registers, talks

app_name = "cadres"
urlpatterns = [
    path("", registers.registers_now, name="registers_now"),
    path("<division:code>/", registers.registers, name="registers"),
    path("<division:code>/contact-points/", contacts.contact_points, name="contact_points"),
    path("<division:code>/contact-points/new/", contacts.new, name="contact_point_new"),
    path("contact-points/<int:pk>/", contacts.contact_point, name="contact_point"),
    path("contact-visits/<int:pk>/", contacts.contact_visit, name="contact_visit"),
    path("<division:code>/policy-talks/", talks.policy_talks, name="policy_talks"),
    path("<division:code>/policy-talks/new/", talks.new, name="policy_talk_new"),
    path("policy-talks/<int:pk>/", talks.policy_talk, name="policy_talk"),
]
