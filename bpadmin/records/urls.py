"""Addresses of the records pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin import converters  # noqa: F401 - makes <platform_id:…> known
from bpadmin.records import browse_views, export_views, record_views, requesting_views, saved_views, views

app_name = "records"

urlpatterns = [
    path("records/", views.index, name="index"),
    path("records/<platform_id:source_id>/", browse_views.browse, name="browse"),
    path("records/<platform_id:source_id>/one/", record_views.record, name="record"),
    path("records/<platform_id:source_id>/columns/", browse_views.columns, name="columns"),
    path("records/<platform_id:source_id>/views/", saved_views.save, name="view_save"),
    path("records/<platform_id:source_id>/export/", export_views.export, name="export"),
    path("records/<platform_id:source_id>/requests/new/", requesting_views.add, name="request_add"),
    path("records/<platform_id:source_id>/requests/recall/", requesting_views.recall, name="request_recall"),
    path("sources/read-again/", views.read_again, name="read_again"),
    path("sources/new/", views.add, name="add"),
    path("sources/<int:named_id>/rename/", views.rename, name="rename"),
    path("sources/<int:named_id>/remove/", views.remove, name="remove"),
    path("sources/views/<int:view_id>/share/", saved_views.share, name="view_share"),
    path("sources/views/<int:view_id>/delete/", saved_views.delete, name="view_delete"),
    path("exports/<int:job_id>/file/", export_views.export_file, name="export_file"),
    path("exports/<int:job_id>/summary/", export_views.export_summary, name="export_summary"),
]
