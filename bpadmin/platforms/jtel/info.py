"""jtel as the registry knows it."""

from __future__ import annotations

from collections.abc import Mapping

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.info import CsvForm, Named, PlatformInfo, UploadTerms
from bpadmin.platforms.jtel.record_rules import OLDER, RECENT, RELEASE, ContactRules, contact_fields

CAPABILITIES = frozenset(
    {
        Capability.CAMPAIGNS_READ,
        Capability.CAMPAIGN_FIELDS,
        Capability.CAMPAIGN_SEARCH,
        Capability.CAMPAIGN_CLONE,
        Capability.CAMPAIGN_DELETE,
        Capability.RESULT_CODES,
        Capability.SOURCES_READ,
        Capability.RECORDS_ADD,
        Capability.RECORDS_RESET,
        Capability.CONTACTS_DELETE,
        Capability.CONTACTS_FIND,
    }
)
UPLOADS = UploadTerms(
    noun="campaign",
    ways={
        "add": (
            "Add",
            "Every row becomes a new contact, also where the campaign has the very same one already: then it is there "
            "twice, and is called twice.",
        ),
        "upsert": (
            "Add or update",
            "A row whose UserData a contact has already overwrites that contact; any other becomes a new one. Every "
            "row needs its UserData. The vendor's page does not say that only contacts of this campaign are "
            "overwritten: one of another campaign may be, and belong to this one then. Use UserData that is unique "
            "over all campaigns.",
        ),
    },
    keyed_ways=frozenset({"upsert"}),
    rows_a_call=1,
    is_looked_up=True,
    note="jtel takes one contact a call, so that a long file takes its time: about as many rows a second as the tenant "
    "has requests at once, divided by the seconds that each takes.",
)


def _narrowed(credentials: Mapping[str, str]) -> frozenset[Capability]:
    is_older = credentials.get(RELEASE) == OLDER
    return CAPABILITIES - {Capability.RECORDS_RESET} if is_older else CAPABILITIES


INFO = PlatformInfo(
    key="jtel",
    label="jtel",
    client=Named("bpadmin.platforms.jtel.client:JtelClient"),
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
        ConnectionField(
            RELEASE,
            "Release of jtel",
            is_optional=True,
            choices=((RECENT, "3.19 or newer"), (OLDER, "older than 3.19")),
            default=RECENT,
            help="Older releases keep shorter texts, and cannot begin the dialling of a contact anew.",
        ),
    ),
    capabilities=CAPABILITIES,
    narrowed=_narrowed,
    address_help="The REST API's server with its port, for example https://jtel.example.com:8443",
    record_noun="contact",
    record_rules=ContactRules,
    record_fields=contact_fields,
    uploads=UPLOADS,
    csv_form=CsvForm("CSV as jtel imports it (semicolons, its own column names)"),
)
