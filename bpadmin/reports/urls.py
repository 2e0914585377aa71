"""Addresses of the reports, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.reports.pages import destination_views, views
from bpadmin.web import converters  # noqa: F401 - makes <number:…> known

app_name = "reports"
urlpatterns = [
    path("reports/", views.index, name="index"),
    path("reports/new/", views.new, name="new"),
    path("reports/destinations/", destination_views.destinations, name="destinations"),
    path("reports/destinations/new/<slug:way>/", destination_views.add, name="destination_add"),
    path("reports/destinations/<number:pk>/remove/", destination_views.remove, name="destination_remove"),
    path("reports/<number:pk>/", views.detail, name="detail"),
    path("reports/<number:pk>/edit/", views.edit, name="edit"),
    path("reports/<number:pk>/run/", views.run, name="run"),
    path("reports/<number:pk>/remove/", views.remove, name="remove"),
    path("reports/files/<number:pk>/", views.file, name="file"),
    path("reports/files/<number:pk>/manifest/", views.manifest, name="manifest"),
    path("reports/files/<number:pk>/send/", views.send, name="send"),
]
