"""What ends on a known day and must be renewed before: a tenant's API secret, its server's certificate."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import Error
from django.db.models import Q, QuerySet
from django.utils import timezone

from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

SECRET_DAYS = 30
CERTIFICATE_DAYS = 14
NOTE_EVERY = timedelta(days=1)
# A process asks the database about the certificate that it met again no sooner than after this.
LOOK_SECONDS = 3600.0
_met: dict[int, tuple[datetime, float]] = {}
_lock = threading.Lock()


class What(StrEnum):
    """What ends."""

    SECRET = "secret"  # noqa: S105
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class TenantEnding:
    """What of a tenant ends soon or has ended: when, in how many days (below 0: days ago), and what to do."""

    tenant: str
    what: What
    on: date
    days: int
    words: str


def endings_of(tenant: Tenant, now: datetime | None = None) -> list[TenantEnding]:
    """Return what of a tenant ends within SECRET_DAYS or CERTIFICATE_DAYS, or has ended. Asks nobody."""
    now = now or timezone.now()
    found = []
    if tenant.secret_ends_on and (left := (tenant.secret_ends_on - now.date()).days) <= SECRET_DAYS:
        words = (
            f"The API secret of {tenant.name} {_when(tenant.secret_ends_on, left)}. Make a new one on the platform and "
            "enter it in the settings, with the day on which that one ends; without it nothing can be sent."
        )
        found.append(TenantEnding(tenant.slug, What.SECRET, tenant.secret_ends_on, left, words))
    ends_at = tenant.certificate_ends_at
    if ends_at and ends_at - now <= timedelta(days=CERTIFICATE_DAYS):
        left = (ends_at.date() - now.date()).days
        words = (
            f"The certificate of {tenant.name}'s server {_when(ends_at.date(), left)}. Ask the platform's "
            "administrator to renew it; with an old one no connection is made and nothing can be sent."
        )
        found.append(TenantEnding(tenant.slug, What.CERTIFICATE, ends_at.date(), left, words))
    return found


def endings_read() -> list[TenantEnding]:
    """Return what ends soon of all tenants, what ends first in front; one query."""
    now = timezone.now()
    soon = Q(secret_ends_on__lte=now.date() + timedelta(days=SECRET_DAYS))
    soon |= Q(certificate_ends_at__lte=now + timedelta(days=CERTIFICATE_DAYS))
    return sorted((each for tenant in Tenant.objects.filter(soon) for each in endings_of(tenant, now)), key=_on)


def tenants_with_endings() -> QuerySet[Tenant]:
    """Return the tenants of which any end is known."""
    return Tenant.objects.filter(Q(secret_ends_on__isnull=False) | Q(certificate_ends_at__isnull=False))


def certificate_note(tenant_id: int, ends_at: datetime) -> None:
    """Keep when a server's certificate ends, as met in a handshake: at once where it is later, else once a day.

    Of several servers with one name the latest end counts within a day. Never raises.
    """
    now = time.monotonic()
    with _lock:
        latest, at = _met.get(tenant_id, (None, 0.0))
        if latest is not None and ends_at <= latest and now - at < LOOK_SECONDS:
            return
        _met[tenant_id] = (ends_at, now)
    is_due = Q(certificate_seen_at=None) | Q(certificate_seen_at__lt=timezone.now() - NOTE_EVERY)
    try:
        Tenant.objects.filter(is_due | Q(certificate_ends_at__lt=ends_at), pk=tenant_id).update(
            certificate_ends_at=ends_at, certificate_seen_at=timezone.now()
        )
    except Error as error:
        log.warning("the end of a server's certificate could not be stored: %s", error)


def certificates_forget() -> None:
    """Forget what this process has met."""
    with _lock:
        _met.clear()


def _when(day: date, left: int) -> str:
    told = f"{day:%d %B %Y}".lstrip("0")
    if left < 0:
        return f"ended on {told}"
    if left == 0:
        return f"ends today, {told}"
    return f"ends on {told}, in {left} day{'' if left == 1 else 's'}"


def _on(ending: TenantEnding) -> tuple[date, str]:
    return ending.on, ending.tenant
