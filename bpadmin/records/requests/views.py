"""Adding a request to a source, and putting one back into dialling."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.services import acts_within
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.sources import Source
from bpadmin.records.kinds import REQUESTS_RECALL
from bpadmin.records.many.services import many_begin
from bpadmin.records.pages.forms import FilterForm
from bpadmin.records.pages.source_page import page_client, source_of_page, trouble
from bpadmin.records.requests.forms import RecallForm, RequestForm, RequestIdsForm
from bpadmin.records.requests.recalls import MOST_AT_ONCE, requests_found, requests_recall
from bpadmin.records.requests.services import request_add, request_recall
from bpadmin.records.services import platform_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from bpadmin.web.redirects import back_url
from bpadmin.web.server.gate import takes_files


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.REQUEST_ADD)
def add(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Say who is to be called, and add it."""
    try:
        source = source_of_page(tenant, source_id)
    except PlatformError as error:
        return trouble(request, error)
    form = RequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        act = request_add(tenant=tenant, source=source, actor=Actor(request.user), **form.cleaned_data)
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect("records:browse", slug=tenant.slug, source_id=source.id)
        form.add_error(None, act.sentence)
    return render(request, "records/requests/add.html", {"form": form, "source": source})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.REQUEST_RECALL)
def recall(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Say on which terms a request goes back into dialling, and put it there."""
    request_id = request.GET.get("id", "")
    back = back_url(request, reverse("records:browse", args=[tenant.slug, source_id]))
    if not request_id:
        return redirect(back)
    try:
        source = source_of_page(tenant, source_id)
    except PlatformError as error:
        return trouble(request, error)
    title = f"{platform_of(tenant).record_noun.capitalize()} {request_id}"
    form = RecallForm(request.POST if request.method == "POST" else None, time_zone=tenant.time_zone)
    if request.method == "POST" and form.is_valid():
        act = request_recall(
            tenant=tenant,
            source=source,
            request_id=request_id,
            title=title,
            terms=form.terms(),
            actor=Actor(request.user),
        )
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect(back)
        form.add_error(None, act.sentence)
    context = {"form": form, "source": source, "title": title, "back": back}
    return render(request, "records/requests/recall.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.REQUEST_RECALL)
@takes_files
def recall_many(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Put requests back into dialling on the same terms: all that the filter in the address finds, or some by ids."""
    is_said = request.method == "POST"
    by_ids: RequestIdsForm | None = None
    if "ids" in request.GET:
        by_ids = RequestIdsForm(request.POST, request.FILES) if is_said else RequestIdsForm()
    try:
        source = source_of_page(tenant, source_id)
        with page_client(tenant) as client:
            filters = FilterForm(request.GET, filters=client.source_filters(source_id), time_zone=tenant.time_zone)
            most = MOST_AT_ONCE + 1
            found = [] if by_ids else requests_found(client, source_id, filters.conditions, most=most)
    except PlatformError as error:
        return trouble(request, error)
    form = RecallForm(request.POST if request.method == "POST" else None, time_zone=tenant.time_zone)
    has_too_many = len(found) > MOST_AT_ONCE
    context = {"source": source, "form": form, "filters": filters, "found": found, "has_too_many": has_too_many}
    context["shown"] = () if has_too_many else found
    context |= {"by_ids": by_ids, "most": MOST_AT_ONCE, "results": (), "done": 0}
    if is_said and form.is_valid() & (by_ids is None or by_ids.is_valid()):
        # Those that were shown, whatever meets the filter by now; of more than a page shows, a job asks first.
        ids = by_ids.found if by_ids else request.POST.getlist("id")
        if has_too_many or len(ids) > MOST_AT_ONCE:
            job = many_begin(
                kind=REQUESTS_RECALL,
                tenant=tenant,
                source=source,
                actor=Actor(request.user),
                terms=form.terms(),
                keys=() if has_too_many else ids,
                conditions=filters.conditions if has_too_many else None,
            )
            return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
        context |= _recalled(request, source, ids, form)
    return render(request, "records/requests/recall_many.html", context)


def _recalled(request: TenantRequest, source: Source, ids: list[str], form: RecallForm) -> dict[str, object]:
    """Put requests back for as long as a page may take, and say what came of each, and how many were not asked."""
    ids = list(dict.fromkeys(ids))[:MOST_AT_ONCE]
    actor = Actor(request.user)
    acts = acts_within(
        requests_recall(tenant=request.tenant, source=source, request_ids=ids, terms=form.terms(), actor=actor)
    )
    results = [(act.outcome == Outcome.DONE, act.sentence) for _, act in acts]
    return {"results": results, "done": sum(is_done for is_done, _ in results), "left": ids[len(acts) :]}
