"""What the registry knows of a platform: how a tenant is connected, and what it offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bpadmin.platforms.base import Capability, ConnectionField, TokenStore
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.sources import Source


class ClientFactory(Protocol):
    """How a client is made from a tenant's connection; see `open_client`."""

    def __call__(
        self,
        *,
        base_url: str,
        credentials: Mapping[str, str],
        tokens: TokenStore,
        connect_timeout: float,
        read_timeout: float,
        check_url: Callable[[str], None] | None,
        patience: float,
    ) -> PlatformClient: ...


@dataclass(frozen=True, slots=True)
class PlatformInfo:
    """A platform: `fields` are the connection form's, `client` makes a client.

    `capabilities` are what every tenant has; `newer` what only some have, which `probe_capabilities` finds out, with
    the sentences that say of a tenant whether it does. `narrowed` takes from the connection fields what a tenant of
    an older version lacks. Where sources have to be named by hand, `source_fields` are what a person says of one and
    `source_named` makes it of them (ValueError with a sentence for what is none). `record_noun` is the platform's word.

    `goes_by_names`: what other platforms know by an id has a name here, and the id is `names.id_of` it. `update_note`
    and `delete_all_note` are what a person is told before records are updated, or all deleted. `updates_at_once` is
    how many records a chunk of updates may hold where each costs a request, 0 where they go together. `counts_records`
    tells that the platform says how many records a list holds.
    """

    key: str
    label: str
    client: ClientFactory
    fields: tuple[ConnectionField, ...]
    capabilities: frozenset[Capability]
    newer: frozenset[Capability] = frozenset()
    has_newer: str = ""
    lacks_newer: str = ""
    narrowed: Callable[[Mapping[str, str]], frozenset[Capability]] | None = None
    address_help: str = ""
    source_fields: tuple[ConnectionField, ...] = field(default=())
    source_named: Callable[[Mapping[str, str]], Source] | None = None
    record_noun: str = "record"
    goes_by_names: bool = False
    update_note: str = ""
    delete_all_note: str = ""
    updates_at_once: int = 0
    counts_records: bool = False

    def offered(self, credentials: Mapping[str, str]) -> frozenset[Capability]:
        """Give what a tenant with these (not secret) connection fields has, whatever its version."""
        return self.narrowed(credentials) if self.narrowed else self.capabilities
