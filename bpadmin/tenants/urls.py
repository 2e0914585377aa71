"""Addresses of tenants and their people."""

from __future__ import annotations

from django.urls import path

from bpadmin.tenants import people_views, views

app_name = "tenants"
urlpatterns = [
    path("tenants/", views.index, name="index"),
    path("tenants/connect/", views.create, name="create"),
    path("t/<slug:slug>/", views.open_tenant, name="open"),
    path("t/<slug:slug>/settings/", views.settings, name="settings"),
    path("t/<slug:slug>/connection/", views.test, name="test"),
    path("t/<slug:slug>/people/", people_views.people, name="people"),
    path("t/<slug:slug>/people/add/", people_views.add, name="person_add"),
    path("t/<slug:slug>/people/create/", people_views.create, name="person_create"),
    path("t/<slug:slug>/people/<int:user_id>/role/", people_views.role, name="person_role"),
    path("t/<slug:slug>/people/<int:user_id>/remove/", people_views.remove, name="person_remove"),
    path("t/<slug:slug>/people/<int:user_id>/password/", people_views.password, name="person_password"),
]
