"""Addresses of the feeds, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.feeds import views
from bpadmin.web import converters  # noqa: F401 - makes <number:…> known

app_name = "feeds"
urlpatterns = [
    path("feeds/", views.index, name="index"),
    path("feeds/new/", views.new, name="new"),
    path("feeds/<number:pk>/", views.detail, name="detail"),
    path("feeds/<number:pk>/edit/", views.edit, name="edit"),
    path("feeds/<number:pk>/ask/", views.ask, name="ask"),
    path("feeds/<number:pk>/hold/", views.hold, name="hold"),
    path("feeds/<number:pk>/release/", views.release, name="release"),
    path("feeds/<number:pk>/remove/", views.remove, name="remove"),
    path("feeds/runs/<number:pk>/", views.run, name="run"),
    path("feeds/runs/<number:pk>/release/", views.run_release, name="run_release"),
    path("feeds/runs/<number:pk>/refuse/", views.run_refuse, name="run_refuse"),
]
