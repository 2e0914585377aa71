"""A script with all that a supervisor may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from bpadmin.tenants.models import Tenant
from lists.formats.services import format_remember
from tests.api.asking import Script
from tests.lists.walking import FIELDS, SANDBOX_FIELDS


@pytest.fixture
def script(tenant: Tenant, supervisor: User) -> Script:
    """A script of a supervisor."""
    return Script(tenant, supervisor)


@pytest.fixture
def spring(tenant: Tenant, sandbox: Any) -> str:
    """An empty list whose fields are known."""
    list_id = str(sandbox.create_list("Spring", SANDBOX_FIELDS))
    format_remember(tenant=tenant, list_id=list_id, list_name="Spring", format_id="", format_name="", fields=FIELDS)
    return list_id
