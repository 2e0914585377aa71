"""Host keys of SSH servers: how a pinned one is asked for, and whether a server that hangs up shows another one.

A server without a key of the kind that is asked for hangs up; where it does so before its own words were read, nothing
is known but that the connection was lost.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bpadmin.tenants.connections.addresses import AddressRefused, host_connect

if TYPE_CHECKING:
    from collections.abc import Sequence


def host_key_algorithms(key: Any) -> list[str]:
    """Return how a server with this key signs: that of the key's kind, for RSA its newer names."""
    name = str(key.get_algorithm())
    return ["rsa-sha2-512", "rsa-sha2-256"] if name == "ssh-rsa" else [name]


def shows_another_key(host: str, port: int, pinned: Any, *, seconds: float) -> bool:
    """Return whether a server that hung up on the pinned key surely shows another one. Nothing is told to it.

    One that is asked for any key answers; of one that has several, another kind than the pinned one proves nothing, so
    that it is asked for the pinned kind once more.
    """
    shown = _shown(host, port, (), seconds)
    if shown is None:
        return False
    if shown.get_algorithm() == pinned.get_algorithm():
        return bool(shown.public_data != pinned.public_data)
    return _shown(host, port, host_key_algorithms(pinned), seconds) is None


def _shown(host: str, port: int, algorithms: Sequence[str], seconds: float) -> Any:
    """Return the key that a server shows, None where it shows none."""
    import asyncssh  # costs time to import: for the workers that need it

    async def ask(reached: Any) -> Any:
        asked = asyncssh.get_server_host_key(sock=reached, config=None, server_host_key_algs=algorithms)
        return await asyncio.wait_for(asked, seconds)

    try:
        with host_connect(host, port, seconds) as reached, asyncio.Runner() as runner:
            return runner.run(ask(reached))
    except (asyncssh.Error, AddressRefused, OSError, TimeoutError):
        return None
