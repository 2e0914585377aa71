"""What every kind of source has: settings, a check of them, and a place that is looked at and fetched from."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from bpadmin.feeds.naming import Wanted
from bpadmin.tenants.connections import addresses
from bpadmin.tenants.connections.addresses import AddressRefused

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
# A look at what is there, and a whole file, however slowly they drip.
LOOK_SECONDS = 120.0
LONGEST_SECONDS = 3600.0
COPY_BYTES = 1024 * 1024
# A folder with more is no inbox: nobody wants it read every five minutes.
MOST_ENTRIES = 5000


class SourceRefused(ValueError):
    """The settings of a source cannot be; the message is a sentence, `field` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class SourceAway(Exception):
    """A source cannot be read now; the message says why, and what to do. Nothing was taken."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a source. `form` is text, number, area (several lines) or secret (kept encrypted)."""

    name: str
    label: str
    help: str = ""
    form: str = "text"
    is_needed: bool = False
    default: str = ""

    @property
    def is_secret(self) -> bool:
        """Return whether it is kept encrypted and never shown."""
        return self.form in ("secret", "secret_area")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as the source lists it. `mark` changes when its contents do, as far as the source tells; `place` is its
    own way to name it."""

    name: str
    size: int | None = None
    modified: datetime | None = None
    mark: str = ""
    place: Any = None


class Place:
    """A source that is open: looked at, and fetched from."""

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Return the files that are meant, oldest first. Raises SourceAway."""
        raise TypeError(f"{type(self).__name__} must implement entries()")

    def has(self, name: str) -> bool:
        """Return whether there is a file of exactly this name. Raises SourceAway."""
        raise TypeError(f"{type(self).__name__} must implement has()")

    def fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        """Hand the whole file over in pieces. Raises SourceAway."""
        raise TypeError(f"{type(self).__name__} must implement fetch()")


class Source:
    """One kind of source. `requests` are those of one look, as far as nothing is fetched."""

    key = ""
    label = ""
    help = ""
    icon = "upload"
    settings: tuple[Setting, ...] = ()
    requests = 1

    def check(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they are kept. Raises SourceRefused and SourceAway."""
        for each in self.settings:
            there = secrets if each.is_secret else address
            if each.is_needed and not there.get(each.name, "").strip():
                raise SourceRefused(f"{each.label} is needed.", each.name)
        return {each.name: address.get(each.name, "").strip() for each in self.settings if not each.is_secret}

    def lacks(self, address: Mapping[str, str], secrets: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of secrets without which it cannot be read; where there are several, one is enough."""
        return tuple(
            each.name for each in self.settings if each.is_secret and each.is_needed and not secrets.get(each.name)
        )

    def words(self, address: Mapping[str, str]) -> str:
        """Say where it is, without anything secret."""
        return ""

    def place(
        self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]
    ) -> Any:  # a context manager of Place
        """Open it. Raises SourceAway."""
        raise TypeError(f"{type(self).__name__} must implement place()")


def port_read(text: str, default: int) -> int:
    """Return a port. Raises SourceRefused."""
    if not text:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SourceRefused(f"“{text}” is no port: 1 to 65535.", "port")
    return int(text)


def host_check(host: str, port: int) -> None:
    """Refuse a host that may not be reached, by the same rules as a tenant's address. Raises SourceRefused."""
    try:
        addresses.host_check(host, port)
    except AddressRefused as refused:
        raise SourceRefused(str(refused), "host") from refused


def host_connect(host: str, port: int) -> socket.socket:
    """Connect to a host, at the address that was checked. Raises SourceAway."""
    try:
        return addresses.host_connect(host, port, CONNECT_SECONDS)
    except AddressRefused as refused:
        raise SourceAway(str(refused)) from refused
    except OSError as error:
        raise SourceAway(f"{host} cannot be reached: {error.strerror or error}.") from error


def moment_read(seconds: float | None) -> datetime | None:
    """Return a time that a server tells in seconds, None where it is none."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


@contextmanager
def away_as(host: str, *errors: type[BaseException]) -> Iterator[None]:
    """Turn what a library raises into SourceAway, with the first line of what it said."""
    try:
        yield
    except errors as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise SourceAway(f"{host} cannot be read: {said.rstrip('.')}.") from error


def pieces(file: BinaryIO, sink: Callable[[bytes], Any]) -> None:
    """Hand a file over in pieces."""
    while data := file.read(COPY_BYTES):
        sink(data)


def oldest_first(entries: list[Entry]) -> list[Entry]:
    """Order files by their time, then by their name."""
    return sorted(entries, key=lambda each: (each.modified.timestamp() if each.modified else 0.0, each.name))
