"""Fixtures of reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bpadmin.tenants.models import Tenant
from tests.notifications.conftest import mailbox  # noqa: F401 - the mail server that takes what is sent
from tests.results.dialling import FIELDS, Days, people


@pytest.fixture
def days(sandbox: Any, monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> Days:
    """Time that a test moves on, for the sandbox and for us."""
    return Days(sandbox, monkeypatch, tenant)


@pytest.fixture
def dialled(sandbox: Any, days: Days) -> str:
    """A campaign that was dialled for a while, with its results read."""
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.5)
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=people(80))
    days.on(timedelta(minutes=10))
    days.read()
    days.on(timedelta(seconds=61))
    days.read()
    return str(campaign)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """The tenant's own folder in the one that the operator allows for reports."""
    settings.REPORT_FOLDER = str(tmp_path / "allowed")
    (tmp_path / "allowed" / "acme").mkdir(parents=True)
    return tmp_path / "allowed" / "acme"


@pytest.fixture
def names() -> Callable[[Path], list[str]]:
    """List the files of a folder."""
    return lambda path: sorted(each.name for each in path.rglob("*") if each.is_file())
