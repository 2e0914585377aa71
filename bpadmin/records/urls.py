"""Addresses of the records pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.records.contacts import views as contact_views
from bpadmin.records.exports import views as export_views
from bpadmin.records.many import views as many_views
from bpadmin.records.pages import browse_views, record_views, saved_views, source_views
from bpadmin.records.requests import views as requesting_views
from bpadmin.web import converters  # noqa: F401 - makes <platform_id:…> known

app_name = "records"

urlpatterns = [
    path("records/", source_views.index, name="index"),
    path("records/<platform_id:source_id>/", browse_views.browse, name="browse"),
    path("records/<platform_id:source_id>/one/", record_views.record, name="record"),
    path("records/<platform_id:source_id>/columns/", browse_views.columns, name="columns"),
    path("records/<platform_id:source_id>/views/", saved_views.save, name="view_save"),
    path("records/<platform_id:source_id>/export/", export_views.export, name="export"),
    path("records/<platform_id:source_id>/requests/new/", requesting_views.add, name="request_add"),
    path("records/<platform_id:source_id>/requests/recall/", requesting_views.recall, name="request_recall"),
    path("records/<platform_id:source_id>/requests/recall-many/", requesting_views.recall_many, name="requests_recall"),
    path("records/<platform_id:source_id>/contacts/delete/", contact_views.delete, name="contact_delete"),
    path("records/<platform_id:source_id>/contacts/drop/", contact_views.delete_several, name="contacts_delete"),
    path("sources/read-again/", source_views.read_again, name="read_again"),
    path("sources/new/", source_views.add, name="add"),
    path("sources/<number:named_id>/rename/", source_views.rename, name="rename"),
    path("sources/<number:named_id>/remove/", source_views.remove, name="remove"),
    path("sources/views/<number:view_id>/share/", saved_views.share, name="view_share"),
    path("sources/views/<number:view_id>/delete/", saved_views.delete, name="view_delete"),
    path("many/<number:job_id>/rows/", many_views.rows, name="many_rows"),
    path("many/<number:job_id>/go/", many_views.go, name="many_go"),
    path("exports/<number:job_id>/file/", export_views.export_file, name="export_file"),
    path("exports/<number:job_id>/summary/", export_views.export_summary, name="export_summary"),
]
