"""Addresses of tenants and their people."""

from __future__ import annotations

from django.urls import path

from bpadmin.tenants import views
from bpadmin.tenants.people import token_views
from bpadmin.tenants.people import views as people_views

app_name = "tenants"
urlpatterns = [
    path("tenants/", views.index, name="index"),
    path("tenants/connect/", views.create, name="create"),
    path("t/<slug:slug>/settings/", views.settings, name="settings"),
    path("t/<slug:slug>/connection/", views.test, name="test"),
    path("t/<slug:slug>/people/", people_views.people, name="people"),
    path("t/<slug:slug>/people/invite/", people_views.invite, name="person_invite"),
    path("t/<slug:slug>/people/invitations/<number:pk>/withdraw/", people_views.withdraw, name="invitation_withdraw"),
    path("t/<slug:slug>/people/create/", people_views.create, name="person_create"),
    path("t/<slug:slug>/people/<number:user_id>/role/", people_views.role, name="person_role"),
    path("t/<slug:slug>/people/<number:user_id>/remove/", people_views.remove, name="person_remove"),
    path("t/<slug:slug>/people/<number:user_id>/password/", people_views.password, name="person_password"),
    path("t/<slug:slug>/people/<number:user_id>/close/", people_views.close, name="person_close"),
    path("t/<slug:slug>/people/<number:user_id>/limit/", people_views.limit, name="person_limit"),
    path("t/<slug:slug>/tokens/", token_views.tokens, name="tokens"),
    path("t/<slug:slug>/tokens/<number:pk>/revoke/", token_views.revoke, name="token_revoke"),
]
