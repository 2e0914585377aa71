"""Fixtures of the upload pages: a list on the sandbox, its fields unknown or known."""

from __future__ import annotations

from typing import Any

import pytest

from lists.formats.services import format_remember
from tests.lists.walking import FIELDS, SANDBOX_FIELDS


@pytest.fixture
def list_id(sandbox: Any) -> str:
    """An empty list whose fields bpadmin does not know yet."""
    return sandbox.create_list("Spring", SANDBOX_FIELDS)


@pytest.fixture
def known_list(tenant: Any, list_id: str) -> str:
    """The same list, its fields known."""
    format_remember(tenant=tenant, list_id=list_id, list_name="Spring", format_id="", format_name="", fields=FIELDS)
    return list_id
