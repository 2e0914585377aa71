"""The pages that read Do Not Call lists: all of them, one with its entries, and why a number is blocked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.acts import Actor
from bpadmin.fragments import live_response
from bpadmin.live import live_forget
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_has
from dnc import services
from dnc.expiring import tenant_today
from dnc.forms import EverywhereForm, TypeInForm, WhyForm
from dnc.models import DncKind, DncList
from dnc.reading import NAME
from dnc.services import DncRefused
from dnc.showing import SHOWN, changes_of, entry_page, is_editable, ledger_totals, list_row, list_rows, read_only_words

CHANGES_SHOWN = 15


@require_safe
@tenant_view(needs=Capability.DNC_WRITE)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show all Do Not Call lists, with what is known of each."""
    snapshot = services.dnc_lists_read(tenant=tenant)
    rows = list_rows(tenant)
    expiring = services.dnc_expiring(tenant=tenant)
    return live_response(
        request,
        page="dnc/index.html",
        fragment="dnc/_lists.html",
        target="dnc-lists",
        what="the lists",
        snapshot=snapshot,
        shows=(
            [(row.dnc_list.name, row.dnc_list.type, row.dnc_list.read_at, row.known, row.unsure) for row in rows],
            [(row.dnc_list.campaigns, row.freshness) for row in rows],
            (expiring, snapshot.has_value, snapshot.error),
        ),
        context={
            "rows": rows,
            "expiring": expiring,
            "everywhere": EverywhereForm(),
            "why_form": WhyForm(),
            "can_manage": tenant_has(tenant, Capability.DNC_LISTS_MANAGE),
        },
    )


@require_POST
@tenant_view(needs=Capability.DNC_WRITE)
def refresh(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Ask the platform for its lists now."""
    live_forget(tenant, NAME)
    try:
        services.dnc_lists_refresh(tenant=tenant)
    except PlatformError as error:
        messages.error(request, f"The lists could not be read; you see those that were known before. {error.message}")
    return redirect("dnc:index", slug=tenant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def type_in(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Take a list by the id, or the name, that a person read elsewhere."""
    by_name = REGISTRY[tenant.platform].goes_by_names
    what = "name" if by_name else "id"
    form = TypeInForm(request.POST or None, by_name=by_name)
    if request.method == "POST" and form.is_valid():
        said = {**form.cleaned_data, "type": DncKind(form.cleaned_data["type"])}
        try:
            dnc_list = services.dnc_list_type_in(tenant=tenant, actor=Actor(request.user), **said)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"“{dnc_list.name}” is known now. The first act tells whether the {what} is right."
            )
            return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
    return render(request, "dnc/type_in.html", {"form": form})


@require_safe
@tenant_view(needs=Capability.DNC_WRITE)
def detail(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Show one list: its entries as far as they are known, what was done to it, and whom it protects."""
    dnc_list = get_object_or_404(DncList.every, tenant=tenant, pk=list_pk)
    text, after = request.GET.get("q", ""), request.GET.get("after", "")
    shown = request.GET.get("shown", "present" if dnc_list.gone_at is None else "removed")
    query = request.GET.copy()
    page = entry_page(dnc_list, text=text, shown=shown, after=after)
    query["after"] = page.next_key
    context = {
        "dnc_list": dnc_list,
        "row": list_row(dnc_list, ledger_totals(tenant).get(dnc_list.pk, {}), tenant_today(tenant)),
        "page": page,
        "q": text,
        "shown": shown if shown in SHOWN else "present",
        "is_further": bool(after),
        "next_url": f"?{query.urlencode()}" if page.next_key else "",
        "changes": changes_of(dnc_list)[:CHANGES_SHOWN],
        "is_editable": is_editable(dnc_list),
        "is_gone": dnc_list.gone_at is not None,
        "can_read_back": services.can_read_back(tenant) and dnc_list.gone_at is None,
        "can_manage": services.can_manage(tenant),
        "can_guard": services.can_guard(tenant),
        "read_only_words": read_only_words(dnc_list),
    }
    return render(request, "dnc/detail.html", context)


@require_safe
@tenant_view(needs=Capability.DNC_WRITE)
def by_id(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Lead from the platform's id of a list, which other pages know, to its page."""
    if not DncList.every.filter(tenant=tenant, remote_id=list_id).exists():
        services.dnc_lists_read(tenant=tenant)
    dnc_list = get_object_or_404(DncList.every, tenant=tenant, remote_id=list_id)
    return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)


@require_safe
@tenant_view(needs=Capability.DNC_WRITE)
def why(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Say why a number is blocked, or that nothing is known to block it."""
    form = WhyForm(request.GET)
    answer = None
    if form.is_valid() and form.cleaned_data["q"]:
        said = form.cleaned_data
        answer = services.dnc_why(
            tenant=tenant, number_or_value=said["q"], postal_code=said["postal_code"], value=said["value"]
        )
    return render(request, "dnc/why.html", {"form": form, "answer": answer})
