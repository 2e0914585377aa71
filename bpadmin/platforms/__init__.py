"""API clients of the platforms that bpadmin drives. Importable in a plain Python shell: no Django in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bpadmin.platforms.base import TokenStore
from bpadmin.platforms.brightpattern import info as brightpattern
from bpadmin.platforms.brightpattern_legacy import info as brightpattern_legacy
from bpadmin.platforms.conpeek import info as conpeek
from bpadmin.platforms.http.route import DIRECT, Route
from bpadmin.platforms.info import Named, PlatformInfo
from bpadmin.platforms.jtel import info as jtel

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

REGISTRY: dict[str, PlatformInfo] = {
    info.key: info for info in (brightpattern.INFO, brightpattern_legacy.INFO, jtel.INFO, conpeek.INFO)
}


def platforms_load() -> None:
    """Import the clients of all platforms, so that processes forked from here share them, and no first call waits."""
    for info in REGISTRY.values():
        if isinstance(info.client, Named):
            info.client.named  # noqa: B018 - to look is to import


def open_client(
    platform: str,
    *,
    base_url: str,
    credentials: Mapping[str, str],
    tokens: TokenStore,
    connect_timeout: float = 5.0,
    read_timeout: float = 60.0,
    check_url: Callable[[str], None] | None = None,
    patience: float = 20.0,
    route: Route = DIRECT,
) -> PlatformClient:
    """Open a client of `platform` (a key of REGISTRY; KeyError for another). It belongs to the thread that uses it.

    Times are seconds; `patience` bounds what one call may spend before its last retry. `check_url` is called with the
    URL before each new connection, and with the address it led to before anything is sent; it raises to refuse.
    `route` says by which proxy and authorities the server is reached, and who hears of the calls.
    """
    return REGISTRY[platform].client(
        base_url=base_url,
        credentials=credentials,
        tokens=tokens,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        check_url=check_url,
        patience=patience,
        route=route,
    )
