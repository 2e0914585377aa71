"""Addresses of the approvals, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.approvals import views
from bpadmin.web import converters  # noqa: F401 - makes <number:…> known

app_name = "approvals"
urlpatterns = [
    path("approvals/", views.index, name="index"),
    path("approvals/<number:pk>/", views.detail, name="detail"),
    path("approvals/<number:pk>/approve/", views.give, name="give"),
    path("approvals/<number:pk>/refuse/", views.refuse, name="refuse"),
]
