"""Addresses of the acts without an outcome, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.activity import action_views, undo_views

app_name = "dialler"
urlpatterns = [
    path("activity/acts/<number:act>/undo/", undo_views.undo, name="undo"),
    path("activity/open/", action_views.index, name="open"),
    path("activity/open/<number:pk>/read/", action_views.read, name="read"),
    path("activity/open/<number:pk>/settle/", action_views.settle, name="settle"),
]
