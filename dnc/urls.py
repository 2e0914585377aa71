"""Addresses of the Do Not Call pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin import converters  # noqa: F401 - makes <platform_id:…> known
from dnc import change_views, guarding_views, managing_views, proof_views, request_views, upload_views, views

app_name = "dnc"

urlpatterns = [
    path("dnc/", views.index, name="index"),
    path("dnc/refresh/", views.refresh, name="refresh"),
    path("dnc/new/", views.type_in, name="type_in"),
    path("dnc/why/", views.why, name="why"),
    path("dnc/everywhere/", change_views.everywhere, name="everywhere"),
    path("dnc/<int:list_pk>/", views.detail, name="detail"),
    path("dnc/<int:list_pk>/add/", change_views.add, name="add"),
    path("dnc/<int:list_pk>/remove/", change_views.remove, name="remove"),
    path("dnc/<int:list_pk>/clear/", change_views.clear, name="clear"),
    path("dnc/by-id/<platform_id:list_id>/", views.by_id, name="by_id"),
    path("dnc/create/", managing_views.create, name="create"),
    path("dnc/<int:list_pk>/properties/", managing_views.properties, name="properties"),
    path("dnc/<int:list_pk>/delete/", managing_views.drop, name="drop"),
    path("dnc/<int:list_pk>/bind/", guarding_views.bind, name="bind"),
    path("dnc/campaigns/<platform_id:campaign_id>/bind/", guarding_views.bind_to, name="bind_to"),
    path("dnc/campaigns/<platform_id:campaign_id>/<platform_id:list_id>/unbind/", guarding_views.unbind, name="unbind"),
    path("dnc/coverage/", proof_views.coverage, name="coverage"),
    path("dnc/requests/", request_views.requests, name="requests"),
    path("dnc/requests/<int:entry_pk>/", request_views.carry_out, name="carry_out"),
    path("dnc/evidence/", proof_views.evidence, name="evidence"),
    path("dnc/evidence/check/", proof_views.evidence_check, name="evidence_check"),
    path("dnc/evidence/<str:kind>/", proof_views.evidence_file, name="evidence_file"),
    path("dnc/<int:list_pk>/settings/", request_views.settings, name="settings"),
    path("dnc/<int:list_pk>/read-back/", request_views.read_back, name="read_back"),
    path("dnc/<int:list_pk>/upload/", upload_views.upload, name="upload"),
    path("dnc/files/<int:job_id>/columns/", upload_views.upload_map, name="upload_map"),
    path("dnc/files/<int:job_id>/check/", upload_views.upload_check, name="upload_check"),
    path("dnc/files/<int:job_id>/again/", upload_views.upload_again, name="upload_again"),
    path("dnc/files/<int:job_id>/go-on/", upload_views.go_on, name="go_on"),
]
