"""Where what an act or an entry is about has its page."""

from __future__ import annotations

from typing import Protocol

from django.urls import NoReverseMatch, reverse

from bpadmin.tenants.models import Tenant

TARGET_PAGES = {
    "campaign": "campaigns:detail",
    "list": "lists:detail",
    "dnc": "dnc:by_id",
    "job": "jobs:detail",
    "source": "records:browse",
}


class Targeted(Protocol):
    """An act, or an entry of the log."""

    @property
    def target_kind(self) -> str:
        """What it is about: campaign, list, …"""

    @property
    def target_id(self) -> str:
        """Its id."""


def target_url(tenant: Tenant | None, entry: Targeted) -> str:
    """Return the address of what an entry is about, "" where it has no page of its own."""
    try:
        return reverse(TARGET_PAGES[entry.target_kind], args=[tenant.slug, entry.target_id]) if tenant else ""
    except (KeyError, NoReverseMatch):
        return ""
