"""Bright Pattern's older APIs as the registry knows them: v2, and the first one, which knows far less."""

from __future__ import annotations

from collections.abc import Mapping

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.brightpattern_legacy.form_fields import API_VERSION, CAMPAIGN, LIST, V1, V2
from bpadmin.platforms.info import Named, PlatformInfo

V1_CAPABILITIES = frozenset({Capability.SOURCES_READ, Capability.SOURCES_NAMED})
V2_CAPABILITIES = V1_CAPABILITIES | {
    Capability.CAMPAIGNS_READ,
    Capability.CAMPAIGN_STATE,
    Capability.RESULTS_READ,
    Capability.LISTS_READ,
    Capability.RECORDS_ADD,
    Capability.RECORDS_UPDATE,
    Capability.RECORDS_DELETE_ALL,
    Capability.RECORDS_READ,
    Capability.DNC_WRITE,
}


def _narrowed(credentials: Mapping[str, str]) -> frozenset[Capability]:
    return V1_CAPABILITIES if credentials.get(API_VERSION) == V1 else V2_CAPABILITIES


INFO = PlatformInfo(
    key="brightpattern_legacy",
    label="Bright Pattern (older API)",
    client=Named("bpadmin.platforms.brightpattern_legacy.client:open_older_client"),
    fields=(
        ConnectionField(
            API_VERSION,
            "Version of the API",
            choices=((V2, "v2, with a client ID and an API secret"), (V1, "v1, with a user name and a password")),
            default=V2,
            help="v1 is the one whose addresses begin with /admin/ws/t/; it only reads records.",
        ),
        ConnectionField(
            "client_id",
            "Client ID or user name",
            help="The username of the platform user this dashboard acts as.",
        ),
        ConnectionField(
            "client_secret",
            "API secret or password",
            is_secret=True,
            help="For v2 the API secret generated on that user's page in Contact Center Administrator, for v1 the "
            "user's password.",
        ),
        ConnectionField(
            "tenant_url",
            "Tenant's part of the address",
            help="For v1 only: what follows /admin/ws/t/ in the addresses of the API.",
            is_optional=True,
            needed_where=(API_VERSION, V1),
        ),
    ),
    capabilities=V2_CAPABILITIES,
    narrowed=_narrowed,
    address_help="Where people sign in to the platform, for example https://acme.brightpattern.com",
    source_fields=(
        ConnectionField(LIST, "Calling list", help="Its name, with capitals, spaces and ending, such as leads.csv."),
        ConnectionField(CAMPAIGN, "Campaign", help="The name of the campaign that dials it."),
    ),
    source_named=Named("bpadmin.platforms.brightpattern_legacy.sources:source_named"),
    goes_by_names=True,
    update_note="While the platform works updated records in, it does not dial this list in running campaigns: for a "
    "long list that can be tens of minutes. Other lists of the campaigns are dialled on.",
    delete_all_note="The call results of the list are erased with its records for good, whether they were exported or "
    "not.",
    updates_at_once=100,
)
