"""Addresses of the Do Not Call pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.web import converters  # noqa: F401 - makes <platform_id:…> known
from dnc import views
from dnc.entries import views as change_views
from dnc.evidence import views as proof_views
from dnc.files import views as upload_views
from dnc.lists import binding_views
from dnc.lists import views as managing_views
from dnc.requests import views as request_views

app_name = "dnc"

urlpatterns = [
    path("dnc/", views.index, name="index"),
    path("dnc/refresh/", views.refresh, name="refresh"),
    path("dnc/new/", views.type_in, name="type_in"),
    path("dnc/why/", views.why, name="why"),
    path("dnc/undo/<number:number>/", change_views.undo, name="undo"),
    path("dnc/everywhere/", change_views.everywhere, name="everywhere"),
    path("dnc/<number:list_pk>/", views.detail, name="detail"),
    path("dnc/<number:list_pk>/add/", change_views.add, name="add"),
    path("dnc/<number:list_pk>/remove/", change_views.remove, name="remove"),
    path("dnc/<number:list_pk>/clear/", change_views.clear, name="clear"),
    path("dnc/by-id/<platform_id:list_id>/", views.by_id, name="by_id"),
    path("dnc/create/", managing_views.create, name="create"),
    path("dnc/<number:list_pk>/properties/", managing_views.properties, name="properties"),
    path("dnc/<number:list_pk>/delete/", managing_views.drop, name="drop"),
    path("dnc/<number:list_pk>/bind/", binding_views.bind, name="bind"),
    path("dnc/campaigns/<platform_id:campaign_id>/bind/", binding_views.bind_to, name="bind_to"),
    path("dnc/campaigns/<platform_id:campaign_id>/<platform_id:list_id>/unbind/", binding_views.unbind, name="unbind"),
    path("dnc/coverage/", proof_views.coverage, name="coverage"),
    path("dnc/requests/", request_views.requests, name="requests"),
    path("dnc/requests/<number:entry_pk>/", request_views.carry_out, name="carry_out"),
    path("dnc/evidence/", proof_views.evidence, name="evidence"),
    path("dnc/evidence/check/", proof_views.evidence_check, name="evidence_check"),
    path("dnc/evidence/<str:kind>/", proof_views.evidence_file, name="evidence_file"),
    path("dnc/<number:list_pk>/settings/", request_views.settings, name="settings"),
    path("dnc/<number:list_pk>/read-back/", request_views.read_back, name="read_back"),
    path("dnc/<number:list_pk>/upload/", upload_views.upload, name="upload"),
    path("dnc/files/<number:job_id>/columns/", upload_views.upload_map, name="upload_map"),
    path("dnc/files/<number:job_id>/check/", upload_views.upload_check, name="upload_check"),
    path("dnc/files/<number:job_id>/rows/", upload_views.upload_rows, name="upload_rows"),
    path("dnc/files/<number:job_id>/again/", upload_views.upload_again, name="upload_again"),
    path("dnc/files/<number:job_id>/go-on/", upload_views.go_on, name="go_on"),
]
