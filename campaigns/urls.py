"""Addresses of the campaign pages, below /t/<slug>/.

What stands after `campaigns/` is an id, which may be any name; our own words begin addresses of their own.
"""

from __future__ import annotations

from django.urls import path

from bpadmin import converters  # noqa: F401 - makes <platform_id:…> known
from campaigns import binding_views, bulk_views, export_views, managing_views, views

app_name = "campaigns"

urlpatterns = [
    path("campaigns/", views.index, name="index"),
    path("delete-campaign/", managing_views.delete_by_name, name="delete_by_name"),
    path("several-campaigns/", bulk_views.bulk, name="bulk"),
    path("several-campaigns/export/", export_views.export_several, name="export_several"),
    path("campaigns/<platform_id:campaign_id>/export/", export_views.export, name="export"),
    path("campaigns/<platform_id:campaign_id>/", views.detail, name="detail"),
    path("campaigns/<platform_id:campaign_id>/start/", views.start, name="start"),
    path("campaigns/<platform_id:campaign_id>/stop/", views.stop, name="stop"),
    path("campaigns/<platform_id:campaign_id>/copy/", managing_views.clone, name="clone"),
    path("campaigns/<platform_id:campaign_id>/delete/", managing_views.delete, name="delete"),
    path("campaigns/<platform_id:campaign_id>/bind/", binding_views.bind, name="bind"),
    path("campaigns/<platform_id:campaign_id>/order/", binding_views.reorder, name="reorder"),
    path("campaigns/<platform_id:campaign_id>/lists/<platform_id:instance_id>/", binding_views.change, name="change"),
    path(
        "campaigns/<platform_id:campaign_id>/lists/<platform_id:instance_id>/enabled/",
        binding_views.toggle,
        name="toggle",
    ),
    path(
        "campaigns/<platform_id:campaign_id>/lists/<platform_id:instance_id>/unbind/",
        binding_views.unbind,
        name="unbind",
    ),
]
