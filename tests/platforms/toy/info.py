"""A toy platform as the registry would know it."""

from __future__ import annotations

from collections.abc import Mapping

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.info import PlatformInfo, UploadTerms
from bpadmin.platforms.types import FieldSpec, FieldType
from tests.platforms.toy.client import ToyClient


def person_fields(credentials: Mapping[str, str]) -> tuple[FieldSpec, ...]:
    """Return what can be said of a person."""
    return (
        FieldSpec("who", FieldType.LAST_NAME, required=True),
        FieldSpec("number", FieldType.PHONE, phone_type="US_CANADA", required=True),
    )


INFO = PlatformInfo(
    key="toy",
    label="Toy dialler",
    client=ToyClient,
    fields=(
        ConnectionField("team", "Team"),
        ConnectionField("key", "Key", is_secret=True),
    ),
    capabilities=frozenset({Capability.SOURCES_READ, Capability.LISTS_READ, Capability.RECORDS_ADD}),
    address_help="Where the toy is, for example https://toy.example.com",
    record_noun="call",
    counts_records=True,
    record_fields=person_fields,
    uploads=UploadTerms(noun="round", ways={"add": ("Add", "Every row becomes a person who is called.")}),
)
