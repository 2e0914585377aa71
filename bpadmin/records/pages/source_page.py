"""What the pages about one source share: the source itself, a client that does not keep people waiting, troubles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render

from bpadmin.dialler.live import RETRY_SECONDS
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.sources import Source
from bpadmin.records.named import named_source_of, named_sources
from bpadmin.records.services import platform_of, source_read
from bpadmin.tenants.access import TenantRequest
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

READ_TIMEOUT = 15.0
GONE = "There is no such source: it was taken away, or this tenant's user may not see it."


def page_client(tenant: Tenant) -> PlatformClient:
    """Open a client for a page that somebody waits for."""
    return tenant_client(tenant, read_timeout=READ_TIMEOUT, patience=RETRY_SECONDS)


def source_of_page(tenant: Tenant, source_id: str) -> Source:
    """Return the source that a page is about, named by hand or as last read. Http404; raises PlatformError."""
    named = named_sources(tenant).filter(source_id=source_id).first()
    if named is not None:
        return named_source_of(named, platform_of(tenant))
    snapshot = source_read(tenant, source_id)
    if snapshot.value is not None:
        return snapshot.value
    if snapshot.has_value and not snapshot.error:
        raise Http404(GONE)
    raise PlatformError(snapshot.error or "The dialler takes longer than usual to answer.")


def trouble(request: TenantRequest, error: PlatformError) -> HttpResponse:
    """Say that the dialler could not be asked, and why."""
    return render(request, "records/trouble.html", {"error": error})
