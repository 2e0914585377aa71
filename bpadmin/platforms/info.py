"""What the registry knows of a platform: how a tenant is connected, and what it offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from bpadmin.platforms.base import Capability, ConnectionField, TokenStore
from bpadmin.platforms.record_rules.rules import RecordRules
from bpadmin.platforms.results import ResultNews
from bpadmin.platforms.sources import Source
from bpadmin.platforms.types import Campaign, FieldSpec, ListBinding

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.http.route import Route


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
        route: Route,
    ) -> PlatformClient: ...


@dataclass(frozen=True, slots=True)
class Named:
    """Calls a class or function that is named as "package.module:name" and imported when it is called first.

    Most commands and many pages speak with no platform, and what a client imports takes half as long as Django.
    """

    path: str

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call it."""
        return self.named(*arguments, **named)

    @property
    def named(self) -> Any:
        """Import what is named."""
        module, _, name = self.path.partition(":")
        return getattr(import_module(module), name)


class RulesFactory(Protocol):
    """How a platform's rules for records are made for these fields; see `record_rules.rules.RecordRules`."""

    def __call__(
        self,
        fields: Sequence[FieldSpec],
        *,
        is_partial: bool = False,
        keeps_empty: bool = False,
        takes_iso_dates: bool = False,
        date_order: str = "",
        unguard: Callable[[str, bool], str] | None = None,
    ) -> RecordRules: ...


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """How files go into what a platform has for them, which is a `noun` of its words.

    `ways` are what can be done with rows: the name ("add", "update", "upsert", "replace") with a label and a sentence,
    {} where all four are offered in the common words. `keyed_ways` are those in which the key fields of
    `PlatformInfo.record_fields` count. `rows_a_call` bounds how many rows go in one request, 0 where the tenant says.
    `is_looked_up`: after a lost answer `count_added` tells whether records are there; `is_ours` that it counts none
    which was there before. `note` is said before anything is sent. `finds_by_id`: targets are not listed, but known by
    their ids. `finds_open`: `open_numbers` tells which numbers wait to be called there already.
    """

    noun: str = "list"
    ways: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    keyed_ways: frozenset[str] = frozenset()
    rows_a_call: int = 0
    is_looked_up: bool = False
    is_ours: bool = False
    finds_by_id: bool = False
    finds_open: bool = False
    note: str = ""

    def fields_for(self, fields: Sequence[FieldSpec], way: str) -> tuple[FieldSpec, ...]:
        """Return fields as they count in one of the ways: keys are none where the platform pays them no heed."""
        if not self.keyed_ways or way in self.keyed_ways:
            return tuple(fields)
        return tuple(replace(spec, key=False) if spec.key else spec for spec in fields)


@dataclass(frozen=True, slots=True)
class CsvForm:
    """The CSV that a platform's own import takes: `label` says so, texts quoted, `times` is how these are written."""

    label: str
    delimiter: str = ";"
    times: str = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class NewerGroup:
    """Capabilities that a tenant has together or not at all, with a sentence for either."""

    name: str
    capabilities: frozenset[Capability]
    has: str
    lacks: str

    def sentence(self, held: frozenset[Capability]) -> str:
        """Say whether a tenant that offers `held` has it."""
        return self.has if held >= self.capabilities else self.lacks


@dataclass(frozen=True, slots=True)
class PlatformInfo:
    """A platform: `fields` are the connection form's, `client` makes a client.

    `capabilities` are what every tenant has; `groups` what only some have, which `probe_capabilities` finds out.
    `narrowed` takes from the connection fields what a tenant of an older version lacks. Where sources have to be named
    by hand, `source_fields` are what a person says of one and `source_named` makes it of them (ValueError with a
    sentence for what is none). `record_noun` is the platform's word.

    `goes_by_names`: what other platforms know by an id has a name here, and the id is `names.id_of` it. `update_note`
    and `delete_all_note` are what a person is told before records are updated, or all deleted. `updates_at_once` is
    how many records a chunk of updates may hold where each costs a request, 0 where they go together. `counts_records`
    tells that the platform says how many records a list holds. `source_of_binding` makes the source that a list in a
    campaign is, where each campaign has to be read for its lists.

    `record_rules` check the rows of a file. `record_fields` gives the fields that all records have, by the connection
    fields, where they are not each list's own. `uploads` says how files go in. `csv_form` is the platform's own kind of
    file, as which its records can be exported.

    `news_read` reads what the platform sends to an address of ours (Capability.RESULTS_SENT): None for what tells
    nothing of results, Misshapen for what is not the platform's; `news_events` are its words for what is of use.
    """

    key: str
    label: str
    client: ClientFactory
    fields: tuple[ConnectionField, ...]
    capabilities: frozenset[Capability]
    groups: tuple[NewerGroup, ...] = ()
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
    source_of_binding: Callable[[Campaign, ListBinding], Source] | None = None
    record_rules: RulesFactory = RecordRules
    record_fields: Callable[[Mapping[str, str]], tuple[FieldSpec, ...]] | None = None
    uploads: UploadTerms = field(default_factory=UploadTerms)
    csv_form: CsvForm | None = None
    news_read: Callable[[bytes], ResultNews | None] | None = None
    news_events: tuple[str, ...] = ()

    @property
    def newer(self) -> frozenset[Capability]:
        """Return all that only some tenants have."""
        return frozenset[Capability]().union(*(group.capabilities for group in self.groups))

    def offered(self, credentials: Mapping[str, str]) -> frozenset[Capability]:
        """Return what a tenant with these (not secret) connection fields has, whatever its version."""
        return self.narrowed(credentials) if self.narrowed else self.capabilities
