"""The pages that read Do Not Call lists: all of them, one with its entries, and why a number is blocked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.catalogue import catalogue_again
from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_has
from bpadmin.web.htmx import live_response
from dnc.entries.expiry import dnc_expiring, tenant_today
from dnc.entries.lookup import dnc_why
from dnc.entries.read_back import can_read_back
from dnc.entries.selectors import (
    SHOWN,
    changes_of,
    entry_page,
    is_editable,
    ledger_totals,
    list_row,
    list_rows,
    read_only_words,
)
from dnc.forms import EverywhereForm, TypeInForm, WhyForm
from dnc.lists.bindings import can_guard
from dnc.lists.properties import can_manage
from dnc.lists.sync import DncRefused, dnc_list_type_in, dnc_lists_read
from dnc.models import DncKind, DncList

CHANGES_SHOWN = 15


@require_safe
@tenant_view(needs=Capability.DNC_WRITE)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show all Do Not Call lists, with what is known of each."""
    snapshot = dnc_lists_read(tenant=tenant)
    rows = list_rows(tenant)
    expiring = dnc_expiring(tenant=tenant)
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
    catalogue_again(tenant=tenant, bindings=True, dnc=True)
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
            dnc_list = dnc_list_type_in(tenant=tenant, actor=Actor(request.user), **said)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"“{dnc_list.name}” is known now. The first act tells whether the {what} is right."
            )
            return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
    return render(request, "dnc/entries/type_in.html", {"form": form})


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
        "can_read_back": can_read_back(tenant) and dnc_list.gone_at is None,
        "can_manage": can_manage(tenant),
        "can_guard": can_guard(tenant),
        "read_only_words": read_only_words(dnc_list),
    }
    return render(request, "dnc/detail.html", context)


@require_safe
@tenant_view(needs=Capability.DNC_WRITE)
def by_id(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Lead from the platform's id of a list, which other pages know, to its page."""
    named = DncList.every.filter(tenant=tenant, remote_id=list_id)
    if not named.exists():
        snapshot = dnc_lists_read(tenant=tenant)
        if (snapshot.is_partial or not snapshot.has_value) and not named.exists():
            messages.info(request, "This list is not read yet. It stands here as soon as it is.")
            return redirect("dnc:index", slug=tenant.slug)
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
        answer = dnc_why(tenant=tenant, number_or_value=said["q"], postal_code=said["postal_code"], value=said["value"])
    return render(request, "dnc/why.html", {"form": form, "answer": answer})
