"""What another app knows of a source: a calling list has fields, keys, campaigns, and pages for its records.

That app says so when it is ready, since this one stands below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from bpadmin.extensions import ExtensionPoint
from bpadmin.platforms.sources import Source, SourceColumn
from bpadmin.platforms.types import Record

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant


class Behind(Protocol):
    """The list behind a source; `can_open` tells whether its records have pages of their own."""

    @property
    def list_id(self) -> str:
        """The list's id."""

    @property
    def can_open(self) -> bool:
        """Return whether its records have pages of their own."""

    @property
    def columns(self) -> list[SourceColumn]:
        """Return the list's known fields as columns."""

    @property
    def key_names(self) -> Sequence[str]:
        """Return the names of its key fields, as far as they are known."""

    @property
    def is_keyless(self) -> bool:
        """Return whether its records cannot be opened in the list, since its key is not known here."""

    def record_url(self, record: Record) -> str:
        """Return the page on which the record can be changed, "" where its key is not known."""

    def tabs(self, source: Source) -> Sequence[tuple[str, str, bool]]:
        """Return the campaigns of the list: name, address of its records there, and whether that is this source."""


class Finder(Protocol):
    """Finds what is behind a source, or None; raises PlatformError."""

    def __call__(self, *, tenant: Tenant, source: Source, client: PlatformClient) -> Behind | None:
        """Find it."""


list_links: ExtensionPoint[Finder] = ExtensionPoint()
"""Who knows the calling list that a source of records is."""


def behind_of(*, tenant: Tenant, source: Source, client: PlatformClient) -> Behind | None:
    """Return what is behind a source, None where nobody knows of anything. Raises PlatformError."""
    found = (finder(tenant=tenant, source=source, client=client) for finder in list_links)
    return next((behind for behind in found if behind is not None), None)
