"""Addresses of the list pages and of the upload pages, below /t/<slug>/.

What stands after `lists/` is an id, which may be any name; our own words begin addresses of their own.
"""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from bpadmin import converters  # noqa: F401 - makes <platform_id:…> known
from lists import browse_views, creation_views, delete_views, record_edit_views, record_views, upload_views, views

app_name = "lists"

urlpatterns = [
    path("lists/", views.index, name="index"),
    path("list-by-name/", views.by_name, name="by_name"),
    path("read-lists-again/", views.read_again, name="read_again"),
    path("new-list/", creation_views.create, name="create"),
    path("new-list/fields/", creation_views.build, name="build"),
    path("lists/new/fields/", RedirectView.as_view(pattern_name="lists:build")),
    path("lists/<platform_id:list_id>/delete-records/", delete_views.delete_records, name="delete_records"),
    path("deletions/<int:job_id>/", delete_views.deletion, name="deletion"),
    path("lists/<platform_id:list_id>/delete/", creation_views.delete, name="delete"),
    path("lists/<platform_id:list_id>/", views.detail, name="detail"),
    path("lists/<platform_id:list_id>/format/", views.edit_format, name="format"),
    path("lists/<platform_id:list_id>/format/learn/", views.learn_format, name="format_learn"),
    path("lists/<platform_id:list_id>/records/", record_views.lookup, name="lookup"),
    path("lists/<platform_id:list_id>/records/one/", record_views.record, name="record"),
    path("lists/<platform_id:list_id>/records/one/change/", record_edit_views.change, name="record_change"),
    path("lists/<platform_id:list_id>/records/one/erase/", record_edit_views.erase, name="record_erase"),
    path("lists/<platform_id:list_id>/records/new/", record_edit_views.add, name="record_add"),
    path("lists/<platform_id:list_id>/records/check/", record_views.check, name="record_check"),
    path(
        "lists/<platform_id:list_id>/records/in/<platform_id:campaign_id>/<platform_id:instance_id>/",
        browse_views.browse,
        name="browse",
    ),
    path("lists/<platform_id:list_id>/upload/", upload_views.upload, name="upload"),
    path("uploads/<int:job_id>/columns/", upload_views.upload_map, name="upload_map"),
    path("uploads/<int:job_id>/check/", upload_views.upload_check, name="upload_check"),
    path("uploads/<int:job_id>/blocked/", upload_views.upload_blocked, name="upload_blocked"),
    path("uploads/<int:job_id>/again/", upload_views.upload_again, name="upload_again"),
]
