from django.urls import path

from spreadsheets import views

app_name = "spreadsheets"
urlpatterns = [
    path("sheets/", views.sheets, name="sheets"),
    path("sheets/<slug:name>/", views.sheet, name="sheet"),
    path("sheets/<slug:name>/download/", views.download, name="download"),
    path("imports/<uuid:pk>/", views.batch, name="batch"),
    path("imports/<uuid:pk>/apply/", views.apply, name="apply"),
]
