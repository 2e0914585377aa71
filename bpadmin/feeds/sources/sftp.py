"""Files on an SFTP server whose host key is pinned."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar, cast

import asyncssh

from bpadmin.feeds.naming import Wanted
from bpadmin.feeds.sources.base import (
    CONNECT_SECONDS,
    COPY_BYTES,
    LONGEST_SECONDS,
    LOOK_SECONDS,
    MOST_ENTRIES,
    READ_SECONDS,
    Entry,
    Place,
    Setting,
    Source,
    SourceAway,
    SourceRefused,
    host_check,
    host_connect,
    moment_read,
    oldest_first,
    port_read,
)
from bpadmin.tenants.connections.host_keys import host_key_algorithms, shows_another_key

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

T = TypeVar("T")
PORT = 22
ANOTHER_KIND = (
    "{host} has no host key of the kind that is pinned, or another one. Nothing was told to it. Ask its owner whether "
    "it was changed, and enter the new one then."
)


class SftpSource(Source):
    """An SFTP server. Its host key is pinned: another one is refused before anything secret is told."""

    key = "sftp"
    label = "An SFTP server"
    help = "Files in a folder of an SSH server, with its host key pinned."
    # Opening a session and listing a folder.
    requests = 2
    settings = (
        Setting("host", "Host", is_needed=True),
        Setting("port", "Port", form="number", default="22"),
        Setting("user", "User", is_needed=True),
        Setting("folder", "Folder", "Such as /outgoing; empty for where the server begins."),
        Setting(
            "host_key",
            "Host key",
            "As its owner tells it: ssh-ed25519 AAAA… or SHA256:…. Left empty, you are told what the server shows.",
        ),
        Setting("password", "Password", form="secret"),
        Setting("private_key", "Private key", "In place of a password, as OpenSSH writes it.", form="secret_area"),
        Setting("passphrase", "Its passphrase", form="secret"),
    )

    def check(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        """Refuse a host that may not be reached, a key that cannot be read, and a host key that is not the server's."""
        kept = super().check(tenant, address, secrets)
        port = port_read(kept["port"], PORT)
        host_check(kept["host"], port)
        if not secrets.get("password") and not secrets.get("private_key"):
            raise SourceRefused("Give a password or a private key.", "password")
        if secrets.get("private_key"):
            _private_key(secrets)
        kept["host_key"] = _pinned(kept["host"], port, kept["host_key"])
        return kept

    def lacks(self, address: Mapping[str, str], secrets: Mapping[str, str]) -> tuple[str, ...]:
        """Return both ways to sign in where neither is there."""
        return () if secrets.get("password") or secrets.get("private_key") else ("password", "private_key")

    def words(self, address: Mapping[str, str]) -> str:
        """Say which server and folder."""
        return f"sftp://{address.get('host')}/{address.get('folder', '').lstrip('/')}"

    @contextmanager
    def place(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Place]:
        """Connect, to the pinned host key alone."""
        host, port = address["host"], port_read(address.get("port", ""), PORT)
        with host_connect(host, port) as reached, asyncio.Runner() as runner:
            try:
                connection = _run(runner, host, _connect(reached, address, secrets))
            except SourceAway as away:
                pinned = asyncssh.import_public_key(address["host_key"])
                if isinstance(away.__cause__, asyncssh.ConnectionLost | ConnectionError) and shows_another_key(
                    host, port, pinned, seconds=CONNECT_SECONDS
                ):
                    raise SourceAway(ANOTHER_KIND.format(host=host)) from away
                raise
            try:
                # A name in another encoding must not hide all others.
                client = _run(runner, host, connection.start_sftp_client(path_errors="surrogateescape"))
                yield ServerPlace(runner, client, host, address.get("folder", ""))
            finally:
                connection.abort()


async def _connect(
    reached: socket.socket, address: Mapping[str, str], secrets: Mapping[str, str]
) -> asyncssh.SSHClientConnection:
    key = asyncssh.import_public_key(address["host_key"])
    keys = [_private_key(secrets)] if secrets.get("private_key") else []
    return await asyncssh.connect(
        sock=reached,
        username=address["user"],
        password=secrets.get("password") or None,
        client_keys=keys,
        # The key that was pinned and no other, no certificate, and nothing of whose account this runs in.
        known_hosts=([key], [], []),
        server_host_key_algs=host_key_algorithms(key),
        config=None,
        agent_path=None,
        x509_trusted_certs=None,
        connect_timeout=CONNECT_SECONDS,
        login_timeout=READ_SECONDS,
    )


async def _awaited(what: Awaitable[T]) -> T:
    return await what


def _run(runner: asyncio.Runner, host: str, what: Awaitable[T], seconds: float = LOOK_SECONDS) -> T:
    try:
        return runner.run(asyncio.wait_for(_awaited(what), seconds))
    except asyncssh.HostKeyNotVerifiable as error:
        raise SourceAway(
            f"{host} shows another host key than the one that is pinned. Nothing was told to it. Ask its owner whether "
            "it was changed, and enter the new one then."
        ) from error
    except asyncssh.KeyExchangeFailed as error:
        raise SourceAway(ANOTHER_KIND.format(host=host)) from error
    except asyncssh.PermissionDenied as error:
        raise SourceAway(f"{host} refuses the user: look at the name, the password or the key.") from error
    except (asyncssh.Error, asyncssh.SFTPError) as error:
        raise SourceAway(f"{host} refuses: {error.reason or type(error).__name__}.") from error
    except (OSError, TimeoutError) as error:
        raise SourceAway(f"{host} cannot be reached, or it stopped in the middle.") from error


def _private_key(secrets: Mapping[str, str]) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(secrets["private_key"], secrets.get("passphrase") or None)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise SourceRefused(f"The private key cannot be read: {error}", "private_key") from error


def _pinned(host: str, port: int, said: str) -> str:
    """Return the host key to pin, as OpenSSH writes it. Raises SourceRefused with the one that the server shows."""
    words = said.split()
    text = next((f"{kind} {key}" for kind, key in pairwise(words) if key.startswith("AAAA")), "")
    if text:
        try:
            return _written(asyncssh.import_public_key(text))
        except asyncssh.KeyImportError as error:
            raise SourceRefused(f"This is no host key: {error}", "host_key") from error
    if said and not said.startswith("SHA256:"):
        raise SourceRefused("Write the host key like ssh-ed25519 AAAA… or SHA256:….", "host_key")
    try:
        with host_connect(host, port) as reached, asyncio.Runner() as runner:
            key = _run(runner, host, asyncssh.get_server_host_key(sock=reached, config=None), CONNECT_SECONDS)
    except SourceAway as away:
        raise SourceRefused(str(away), "host") from away
    if key is None:
        raise SourceRefused(f"{host} shows no host key.", "host_key")
    if said == key.get_fingerprint():
        return _written(key)
    told = f"{host} shows {key.get_algorithm()} {key.get_fingerprint()}."
    if said:
        raise SourceRefused(f"{told} That is not the one you entered.", "host_key")
    raise SourceRefused(f"{told} Compare it with what its owner says, and enter it if it is the same.", "host_key")


def _written(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode("ascii").strip()


class ServerPlace(Place):
    """The server's folder, open."""

    def __init__(self, runner: asyncio.Runner, client: asyncssh.SFTPClient, host: str, folder: str) -> None:
        self.runner, self.client, self.host, self.folder = runner, client, host, folder.rstrip("/")

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Return the plain files that are meant."""
        return oldest_first(self._run(self._entries(wanted)))

    async def _entries(self, wanted: Wanted) -> list[Entry]:
        found = []
        seen = 0
        # A generator that is left open would ask to close the folder when the connection is gone, and wait for ever.
        listing = cast(AsyncGenerator[asyncssh.SFTPName, None], self.client.scandir(self.folder or "."))
        async with aclosing(listing):
            async for each in listing:
                seen += 1
                if seen > MOST_ENTRIES:
                    raise SourceAway(f"More than {MOST_ENTRIES:,} files lie in that folder. Name another one.")
                name, state = str(each.filename), each.attrs
                if wanted.fits(name) and state.type == asyncssh.FILEXFER_TYPE_REGULAR:
                    found.append(Entry(name, state.size, moment_read(state.mtime), str(state.mtime or "")))
        return found

    def has(self, name: str) -> bool:
        """Look for a file."""
        return self._run(self.client.isfile(self._path(name)))

    def fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        """Read it in pieces."""
        _run(self.runner, self.host, self._fetch(entry, sink), LONGEST_SECONDS)

    async def _fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        async with self.client.open(self._path(entry.name), "rb") as file:
            while data := await asyncio.wait_for(file.read(COPY_BYTES), READ_SECONDS):
                sink(data if isinstance(data, bytes) else data.encode())

    def _run(self, what: Awaitable[T]) -> T:
        return _run(self.runner, self.host, what)
