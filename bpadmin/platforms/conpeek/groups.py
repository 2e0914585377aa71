"""What only newer servers of Conpeek offer."""

from __future__ import annotations

from bpadmin.platforms.base import Capability

NEWER = frozenset(
    {Capability.REQUEST_ADD, Capability.REQUEST_RECALL, Capability.REQUEST_SUMMARY, Capability.RECORDS_ADD}
)
