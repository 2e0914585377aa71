"""The pages that read calling lists: a table, one list, and what its fields are."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.catalogue import catalogue_again, list_read, lists_in, lists_look
from bpadmin.dialler.live import Snapshot
from bpadmin.dialler.refreshing.storing import list_of
from bpadmin.jobs.services import list_jobs, list_last_jobs
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.names import id_of
from bpadmin.platforms.results import source_id_of_list
from bpadmin.platforms.types import CallingList
from bpadmin.results.figures.periods import period_of
from bpadmin.results.opening import BOUND
from bpadmin.results.pages.shared import figure_address, results_shared
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.uploads.conversion.recipe_store import ListRecipes
from bpadmin.web.htmx import live_response
from bpadmin.web.redirects import back_url, moved
from lists import services
from lists.formats.forms import field_formset, more_rows
from lists.formats.services import format_fields, format_get
from lists.models import ListFormat
from lists.recycling.services import recyclings_of
from lists.tables import list_query, list_table

MOST_RECYCLED = 10
# Where pages were that have an address of their own now.
OLD_WORDS = {"new": "lists:create", "by-name": "lists:by_name"}


@require_safe
@tenant_view(needs=Capability.LISTS_READ)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show all calling lists; searched, sorted and paged here, since the platform only gives them one after another."""
    snapshot = lists_look(tenant)
    table = list_table(lists_in(tenant), list_query(request.GET))
    lists = [list_of(row) for row in table.page]
    jobs = list_last_jobs(tenant=tenant, list_ids=[each.id for each in lists])
    rows = [(each, jobs.get(each.id)) for each in lists]
    return live_response(
        request,
        page="lists/index.html",
        fragment="lists/_table.html",
        target="lists",
        what="the lists",
        snapshot=snapshot,
        shows=(
            [(each, job and (job.pk, job.state, job.n_in_list)) for each, job in rows],
            (table.url, table.found, table.total, snapshot.has_value, snapshot.read, snapshot.error),
        ),
        context={"table": table, "rows": rows},
    )


@require_POST
@tenant_view(needs=Capability.LISTS_READ)
def read_again(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Walk the lists anew at once, and show them."""
    catalogue_again(tenant=tenant, lists=True)
    return redirect(back_url(request, reverse("lists:index", kwargs={"slug": tenant.slug})))


@require_safe
@tenant_view(needs=Capability.LISTS_READ)
def by_name(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Lead to a list that no enabled campaign shows, on a platform that knows lists by name."""
    name = request.GET.get("name", "").strip()[:300]
    if not name or not REGISTRY[tenant.platform].goes_by_names:
        return redirect("lists:index", slug=tenant.slug)
    return redirect("lists:detail", slug=tenant.slug, list_id=id_of(name))


@require_safe
@tenant_view(needs=Capability.LISTS_READ)
def detail(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Show one list: records, fields, campaigns and jobs, live."""
    try:
        snapshot = _read_or_404(tenant, list_id)
    except Http404 as gone:
        return moved(request, tenant.slug, OLD_WORDS.get(list_id), gone)
    calling_list = snapshot.value
    known = _known_format(tenant, list_id, calling_list)
    jobs = list_jobs(tenant=tenant, list_ids=[list_id])
    shown = results_shared(tenant, period_of(tenant, {}), list_id=list_id, only_bound=True)
    recycled = list(recyclings_of(tenant=tenant, list_id=list_id)[:MOST_RECYCLED])
    return live_response(
        request,
        page="lists/detail.html",
        fragment="lists/_list.html",
        target="list",
        what="this list",
        snapshot=snapshot,
        shows=(
            (calling_list, snapshot.has_value, snapshot.error),
            known and (known.fields, known.source),
            [(job.pk, job.state, job.n_in_list) for job in jobs],
            shown and shown.fingerprint,
            [each.pk for each in recycled],
        ),
        context={
            "list": calling_list,
            "list_id": list_id,
            "list_source": source_id_of_list(list_id),
            "shown": shown,
            "figure_url": figure_address(tenant, list=list_id, lists=BOUND, range="24h"),
            "list_name": _name(calling_list, known, list_id),
            "known": known,
            "fields": format_fields(known),
            "bound_twice": _bound_twice(calling_list),
            "jobs": jobs,
            "recyclings": recycled,
            "recipes": ListRecipes(tenant=tenant, list_id=list_id),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LISTS_READ)
def edit_format(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Let a supervisor say what fields a list has."""
    calling_list = _read_or_404(tenant, list_id).value
    known = _known_format(tenant, list_id, calling_list)
    name = _name(calling_list, known, list_id)
    fields = format_fields(known)
    wants_rows = "more" in request.POST
    said = more_rows(request.POST) if wants_rows else request.POST
    formset = field_formset(fields, said if request.method == "POST" else None)
    if request.method == "POST" and not wants_rows and formset.is_valid():
        services.list_format_say(
            tenant=tenant, list_id=list_id, list_name=name, fields=formset.specs(fields), actor=request.user
        )
        messages.success(request, f"The fields of “{name}” are saved. The next upload is checked against them.")
        return redirect("lists:detail", slug=tenant.slug, list_id=list_id)
    context = {"formset": formset, "list": calling_list, "list_id": list_id, "list_name": name, "known": known}
    return render(request, "lists/formats/format.html", context | {"wants_rows": wants_rows})


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.LISTS_READ)
def learn_format(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Learn a list's fields from a record read back."""
    try:
        known = services.list_format_learn(tenant=tenant, list_id=list_id, actor=request.user)
    except PlatformError as error:
        messages.error(request, f"The fields could not be read. {error.message}")
        return redirect("lists:format", slug=tenant.slug, list_id=list_id)
    if known is None:
        messages.warning(
            request,
            "No record could be read: the list is empty, or bound to no campaign. Name its fields here, "
            "or upload a file: its columns are taken as the fields.",
        )
    else:
        messages.success(
            request,
            f"{len(known.fields)} fields were found in the list's records. Records tell no types and keys: check them.",
        )
    return redirect("lists:format", slug=tenant.slug, list_id=list_id)


def _read_or_404(tenant: Tenant, list_id: str) -> Snapshot[CallingList | None]:
    snapshot = list_read(tenant, list_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such list: it was deleted, or this tenant's user may not see it.")
    return snapshot


def _known_format(tenant: Tenant, list_id: str, calling_list: CallingList | None) -> ListFormat | None:
    return format_get(tenant=tenant, list_id=list_id, format_id=calling_list.format_id if calling_list else "")


def _name(calling_list: CallingList | None, known: ListFormat | None, list_id: str) -> str:
    """Return the list's name, as last known when the dialler cannot be reached."""
    if calling_list:
        return calling_list.name
    return known.list_name if known and known.list_id == list_id and known.list_name else list_id


def _bound_twice(calling_list: CallingList | None) -> set[str]:
    """Return the campaigns to which the list is bound more than once: only there the instance has to be told."""
    uses = Counter(use.campaign_id for use in (calling_list.campaigns or () if calling_list else ()))
    return {campaign_id for campaign_id, count in uses.items() if count > 1}
