"""The key of a record in an address, with which its page is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from lists.records.fields import RecordFields
from lists.records.services import key_of

if TYPE_CHECKING:
    from bpadmin.platforms.types import Record
    from bpadmin.tenants.models import Tenant

KEY = "k."


def key_query(key: Mapping[str, Any]) -> str:
    """Write a key as a query string, with which a record's page is opened."""
    return "?" + urlencode({f"{KEY}{name}": value for name, value in key.items()})


def key_read(given: Mapping[str, str]) -> dict[str, str]:
    """Read a key from a query string; fields without a value are left out."""
    return {
        name.removeprefix(KEY): value.strip() for name, value in given.items() if name.startswith(KEY) and value.strip()
    }


def record_url(tenant: Tenant, list_id: str, key: Mapping[str, str]) -> str:
    """Return the address of a record's page."""
    return reverse("lists:record", args=[tenant.slug, list_id]) + key_query(key)


def record_url_of(tenant: Tenant, list_id: str, record: Record, fields: RecordFields) -> str:
    """Return the address of the page of a record that was read, "" where its key is not known."""
    key = key_of(record.entry, fields)
    return record_url(tenant, list_id, key) if key else ""
