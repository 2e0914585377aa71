"""Conpeek as the registry knows it."""

from __future__ import annotations

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.conpeek.client import NEWER, ConpeekClient
from bpadmin.platforms.conpeek.sources import source_named
from bpadmin.platforms.info import PlatformInfo

INFO = PlatformInfo(
    key="conpeek",
    label="Conpeek",
    client=ConpeekClient,
    fields=(ConnectionField("key", "Key", is_secret=True, help="The API key, without anything before it."),),
    capabilities=frozenset({Capability.SOURCES_READ, Capability.SOURCES_NAMED}),
    newer=NEWER,
    has_newer="Requests can be added, put back into dialling, and looked up over several voice campaigns.",
    lacks_newer="This server lets requests of voice campaigns be read, but not added, put back into dialling or looked "
    "up over several campaigns.",
    address_help="The address of your Conpeek server's API, for example https://api-acme.cloud.conpeek.com",
    source_fields=(
        ConnectionField(
            "voice_campaign_id",
            "ID of the voice campaign",
            help="As Conpeek shows it, such as 5b7c389fe8df7b60af688989.",
        ),
    ),
    source_named=source_named,
    record_noun="request",
)
