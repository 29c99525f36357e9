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
    path("grid/<division:code>/<period:period>/", views.grid_page, name="grid"),
    path("cells/", views.send_cells, name="cells"),
    path("cells/<int:pk>/", views.cell, name="cell"),
    path("review/", views.review_now, name="review_now"),
    path("review/<division:code>/<period:period>/", views.review, name="review"),
]
