"""Delivery onto an SFTP server whose host key is known: under a temporary name, then renamed."""

from __future__ import annotations

import asyncio
import posixpath
import socket
from collections.abc import Mapping
from typing import Any

from bpadmin.reports.delivery.types import DeliveryFailed, DestinationRefused, Parcel
from bpadmin.tenants.connections.addresses import AddressRefused, host_check, host_connect

SECONDS = 300.0
LOGIN_SECONDS = 20
PRIVATE_KEY = "-----BEGIN"


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
        with host_connect(kept["host"], kept["port"], LOGIN_SECONDS) as reached:
            return asyncio.run(asyncio.wait_for(_send(reached, kept, secret, parcel), SECONDS))
    except AddressRefused as refused:
        raise DeliveryFailed(str(refused)) from refused
    except asyncssh.HostKeyNotVerifiable as error:
        raise DeliveryFailed(
            "The server shows another host key than the one that was given for it. Nothing was sent. Ask who runs it; "
            "if its key was changed, add the destination anew."
        ) from error
    except asyncssh.PermissionDenied as error:
        raise DeliveryFailed("The server refused the user, the password or the key.") from error
    except asyncssh.SFTPError as error:
        raise DeliveryFailed(f"The server did not take the file: {error.reason}") from error
    except (asyncssh.Error, OSError, TimeoutError) as error:
        words = str(error)[:300] or type(error).__name__
        raise DeliveryFailed(f"The server cannot be reached: {words}", may_retry=True) from error


async def _send(reached: socket.socket, kept: Mapping[str, Any], secret: str, parcel: Parcel) -> str:
    import asyncssh

    is_key = secret.lstrip().startswith(PRIVATE_KEY)
    host_key = asyncssh.import_public_key(kept["host_key"])
    async with (
        asyncssh.connect(
            sock=reached,
            username=kept["user"],
            password=None if is_key else secret,
            client_keys=[asyncssh.import_private_key(secret)] if is_key else None,
            known_hosts=([host_key], [], []),
            server_host_key_algs=[host_key.get_algorithm()] if not _is_rsa(host_key) else (),
            config=None,
            agent_path=None,
            login_timeout=LOGIN_SECONDS,
            connect_timeout=LOGIN_SECONDS,
        ) as connection,
        connection.start_sftp_client() as client,
    ):
        if kept["folder"]:
            await client.makedirs(kept["folder"], exist_ok=True)
        path = posixpath.join(kept["folder"], parcel.name)
        await _put(client, path, parcel.pieces())
        await _put(client, posixpath.join(kept["folder"], parcel.manifest_name), [parcel.manifest])
    return f"Put as {path} on {kept['host']}."


async def _put(client: Any, path: str, pieces: Any) -> None:
    folder, name = posixpath.split(path)
    fresh = posixpath.join(folder, f".{name}.unfinished")
    async with client.open(fresh, "wb") as file:
        for piece in pieces:
            await file.write(piece)
    # Takes the place of a file of that name at once, where the server can; not all can.
    import asyncssh

    try:
        await client.posix_rename(fresh, path)
    except asyncssh.SFTPError:
        if await client.exists(path):
            await client.remove(path)
        await client.rename(fresh, path)


def _is_rsa(key: Any) -> bool:
    return bool(key.get_algorithm() == "ssh-rsa")


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
