"""Addresses of the API: its description, and its endpoints."""

from __future__ import annotations

from django.urls import path

from bpadmin.api import openapi
from bpadmin.api.routes import ROUTES

app_name = "api"
urlpatterns = [
    path("openapi.json", openapi.description, name="openapi"),
    *ROUTES,
]
