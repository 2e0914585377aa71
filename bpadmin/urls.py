"""All addresses: what belongs to a tenant carries its slug, so that any page can be sent to a colleague."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
