"""Addresses of the campaign pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin import converters  # noqa: F401 - makes <platform_id:…> known
from campaigns import views

app_name = "campaigns"

urlpatterns = [
    path("campaigns/", views.index, name="index"),
    path("campaigns/<platform_id:campaign_id>/", views.detail, name="detail"),
    path("campaigns/<platform_id:campaign_id>/start/", views.start, name="start"),
    path("campaigns/<platform_id:campaign_id>/stop/", views.stop, name="stop"),
]
