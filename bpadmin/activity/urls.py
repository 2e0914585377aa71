"""Addresses of a tenant's activity, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.activity import views

app_name = "audit"
urlpatterns = [
    path("activity/", views.index, name="index"),
    path("activity/export/<slug:kind>/", views.export, name="export"),
    path("activity/verify/", views.verify, name="verify"),
]
