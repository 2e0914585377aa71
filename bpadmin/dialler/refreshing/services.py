"""Refreshing as workers do it: which tenants have something due, and one slice of reading for one of them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from bpadmin.dialler.models import CatalogueState
from bpadmin.dialler.refreshing.due import Due
from bpadmin.dialler.refreshing.refresher import SLICE_SECONDS, Refresher, refresher_claim
from bpadmin.dialler.refreshing.storing import state_of
from bpadmin.tenants.models import Tenant


def catalogues_due() -> list[int]:
    """Return the tenants of which something is due and that nobody reads now."""
    now = timezone.now()
    states = {state.tenant_id: state for state in CatalogueState.objects.all()}
    return [each.pk for each in Tenant.objects.all() if _is_due(each, states.get(each.pk), now)]


def _is_due(tenant: Tenant, state: CatalogueState | None, now: datetime) -> bool:
    if state is None:
        return True
    is_claimed = state.claim and state.claim_until is not None and state.claim_until > now
    if is_claimed or (state.quiet_until is not None and state.quiet_until > now):
        return False
    due = Due(tenant, state, now)
    return state.guards_changed or any(True for _ in due.first()) or any(True for _ in due.old())


def catalogue_refresh(*, tenant_id: int, seconds: float = SLICE_SECONDS) -> bool:
    """Read for some seconds what is due of a tenant; tell whether something is left that cannot wait.

    Whoever comes while another is at it leaves it to that one.
    """
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    owner = refresher_claim(tenant) if tenant else ""
    return bool(tenant and owner and Refresher(tenant, owner, seconds=seconds).run())


def catalogue_read(*, tenant: Tenant, seconds: float = 3600.0) -> None:
    """Read all that is due of a tenant, for a command that waits for it."""
    state_of(tenant)
    while catalogue_refresh(tenant_id=tenant.pk, seconds=seconds):
        pass
