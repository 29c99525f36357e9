from django.urls import path

from tasks import views

app_name = "tasks"
urlpatterns = [
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/<int:pk>/", views.ledger, name="ledger"),
    path("ledgers/<int:pk>/issue/", views.issue, name="issue"),
    path("entries/<division:code>/<period:period>/", views.entries, name="entries"),
    path("entries/<int:pk>/", views.entry, name="entry"),
    path("report/", views.report_now, name="report_now"),
    path("report/<division:code>/<period:period>/", views.report, name="report"),
    path("review/", views.review_now, name="review_now"),
    path("review/<division:code>/<period:period>/", views.review, name="review"),
    path("work/", views.work, name="work"),
    path("quarters/", views.quarters, name="quarters"),
    path("quarters/<period:period>/", views.quarter, name="quarter"),
    path("chase/<division:code>/<period:period>/", views.chase, name="chase"),
]
