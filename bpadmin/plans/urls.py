"""Addresses of the plans, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.plans import holiday_views, views
from bpadmin.web import converters  # noqa: F401 - makes <number:…> known

app_name = "plans"
urlpatterns = [
    path("plans/", views.index, name="index"),
    path("plans/month/", views.month, name="month"),
    path("plans/new/", views.new, name="new"),
    path("plans/file/", views.transfer, name="transfer"),
    path("plans/seen/", views.seen, name="seen"),
    path("plans/holidays/", holiday_views.index, name="holidays"),
    path("plans/holidays/new/", holiday_views.edit, name="holidays_new"),
    path("plans/holidays/<number:pk>/", holiday_views.edit, name="holidays_edit"),
    path("plans/holidays/<number:pk>/remove/", holiday_views.remove, name="holidays_remove"),
    path("plans/<number:pk>/", views.detail, name="detail"),
    path("plans/<number:pk>/run/", views.run, name="run"),
    path("plans/<number:pk>/hold/", views.hold, name="hold"),
    path("plans/<number:pk>/release/", views.release, name="release"),
    path("plans/<number:pk>/remove/", views.remove, name="remove"),
]
