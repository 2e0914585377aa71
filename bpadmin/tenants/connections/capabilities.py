"""What each tenant's platform offers, remembered beside the tenant so that pages need not ask.

`Tenant.capabilities` holds {"held": […], "probed_at": …, "tried_at": …, "trouble": …}; the times are ISO texts in UTC.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability, ConnectionReport
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.models import Tenant

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

GOOD_FOR = timedelta(days=7)
TRY_AGAIN = timedelta(minutes=5)

_NOT_KNOWN = "What this tenant's version of the platform offers could not be found out: "


def capabilities_known(tenant: Tenant) -> frozenset[Capability]:
    """Return what was found out last, or what every tenant of the platform has. Asks nobody."""
    info = REGISTRY.get(tenant.platform)
    if info is None:
        return frozenset()
    held = tenant.capabilities.get("held", ())
    # Only what the platform has in versions is remembered: the rest is known, also where it was added here since.
    return info.offered(tenant.credentials) | {newer for newer in info.newer if newer.value in held}


def capabilities_probed_at(tenant: Tenant) -> datetime | None:
    """Return when it was found out, None where it never was."""
    return _time(tenant, "probed_at")


def capabilities_are_due(tenant: Tenant) -> bool:
    """Return whether the platform is to be asked: what is known is a week old, and the last try some minutes."""
    probed, tried, now = _time(tenant, "probed_at"), _time(tenant, "tried_at"), timezone.now()
    info = REGISTRY.get(tenant.platform)
    if info is None or not info.newer:
        return False
    is_good = probed is not None and now - probed < GOOD_FOR
    return not is_good and (tried is None or now - tried >= TRY_AGAIN)


def capabilities_learn(tenant: Tenant, client: PlatformClient) -> frozenset[Capability]:
    """Ask the platform and remember. Raises the PlatformError of an answer that does not tell."""
    info = REGISTRY[tenant.platform]
    held = client.probe_capabilities(info.offered(tenant.credentials) | info.newer)
    now = timezone.now().isoformat()
    _keep(tenant, {"held": sorted(held), "probed_at": now, "tried_at": now})
    return held


def capabilities_unlearnt(tenant: Tenant, error: PlatformError) -> None:
    """Remember that asking failed, and why; what was known before stays."""
    tried = {"tried_at": timezone.now().isoformat(), "trouble": error.message}
    _keep(tenant, {**tenant.capabilities, **tried})


def capabilities_report(tenant: Tenant, client: PlatformClient, report: ConnectionReport) -> ConnectionReport:
    """Learn anew, and add what came of it to the report of a connection test."""
    info = REGISTRY[tenant.platform]
    if not info.newer:
        return report
    try:
        held = capabilities_learn(tenant, client)
    except PlatformError as error:
        capabilities_unlearnt(tenant, error)
        return replace(report, details=(*report.details, _NOT_KNOWN + error.message))
    return replace(report, details=(*report.details, *(group.sentence(held) for group in info.groups)))


def capabilities_told(tenant: Tenant) -> list[tuple[str, bool, str]]:
    """Say for each group of what only some tenants have its name, whether this one has it, and what that means."""
    info, held = REGISTRY.get(tenant.platform), capabilities_known(tenant)
    groups = info.groups if info else ()
    return [(group.name, held >= group.capabilities, group.sentence(held)) for group in groups]


def _time(tenant: Tenant, name: str) -> datetime | None:
    text = tenant.capabilities.get(name)
    return datetime.fromisoformat(text) if text else None


def _keep(tenant: Tenant, capabilities: dict[str, Any]) -> None:
    tenant.capabilities = capabilities
    # Only this column: the tenant may have been changed since it was read.
    Tenant.objects.filter(pk=tenant.pk).update(capabilities=capabilities)
