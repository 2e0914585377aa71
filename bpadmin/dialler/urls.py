"""Addresses of the acts without an outcome, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.dialler import views

app_name = "dialler"
urlpatterns = [
    path("activity/open/", views.index, name="open"),
    path("activity/open/<int:pk>/read/", views.read, name="read"),
    path("activity/open/<int:pk>/settle/", views.settle, name="settle"),
]
