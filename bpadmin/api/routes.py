"""Where each endpoint of the API is."""

from __future__ import annotations

from django.urls import path

from bpadmin.api import automation, results_views, taking_back, undoing, views
from bpadmin.web import converters  # noqa: F401 - makes <platform_id:…> known

# Each is named as its endpoint (`bpadmin.api.gate`).
ROUTES = [
    path("t/<slug:slug>/campaigns/", views.campaigns, name="campaigns"),
    path("t/<slug:slug>/campaigns/<platform_id:campaign>/start/", views.start, name="campaign_start"),
    path("t/<slug:slug>/campaigns/<platform_id:campaign>/stop/", views.stop, name="campaign_stop"),
    path("t/<slug:slug>/campaigns/acts/<number:act>/undo/", undoing.start_undo, name="act_undo"),
    path("t/<slug:slug>/dnc/acts/<number:act>/undo/", undoing.addition_undo, name="dnc_act_undo"),
    path("t/<slug:slug>/lists/<platform_id:list_>/uploads/", views.upload, name="upload"),
    path("t/<slug:slug>/lists/<platform_id:list_>/uploads/reached/", results_views.reached, name="uploads_reached"),
    path("t/<slug:slug>/lists/<platform_id:list_>/campaigns/stop/", views.list_stop, name="list_campaigns_stop"),
    path("t/<slug:slug>/results/", results_views.results, name="results"),
    path("t/<slug:slug>/results/figure/", results_views.figure, name="results_figure"),
    path("t/<slug:slug>/results/beside/", results_views.beside, name="results_beside"),
    path("t/<slug:slug>/jobs/<number:job_id>/", views.job, name="job"),
    path("t/<slug:slug>/jobs/<number:job_id>/send/", views.send, name="job_send"),
    path("t/<slug:slug>/jobs/<number:job_id>/cancel/", views.cancel, name="job_cancel"),
    path("t/<slug:slug>/jobs/<number:job_id>/rejects/", views.rejects, name="job_rejects"),
    path("t/<slug:slug>/jobs/<number:job_id>/take-back/", taking_back.ask, name="upload_take_back"),
    path("t/<slug:slug>/jobs/<number:job_id>/take-back/counts/", taking_back.read, name="take_back"),
    path("t/<slug:slug>/jobs/<number:job_id>/take-back/go/", taking_back.go, name="take_back_go"),
    path("t/<slug:slug>/dnc/lists/", views.dnc_lists, name="dnc_lists"),
    path("t/<slug:slug>/dnc/why/", views.why, name="dnc_why"),
    path("t/<slug:slug>/dnc/lists/<number:list_pk>/add/", views.add, name="dnc_add"),
    path("t/<slug:slug>/dnc/lists/<number:list_pk>/remove/", views.remove, name="dnc_remove"),
    path("t/<slug:slug>/feeds/", automation.feeds, name="feeds"),
    path("t/<slug:slug>/feeds/<number:feed_id>/", automation.feed, name="feed"),
    path("t/<slug:slug>/feeds/<number:feed_id>/run/", automation.feed_run_now, name="feed_run"),
    path("t/<slug:slug>/feeds/<number:feed_id>/hold/", automation.feed_held, name="feed_hold"),
    path("t/<slug:slug>/feeds/<number:feed_id>/release/", automation.feed_released, name="feed_release"),
    path("t/<slug:slug>/feeds/files/<number:run_id>/", automation.feed_file, name="feed_file"),
    path("t/<slug:slug>/feeds/files/<number:run_id>/release/", automation.feed_file_released, name="feed_file_release"),
    path("t/<slug:slug>/feeds/files/<number:run_id>/refuse/", automation.feed_file_refused, name="feed_file_refuse"),
    path("t/<slug:slug>/plans/", automation.plans, name="plans"),
    path("t/<slug:slug>/plans/<number:plan_id>/", automation.plan, name="plan"),
    path("t/<slug:slug>/plans/<number:plan_id>/run/", automation.plan_run_now, name="plan_run"),
    path("t/<slug:slug>/plans/<number:plan_id>/hold/", automation.plan_held, name="plan_hold"),
    path("t/<slug:slug>/plans/<number:plan_id>/release/", automation.plan_released, name="plan_release"),
    path("t/<slug:slug>/reports/", automation.reports, name="reports"),
    path("t/<slug:slug>/reports/<number:report_id>/", automation.report, name="report"),
    path("t/<slug:slug>/reports/<number:report_id>/make/", automation.report_make, name="report_make"),
]
