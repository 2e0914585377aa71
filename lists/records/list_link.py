"""The calling list that a source of records is, where it is one: its fields, campaigns, and pages of its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from bpadmin.dialler.catalogue import list_read
from bpadmin.platforms.base import Capability
from bpadmin.platforms.sources import Source, SourceColumn
from bpadmin.platforms.types import CallingList, ListUse, Record
from bpadmin.tenants.connections.capabilities import capabilities_known
from lists.records.columns import columns_known
from lists.records.fields import RecordFields, record_fields_learn
from lists.records.keys import record_url_of
from lists.records.services import use_places

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class ListBehind:
    """What is known here of the list, as `records.behind.Behind` asks; `places` are its uses, with campaigns' names."""

    tenant: Tenant
    list_id: str
    name: str
    fields: RecordFields
    places: tuple[tuple[ListUse, str], ...] = ()
    can_open: bool = True

    @property
    def columns(self) -> list[SourceColumn]:
        """Return the list's known fields as columns."""
        return columns_known(self.fields)

    @property
    def key_names(self) -> tuple[str, ...]:
        """Return the names of its key fields, as far as they are known."""
        return tuple(spec.name for spec in self.fields.keys)

    @property
    def is_keyless(self) -> bool:
        """Return whether its records cannot be opened in the list, since its key is not known here."""
        return self.can_open and not self.fields.keys

    def record_url(self, record: Record) -> str:
        """Return the page on which the record can be changed, "" where its key is not known."""
        return record_url_of(self.tenant, self.list_id, record, self.fields) if self.can_open else ""

    def tabs(self, source: Source) -> list[tuple[str, str, bool]]:
        """Return the campaigns of the list: name, address of its records there, and whether that is this source."""
        if len(self.places) < 2:
            return []
        return [
            (
                place,
                reverse("lists:browse", args=[self.tenant.slug, self.list_id, use.campaign_id, use.instance_id]),
                (use.campaign_id, use.instance_id) == (source.group_id, source.instance_id),
            )
            for use, place in self.places
            if use.has_page
        ]


def list_behind(*, tenant: Tenant, source: Source, client: PlatformClient) -> ListBehind | None:
    """Return what is known of the list that a source is; its fields are learnt from its records where nothing is.

    None where it is no list, or where this tenant's lists have no pages here. Raises PlatformError.
    """
    held = capabilities_known(tenant)
    if not source.list_id or Capability.LISTS_READ not in held:
        return None
    found: CallingList | None = list_read(tenant, source.list_id).value
    fields = record_fields_learn(tenant=tenant, list_id=source.list_id, client=client, calling_list=found)
    places = use_places(client, found.campaigns or ()) if found else []
    can_open = Capability.RECORDS_READ in held
    return ListBehind(tenant, source.list_id, found.name if found else source.name, fields, tuple(places), can_open)
