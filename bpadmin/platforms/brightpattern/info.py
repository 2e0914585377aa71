"""Bright Pattern as the registry knows it: List Management API v3.0, and what newer tenants have on the same path."""

from __future__ import annotations

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.brightpattern.latest.groups import GROUPS
from bpadmin.platforms.info import Named, PlatformInfo

INFO = PlatformInfo(
    key="brightpattern",
    label="Bright Pattern",
    client=Named("bpadmin.platforms.brightpattern.client:BrightPatternClient"),
    fields=(
        ConnectionField(
            "client_id",
            "Client ID",
            help="The username of the platform user this dashboard acts as.",
        ),
        ConnectionField(
            "client_secret",
            "API secret",
            is_secret=True,
            help="Generated on that user's page in Contact Center Administrator. It is not the user's password.",
        ),
    ),
    capabilities=frozenset(
        {
            Capability.CAMPAIGNS_READ,
            Capability.CAMPAIGN_STATE,
            Capability.CAMPAIGN_START_STOP,
            Capability.RESULTS_READ,
            Capability.SOURCES_READ,
            Capability.LISTS_READ,
            Capability.LIST_CREATE,
            Capability.LIST_DELETE,
            Capability.LIST_BIND,
            Capability.RECORDS_ADD,
            Capability.RECORDS_UPDATE,
            Capability.RECORDS_DELETE,
            Capability.RECORDS_DELETE_ALL,
            Capability.RECORDS_ERASE,
            Capability.RECORDS_READ,
            Capability.DNC_WRITE,
        }
    ),
    # What came with later versions of the API: `probe_capabilities` tells whether a tenant has it.
    groups=GROUPS,
    counts_records=True,
    source_of_binding=Named("bpadmin.platforms.brightpattern.sources:source_of_binding"),
    address_help="Where people sign in to the platform, for example https://acme.brightpattern.com",
)
