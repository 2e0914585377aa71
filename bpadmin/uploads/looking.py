"""The page that is shown while a worker looks into a file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from bpadmin.jobs.models import Job
from bpadmin.tenants.access import TenantRequest

LOOKING = "looking"


def looking(request: TenantRequest, job: Job, target_url: str) -> HttpResponse:
    """Show that the file of a job is being looked at; the page asks its own address again until it is done."""
    page = "uploads/_looking.html" if request.htmx.target == LOOKING else "uploads/looking.html"
    response = render(request, page, {"job": job, "target_url": target_url, "look_url": request.path})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
