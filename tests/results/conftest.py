"""Fixtures of results."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.tenants.models import Tenant
from tests.results.dialling import Days


@pytest.fixture
def days(sandbox: Any, monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> Days:
    """Time that a test moves on, for the sandbox and for us."""
    return Days(sandbox, monkeypatch, tenant)
