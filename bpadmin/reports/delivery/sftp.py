"""Delivery onto an SFTP server whose host key is known: under a temporary name, then renamed."""

from __future__ import annotations

import asyncio
import posixpath
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from bpadmin.reports.delivery.types import DeliveryFailed, DestinationRefused, Parcel, server_words
from bpadmin.tenants.connections.addresses import AddressRefused, host_check, host_connect
from bpadmin.tenants.connections.host_keys import host_key_algorithms, shows_another_key

# For all of it; below that after which a delivery is taken for left behind.
SECONDS = 300.0
LOGIN_SECONDS = 20
# For one answer of the server.
STEP_SECONDS = 60.0
PRIVATE_KEY = "-----BEGIN"
ANOTHER_KEY = (
    "The server shows another host key than the one that was given for it. Nothing was sent. Ask who runs it; if its "
    "key was changed, add the destination anew."
)


def check(said: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Return the settings as they are kept. Raises DestinationRefused."""
    import asyncssh

    kept = {name: str(said.get(name, "")).strip() for name in ("host", "user", "folder")}
    for name, words in (("host", "server"), ("user", "user")):
        if not kept[name]:
            raise DestinationRefused(f"Name the {words}.", name)
    if not secret:
        raise DestinationRefused("Give the password, or a private key.", "secret")
    if secret.lstrip().startswith(PRIVATE_KEY):
        try:
            asyncssh.import_private_key(secret)
        except asyncssh.KeyImportError as error:
            raise DestinationRefused(f"The private key cannot be read: {error}.", "secret") from error
    port = int(said.get("port") or 22)
    if not 1 <= port <= 65535:
        raise DestinationRefused("A port lies between 1 and 65535.", "port")
    try:
        host_check(kept["host"], port)
    except AddressRefused as refused:
        raise DestinationRefused(str(refused), "host") from refused
    return {**kept, "port": port, "host_key": _host_key(str(said.get("host_key", "")))}


def place(kept: Mapping[str, Any]) -> str:
    """Say where it is."""
    return f"sftp://{kept['user']}@{kept['host']}:{kept['port']}/{kept['folder']}"


def send(kept: Mapping[str, Any], secret: str, parcel: Parcel) -> str:
    """Put file and manifest there; returns where. Raises DeliveryFailed."""
    import asyncssh

    try:
        with host_connect(kept["host"], kept["port"], LOGIN_SECONDS) as reached, asyncio.Runner() as runner:
            return runner.run(asyncio.wait_for(_send(reached, kept, secret, parcel), SECONDS))
    except AddressRefused as refused:
        raise DeliveryFailed(str(refused)) from refused
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as error:
        raise DeliveryFailed(ANOTHER_KEY) from error
    except asyncssh.PermissionDenied as error:
        raise DeliveryFailed("The server refused the user, the password or the key.") from error
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.SFTPBadMessage) as error:
        raise DeliveryFailed(f"The server broke off: {server_words(error)}.", may_retry=True) from error
    except asyncssh.SFTPError as error:
        raise DeliveryFailed(
            f"The server did not take the file: {server_words(error)}.", may_retry=not isinstance(error, _lasting())
        ) from error
    except TimeoutError as error:
        raise DeliveryFailed("The server did not answer, or not in time.", may_retry=True) from error
    except (asyncssh.Error, OSError) as error:
        is_cut = isinstance(error, asyncssh.ConnectionLost | ConnectionError)
        pinned = asyncssh.import_public_key(kept["host_key"])
        if is_cut and shows_another_key(kept["host"], kept["port"], pinned, seconds=LOGIN_SECONDS):
            raise DeliveryFailed(ANOTHER_KEY) from error
        raise DeliveryFailed(
            f"The server cannot be reached, or broke off: {server_words(error)}.", may_retry=True
        ) from error


def _lasting() -> tuple[type[Exception], ...]:
    """Return what stays as it is until somebody changes something there."""
    import asyncssh

    return (
        asyncssh.SFTPPermissionDenied,
        asyncssh.SFTPNoSuchFile,
        asyncssh.SFTPNoSuchPath,
        asyncssh.SFTPNotADirectory,
        asyncssh.SFTPFileIsADirectory,
        asyncssh.SFTPInvalidFilename,
        asyncssh.SFTPOpUnsupported,
        asyncssh.SFTPWriteProtect,
    )


async def _send(reached: socket.socket, kept: Mapping[str, Any], secret: str, parcel: Parcel) -> str:
    import asyncssh

    is_key = secret.lstrip().startswith(PRIVATE_KEY)
    host_key = asyncssh.import_public_key(kept["host_key"])
    connection = await asyncssh.connect(
        sock=reached,
        username=kept["user"],
        password=None if is_key else secret,
        client_keys=[asyncssh.import_private_key(secret)] if is_key else None,
        known_hosts=([host_key], [], []),
        server_host_key_algs=host_key_algorithms(host_key),
        config=None,
        agent_path=None,
        login_timeout=LOGIN_SECONDS,
        connect_timeout=LOGIN_SECONDS,
    )
    try:
        client = await asyncio.wait_for(connection.start_sftp_client(), STEP_SECONDS)
        if kept["folder"]:
            await asyncio.wait_for(client.makedirs(kept["folder"], exist_ok=True), STEP_SECONDS)
        path = posixpath.join(kept["folder"], parcel.name)
        await _put(client, path, parcel.pieces())
        await _put(client, posixpath.join(kept["folder"], parcel.manifest_name), [parcel.manifest])
    finally:
        # All that was wanted was answered by now; a server that is gone would be waited for without an end.
        connection.abort()
    return f"Put as {path} on {kept['host']}."


async def _put(client: Any, path: str, pieces: Iterable[bytes]) -> None:
    """Write a file under a temporary name, then give it its own. Each step has its time."""
    import asyncssh

    folder, name = posixpath.split(path)
    fresh = posixpath.join(folder, f".{name}.unfinished")
    try:
        file = await asyncio.wait_for(client.open(fresh, "wb"), STEP_SECONDS)
        size = 0
        for piece in pieces:
            await asyncio.wait_for(file.write(piece), STEP_SECONDS)
            size += len(piece)
        await asyncio.wait_for(file.close(), STEP_SECONDS)
        await asyncio.wait_for(_finish(client, fresh, path, size), STEP_SECONDS)
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection):
        raise
    except asyncssh.SFTPError:
        with suppress(asyncssh.Error, OSError):
            await asyncio.wait_for(client.remove(fresh), STEP_SECONDS)
        raise


async def _finish(client: Any, fresh: str, path: str, size: int) -> None:
    """Look whether all of a file is there, as far as the server tells, and put it in the place of what is there."""
    import asyncssh

    try:
        has = (await client.stat(fresh)).size
    except asyncssh.SFTPPermissionDenied:
        has = None  # a folder that one may only put things into
    if has not in (None, size):
        raise asyncssh.SFTPFailure(f"of {size:,} bytes it has {has:,}")
    try:
        # At once, where the server can.
        await client.posix_rename(fresh, path)
    except asyncssh.SFTPOpUnsupported:
        if await client.exists(path):
            await client.remove(path)
        await client.rename(fresh, path)


def _host_key(text: str) -> str:
    """Return a public key as `ssh-keyscan` or a file in /etc/ssh has it. Raises DestinationRefused."""
    import asyncssh

    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    words = lines[0].split() if lines else []
    # A line of ssh-keyscan names the server first.
    if len(words) > 2 and not words[0].startswith(("ssh-", "ecdsa-")):
        words = words[1:]
    key = " ".join(words[:2])
    try:
        asyncssh.import_public_key(key)
    except asyncssh.KeyImportError as error:
        raise DestinationRefused(
            "Give the server's public host key, such as “ssh-ed25519 AAAA…”: ask who runs it, or look with "
            "ssh-keyscan and compare.",
            "host_key",
        ) from error
    return key
