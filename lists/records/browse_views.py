"""The way from a list in a campaign to its records, which are a source of records like others."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.names import id_of
from bpadmin.platforms.results import END, KIND, START
from bpadmin.platforms.sources import Source
from bpadmin.platforms.types import RecordKind
from bpadmin.records.services import sources_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant
from lists.records.views import trouble

TIMES = (("start", START), ("end", END))


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def browse(request: TenantRequest, tenant: Tenant, list_id: str, campaign_id: str, instance_id: str) -> HttpResponse:
    """Lead to the records of a list in a campaign, with the filters that the address may carry."""
    try:
        source = _source(tenant, list_id, campaign_id, instance_id)
    except PlatformError as error:
        return trouble(request, list_id, error)
    url = reverse("records:browse", args=[tenant.slug, source.id])
    query = urlencode(_carried(request))
    return redirect(f"{url}?{query}" if query else url)


def _source(tenant: Tenant, list_id: str, campaign_id: str, instance_id: str) -> Source:
    snapshot = sources_of(tenant, campaign_id)
    if not snapshot.has_value:
        raise PlatformError(snapshot.error or "The dialler takes longer than usual to answer.")
    for source in snapshot.value:
        if (source.list_id, source.instance_id) == (list_id, instance_id):
            return source
    # Platforms that know lists by name name the source after campaign and list.
    for source in snapshot.value:
        if source.id == id_of(campaign_id, instance_id):
            return source
    raise Http404("This list is not bound to that campaign any more.")


def _carried(request: TenantRequest) -> list[tuple[str, str]]:
    kind = request.GET.get("kind", "")
    said = [(KIND, kind)] if kind else []
    if kind and kind != RecordKind.ALL:
        said += [(name, request.GET[old]) for old, name in TIMES if request.GET.get(old)]
    parts = [part for n, (name, text) in enumerate(said, 1) for part in ((f"f{n}", name), (f"v{n}", text))]
    return [*parts, ("attempts", "on")] if request.GET.get("attempts") else parts
