"""The addresses to which platforms send; the secret in them is what lets in."""

from __future__ import annotations

from django.urls import path

from bpadmin.results.hooks import views

app_name = "hooks"

urlpatterns = [path("results/<str:secret>/", views.receive, name="receive")]
