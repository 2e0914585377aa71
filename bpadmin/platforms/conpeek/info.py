"""Conpeek as the registry knows it."""

from __future__ import annotations

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.conpeek.groups import NEWER
from bpadmin.platforms.conpeek.hooks import EVENTS, news_read
from bpadmin.platforms.conpeek.record_rules import RequestRules, request_fields
from bpadmin.platforms.info import Named, NewerGroup, PlatformInfo, UploadTerms

UPLOADS = UploadTerms(
    noun="campaign",
    ways={
        "add": (
            "Add",
            "Every row becomes a new request, which is called. Rows whose number waits to be called already are shown "
            "by the check, and you say whether they are sent.",
        )
    },
    rows_a_call=1,
    is_looked_up=True,
    is_ours=True,
    finds_by_id=True,
    finds_open=True,
    note="Conpeek takes one request a call. How requests are added is known from a public adapter and from the shape "
    "of its webhooks, not from a page of the vendor's: try it with a few rows first.",
)

INFO = PlatformInfo(
    key="conpeek",
    label="Conpeek",
    client=Named("bpadmin.platforms.conpeek.client:ConpeekClient"),
    fields=(ConnectionField("key", "Key", is_secret=True, help="The API key, without anything before it."),),
    capabilities=frozenset({Capability.SOURCES_READ, Capability.SOURCES_NAMED, Capability.RESULTS_SENT}),
    groups=(
        NewerGroup(
            "Requests added and called again",
            NEWER,
            "Requests can be added, put back into dialling, and looked up over several voice campaigns.",
            "This server lets requests of voice campaigns be read, but not added, put back into dialling or looked "
            "up over several campaigns.",
        ),
    ),
    address_help="The address of your Conpeek server's API, for example https://api-acme.cloud.conpeek.com",
    source_fields=(
        ConnectionField(
            "voice_campaign_id",
            "ID of the voice campaign",
            help="As Conpeek shows it, such as 5b7c389fe8df7b60af688989.",
        ),
    ),
    source_named=Named("bpadmin.platforms.conpeek.sources:source_named"),
    record_noun="request",
    record_rules=RequestRules,
    record_fields=request_fields,
    uploads=UPLOADS,
    news_read=news_read,
    news_events=EVENTS,
)
