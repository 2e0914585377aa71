"""Address of the activity page, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.audit import views

app_name = "audit"
urlpatterns = [path("activity/", views.index, name="index")]
