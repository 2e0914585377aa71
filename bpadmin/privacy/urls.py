"""Addresses below /t/<slug>/ about a person's data, and about removing the tenant."""

from __future__ import annotations

from django.urls import path

from bpadmin.privacy import views

app_name = "privacy"
urlpatterns = [
    path("person/", views.person, name="person"),
    path("export/", views.export, name="export"),
    path("remove/", views.remove, name="remove"),
]
