from django.urls import path

from spreadsheets import views

app_name = "spreadsheets"
urlpatterns = [
    path("sheets/", views.sheets, name="sheets"),
    path("sheets/<slug:name>/", views.sheet, name="sheet"),
    path("sheets/<slug:name>/download/", views.download, name="download"),
    path("imports/<uuid:pk>/", views.batch, name="batch"),
    path("imports/<uuid:pk>/marked/", views.marked, name="marked"),
    path("imports/<uuid:pk>/apply/", views.apply, name="apply"),
    path("imports/<uuid:pk>/decide/", views.decide, name="decide"),
    path("imports/<uuid:pk>/undo/", views.undo, name="undo"),
    path("imports/<uuid:pk>/discard/", views.discard, name="discard"),
    path("imports/<uuid:pk>/again/", views.again, name="again"),
]
