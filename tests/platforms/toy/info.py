"""A toy platform as the registry would know it."""

from __future__ import annotations

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.info import PlatformInfo
from tests.platforms.toy.client import ToyClient

INFO = PlatformInfo(
    key="toy",
    label="Toy dialler",
    client=ToyClient,
    fields=(
        ConnectionField("team", "Team"),
        ConnectionField("key", "Key", is_secret=True),
    ),
    capabilities=frozenset({Capability.SOURCES_READ}),
    address_help="Where the toy is, for example https://toy.example.com",
    record_noun="call",
)
