"""Addresses of the operator's page."""

from __future__ import annotations

from django.urls import path

from bpadmin.operations import views

app_name = "operations"
urlpatterns = [
    path("operations/", views.index, name="index"),
    path("operations/hold/", views.hold, name="hold"),
    path("operations/release/", views.release, name="release"),
]
