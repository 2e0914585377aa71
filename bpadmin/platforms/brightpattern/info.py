"""Bright Pattern as the registry knows it: List Management API v3.0, and what newer tenants have on the same path."""

from __future__ import annotations

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.info import PlatformInfo

# The rest came with later versions of the API: `probe_capabilities` tells whether a tenant has it.
NEWER = frozenset({Capability.DNC_READ, Capability.DNC_LISTS_MANAGE, Capability.DNC_BIND})

INFO = PlatformInfo(
    key="brightpattern",
    label="Bright Pattern",
    client=BrightPatternClient,
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
    newer=NEWER,
    counts_records=True,
    has_newer="Do Not Call lists can be read back from the tenant, created, and bound to campaigns.",
    lacks_newer="This tenant's version of the platform does not let Do Not Call lists be read back, created or bound "
    "from here. They can be changed, and the dashboard shows what it changed itself.",
    address_help="Where people sign in to the platform, for example https://acme.brightpattern.com",
)
