"""A dialler that runs for hours within a second, read by ours meanwhile: both clocks go on together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from bpadmin.results.models import ResultSource
from bpadmin.results.reading.turns import tenant_read
from bpadmin.tenants.models import Tenant

FIELDS = [
    {"name": "id", "type": "ACCOUNT", "key": True},
    {"name": "phone", "type": "PHONE", "phone_type": "OTHER"},
    {"name": "name", "type": "OTHER"},
]


def people(count: int, start: int = 0) -> list[dict[str, str]]:
    """Make records up."""
    return [{"id": f"P{n:05d}", "phone": f"4930{n:07d}", "name": f"Person {n}"} for n in range(start, start + count)]


class Days:
    """The clocks of the sandbox and of ours, moved on together."""

    def __init__(self, sandbox: Any, monkeypatch: Any, tenant: Tenant) -> None:
        self.sandbox, self.tenant = sandbox, tenant
        self.ahead = timedelta()
        monkeypatch.setattr(timezone, "now", self.now)

    def now(self) -> datetime:
        """Return what our clock shows."""
        return datetime.now(UTC) + self.ahead

    def on(self, span: timedelta) -> None:
        """Let time pass; the dialler dials on as it is looked at."""
        self.sandbox.advance(span.total_seconds())
        self.ahead += span
        cache.clear()

    def until(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        self.on(moment - self.now())

    def read(self, seconds: float = 30.0) -> int:
        """Read what is due."""
        return tenant_read(tenant=self.tenant, seconds=seconds, heeds_budget=False)

    def truth(self, campaign_id: str) -> list[dict[str, Any]]:
        """Return every attempt that the dialler ever made in a campaign, oldest first."""
        return sorted(self.sandbox.lines(f"dump/attempts/{campaign_id}"), key=lambda each: each["moment"])


def moments(attempts: Sequence[dict[str, Any]]) -> list[datetime]:
    """Return the times of attempts as they are dumped."""
    return [datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=each["moment"]) for each in attempts]


def source_of(tenant: Tenant, campaign_id: str) -> ResultSource:
    """Return the one source of a campaign."""
    return ResultSource.objects.get(tenant=tenant, campaign_id=campaign_id)
