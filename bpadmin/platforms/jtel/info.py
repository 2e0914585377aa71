"""jtel as the registry knows it."""

from __future__ import annotations

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.info import PlatformInfo
from bpadmin.platforms.jtel.client import JtelClient

INFO = PlatformInfo(
    key="jtel",
    label="jtel",
    client=JtelClient,
    fields=(
        ConnectionField(
            "clients_id",
            "Client ID (ClientsID)",
            help="The number of the client account, which is in every address of the API.",
        ),
        ConnectionField(
            "token",
            "Token",
            is_secret=True,
            help="Made in the jtel portal. Making it anew there ends the old one at once.",
        ),
    ),
    capabilities=frozenset(
        {
            Capability.CAMPAIGNS_READ,
            Capability.CAMPAIGN_FIELDS,
            Capability.CAMPAIGN_SEARCH,
            Capability.CAMPAIGN_CLONE,
            Capability.CAMPAIGN_DELETE,
            Capability.RESULT_CODES,
            Capability.SOURCES_READ,
        }
    ),
    address_help="The REST API's server with its port, for example https://jtel.example.com:8443",
    record_noun="contact",
)
