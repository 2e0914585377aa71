"""Find anything: as a page, as the palette that every page opens, and step by step where it takes time."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from bpadmin.finding.names import names_find
from bpadmin.finding.numbers import CALLS, block_url, contacts_ask, lists_ask, looks_like_key, number_find, uploads_find
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant

LONGEST = 200


@require_safe
@tenant_view()
def find(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what answers to a text; a number or key is looked for in all that is held."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    # What is held of a number is of all lists together.
    is_key = looks_like_key(text) and request.limit is None
    hits = names_find(tenant=tenant, role=request.role, text=text)
    context: dict[str, object] = {"text": text, "hits": hits, "is_key": is_key}
    if request.htmx.target == "palette-results":
        return render(request, "finding/_palette_results.html", context)
    if is_key:
        context |= {"number": number_find(tenant=tenant, text=text), "block_url": block_url(tenant, text)}
        context["platform"] = REGISTRY[tenant.platform].label
    return render(request, "finding/find.html", context)


def _place(request: TenantRequest) -> tuple[str, int]:
    """Read the text, and where a look goes on."""
    start = request.POST.get("start", "")
    is_number = start.isascii() and start.isdigit() and len(start) < 18
    return request.POST.get("q", "").strip()[:LONGEST], int(start) if is_number else 0


@require_POST
@tenant_view()
def uploads(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Look through the uploads that are kept, for some seconds."""
    text, start = _place(request)
    found = uploads_find(tenant=tenant, text=text, before=start) if text else None
    return _step(request, "finding/_uploads.html", {"text": text, "uploads": found})


@require_POST
@tenant_view(needs=Capability.RECORDS_READ)
def ask(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Ask the dialler, some lists at a time."""
    text, start = _place(request)
    context: dict[str, object] = {"text": text, "calls": CALLS}
    try:
        context["asked"] = lists_ask(tenant=tenant, text=text, start=start) if text else None
    except PlatformError as error:
        context["trouble"] = error.message
    return _step(request, "finding/_asked.html", context)


@require_POST
@tenant_view(needs=Capability.CONTACTS_FIND)
def contacts(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Ask the dialler for contacts by their user data or id."""
    text, _ = _place(request)
    context: dict[str, object] = {"text": text, "platform": REGISTRY[tenant.platform].label}
    try:
        context["contacts"] = contacts_ask(tenant=tenant, text=text) if text else []
    except PlatformError as error:
        context["trouble"] = error.message
    return _step(request, "finding/_contacts.html", context)


def _step(request: TenantRequest, fragment: str, context: dict[str, object]) -> HttpResponse:
    """Answer the part alone to htmx, else a page around it."""
    if request.htmx:
        return render(request, fragment, context)
    return render(request, "finding/step.html", {**context, "fragment": fragment})
