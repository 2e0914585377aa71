"""Addresses of the job pages, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.jobs.pages import views

app_name = "jobs"

urlpatterns = [
    path("jobs/", views.index, name="index"),
    path("jobs/tray/", views.tray, name="tray"),
    path("jobs/<number:job_id>/", views.detail, name="detail"),
    path("jobs/<number:job_id>/pause/", views.pause, name="pause"),
    path("jobs/<number:job_id>/resume/", views.resume, name="resume"),
    path("jobs/<number:job_id>/retry/", views.retry, name="retry"),
    path("jobs/<number:job_id>/put-first/", views.put_first, name="put_first"),
    path("jobs/<number:job_id>/cancel/", views.cancel, name="cancel"),
    path("jobs/<number:job_id>/decide/", views.decide_all, name="decide_all"),
    path("jobs/<number:job_id>/decide/<number:number>/", views.decide, name="decide"),
    path("jobs/<number:job_id>/read-back/", views.read_back, name="read_back"),
    path("jobs/<number:job_id>/question/<number:number>.csv", views.question, name="question"),
    path("jobs/<number:job_id>/rejects.csv", views.rejects, name="rejects"),
]
