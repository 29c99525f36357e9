from django.urls import path

from tasks import views

app_name = "tasks"
urlpatterns = [
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/<int:pk>/", views.ledger, name="ledger"),
    path("ledgers/<int:pk>/issue/", views.issue, name="issue"),
    path("ledgers/<int:pk>/copy/", views.copy, name="copy"),
    path("ledgers/<int:pk>/close/", views.close, name="close"),
    path("ledgers/<int:pk>/amend/", views.amend, name="amend"),
    path("ledgers/<int:pk>/lights/", views.lights, name="lights"),
    path("entries/<division:code>/<period:period>/", views.entries, name="entries"),
    path("entries/<int:pk>/", views.entry, name="entry"),
    path("entries/<int:pk>/evidence/", views.attach, name="attach"),
    path("entries/<int:pk>/exemption/", views.ask_exemption, name="ask_exemption"),
    path("entries/<int:pk>/lift/", views.lift_exemption, name="lift_exemption"),
    path("evidence/<uuid:pk>/", views.evidence, name="evidence"),
    path("evidence/<uuid:pk>/remove/", views.detach, name="detach"),
    path("exemptions/", views.exemptions, name="exemptions"),
    path("exemptions/<int:pk>/withdraw/", views.withdraw_exemption, name="withdraw_exemption"),
    path("report/", views.report_now, name="report_now"),
    path("report/<division:code>/<period:period>/", views.report, name="report"),
    path("grid/<division:code>/<period:period>/", views.grid_page, name="grid"),
    path("cells/", views.send_cells, name="cells"),
    path("cells/<int:pk>/", views.cell, name="cell"),
    path("review/", views.review_now, name="review_now"),
    path("review/<division:code>/<period:period>/", views.review, name="review"),
    path("review/<division:code>/<period:period>/units/", views.review_units, name="review_units"),
    path("review/<division:code>/<period:period>/undo/", views.undo_review, name="undo_review"),
    path("lead/", views.second_track_now, name="second_track_now"),
    path("lead/<division:code>/<period:period>/", views.second_track, name="second_track"),
    path("returns/<division:code>/<period:period>/", views.return_reasons, name="return_reasons"),
    path("my-work/", views.work, name="work"),
    path("quarters/", views.quarters, name="quarters"),
    path("quarters/<period:period>/", views.quarter, name="quarter"),
    path("chase/<division:code>/<period:period>/", views.chase, name="chase"),
]
