"""Addresses of the Do Not Call pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from dnc import change_views, views

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
]
