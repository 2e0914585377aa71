"""Addresses as they stand in what leaves this server."""

from __future__ import annotations

from django.conf import settings


def absolute(path: str) -> str:
    """Return the whole address of a page; "" where nobody said by which address people open bpadmin."""
    base = str(settings.PUBLIC_ADDRESS).rstrip("/")
    return f"{base}{path}" if base and path else ""
