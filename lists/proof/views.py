"""The page that proves an upload."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from bpadmin.dialler.types import Actor
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from lists.proof.services import RECORDS_OF_A_PAGE, may_be_proved, upload_prove


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LISTS_READ)
def proof(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Compare the list with the rows that an upload brought in, when asked to."""
    job = get_object_or_404(Job.objects.select_related("tenant"), tenant=tenant, pk=job_id)
    if not may_be_proved(job):
        raise Http404("The rows of this upload are not kept any more, or its list cannot be read back.")
    context: dict[str, object] = {"job": job}
    if request.method == "POST":
        try:
            context["proof"] = upload_prove(job=job, actor=Actor(request.user), at_most=RECORDS_OF_A_PAGE)
        except (JobRefused, PlatformError) as error:
            context["trouble"] = str(error)
    return render(request, "lists/proof/proof.html", context)
