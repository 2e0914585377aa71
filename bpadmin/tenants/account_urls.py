"""Addresses that belong to a person: the first page, sign-in, sign-out, password."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from bpadmin.tenants import account_views

urlpatterns = [
    path("", account_views.home, name="home"),
    path("sign-in/", account_views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("password/", account_views.password, name="password"),
]
