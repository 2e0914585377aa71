"""Addresses of the installation's activity: sign-ins, and what else belongs to no tenant."""

from __future__ import annotations

from django.urls import path

from bpadmin.activity import views

app_name = "activity"
urlpatterns = [
    path("operations/activity/", views.installation_index, name="index"),
    path("operations/activity/export/<slug:kind>/", views.installation_export, name="export"),
    path("operations/activity/verify/", views.installation_verify, name="verify"),
]
