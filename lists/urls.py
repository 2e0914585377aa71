"""Addresses of the list pages and of the upload pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin import converters  # noqa: F401 - makes <platform_id:…> known
from lists import creation_views, delete_views, upload_views, views

app_name = "lists"

urlpatterns = [
    path("lists/", views.index, name="index"),
    path("lists/read-again/", views.read_again, name="read_again"),
    path("lists/new/", creation_views.create, name="create"),
    path("lists/new/fields/", creation_views.build, name="build"),
    path("lists/<platform_id:list_id>/delete-records/", delete_views.delete_records, name="delete_records"),
    path("deletions/<int:job_id>/", delete_views.deletion, name="deletion"),
    path("lists/<platform_id:list_id>/delete/", creation_views.delete, name="delete"),
    path("lists/<platform_id:list_id>/", views.detail, name="detail"),
    path("lists/<platform_id:list_id>/format/", views.edit_format, name="format"),
    path("lists/<platform_id:list_id>/format/learn/", views.learn_format, name="format_learn"),
    path("lists/<platform_id:list_id>/upload/", upload_views.upload, name="upload"),
    path("uploads/<int:job_id>/columns/", upload_views.upload_map, name="upload_map"),
    path("uploads/<int:job_id>/check/", upload_views.upload_check, name="upload_check"),
    path("uploads/<int:job_id>/again/", upload_views.upload_again, name="upload_again"),
]
