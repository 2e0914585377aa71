"""Addresses of finding, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.finding import views

app_name = "finding"

urlpatterns = [
    path("find/", views.find, name="find"),
    path("find/uploads/", views.uploads, name="uploads"),
    path("find/ask/", views.ask, name="ask"),
    path("find/contacts/", views.contacts, name="contacts"),
]
