"""Addresses of the campaign pages, below /t/<slug>/.

What stands after `campaigns/` is an id, which may be any name; our own words begin addresses of their own.
"""

from __future__ import annotations

from django.urls import path

from bpadmin.web import converters  # noqa: F401 - makes <platform_id:…> known
from campaigns import bulk_views, table_views, views
from campaigns.bindings import views as binding_views
from campaigns.copying import views as managing_views
from campaigns.exports import views as export_views
from campaigns.settings import link_views, parts_views
from campaigns.settings import views as settings_views

app_name = "campaigns"

urlpatterns = [
    path("campaigns/", views.index, name="index"),
    path("campaigns-table/columns/", table_views.columns, name="columns"),
    path("campaigns-table/views/", table_views.view_save, name="view_save"),
    path("campaigns-table/views/<number:view_id>/delete/", table_views.view_delete, name="view_delete"),
    path("delete-campaign/", managing_views.delete_by_name, name="delete_by_name"),
    path("several-campaigns/", bulk_views.bulk, name="bulk"),
    path("several-campaigns/export/", export_views.export_several, name="export_several"),
    path("export-presets/<number:preset_id>/delete/", export_views.preset_forget, name="preset_forget"),
    path("campaigns/<platform_id:campaign_id>/export/", export_views.export, name="export"),
    path("campaigns/<platform_id:campaign_id>/", views.detail, name="detail"),
    path("campaigns/<platform_id:campaign_id>/start/", views.start, name="start"),
    path("campaigns/<platform_id:campaign_id>/stop/", views.stop, name="stop"),
    path("campaigns/<platform_id:campaign_id>/copy/", managing_views.clone, name="clone"),
    path("campaigns/<platform_id:campaign_id>/delete/", managing_views.delete, name="delete"),
    path("campaigns/<platform_id:campaign_id>/settings/", settings_views.settings, name="settings"),
    path("campaigns/<platform_id:campaign_id>/dispositions/", parts_views.dispositions, name="dispositions"),
    path("campaigns/<platform_id:campaign_id>/dispositions-file/", parts_views.from_file, name="dispositions_file"),
    path(
        "campaigns/<platform_id:campaign_id>/dispositions/<platform_id:disposition_id>/",
        parts_views.disposition,
        name="disposition",
    ),
    path("campaigns/<platform_id:campaign_id>/teams/", parts_views.people, name="people"),
    path("campaigns/<platform_id:campaign_id>/link/", link_views.link, name="link"),
    path("link-groups/", link_views.groups, name="link_groups"),
    path("link-groups/<platform_id:group_id>/delete/", link_views.delete, name="link_group_delete"),
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
