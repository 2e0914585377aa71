"""Addresses of the operator's page."""

from __future__ import annotations

from django.urls import path

from bpadmin.operations import design, views

app_name = "operations"
urlpatterns = [
    path("design/", design.design, name="design"),
    path(".well-known/security.txt", views.security_text, name="security_text"),
    path("operations/", views.index, name="index"),
    path("operations/hold/", views.hold, name="hold"),
    path("operations/release/", views.release, name="release"),
]
