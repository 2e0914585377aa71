"""Addresses of the home page and of results, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.results.home import views as home_views
from bpadmin.results.hooks import views as hook_views
from bpadmin.results.pages import beside_views, figure_views, views
from bpadmin.web import converters  # noqa: F401 - makes <platform_id:…> known

app_name = "results"

urlpatterns = [
    path("", home_views.home, name="home"),
    path("results/", views.whole, name="whole"),
    path("results/campaigns/<platform_id:campaign_id>/", views.campaign, name="campaign"),
    path("results/campaigns/<platform_id:campaign_id>/beside/", beside_views.campaign_beside, name="campaign_beside"),
    path("results/lists/<platform_id:list_id>/beside/", beside_views.list_beside, name="list_beside"),
    path("results/lists/<platform_id:list_id>/", views.calling_list, name="list"),
    path("results/figure/", figure_views.figure, name="figure"),
    path("results/recount/", views.recount, name="recount"),
    path("results/dispositions/", views.dispositions, name="dispositions"),
    path("results/reading/", views.reading, name="reading"),
    path("results/sent/", hook_views.address, name="hook"),
    path("results/dictionary/", views.dictionary, name="dictionary"),
]
