"""API clients of the platforms that bpadmin drives. Importable in a plain Python shell: no Django in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpadmin.platforms.base import TokenStore
from bpadmin.platforms.brightpattern import info as brightpattern
from bpadmin.platforms.brightpattern_legacy import info as brightpattern_legacy
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.conpeek import info as conpeek
from bpadmin.platforms.info import PlatformInfo
from bpadmin.platforms.jtel import info as jtel

REGISTRY: dict[str, PlatformInfo] = {
    info.key: info for info in (brightpattern.INFO, brightpattern_legacy.INFO, jtel.INFO, conpeek.INFO)
}


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
) -> PlatformClient:
    """Open a client of `platform` (a key of REGISTRY; KeyError for another). It belongs to the thread that uses it.

    Times are seconds; `patience` bounds what one call may spend before its last retry. `check_url` is called with the
    URL before each new connection, and with the address it led to before anything is sent; it raises to refuse.
    """
    return REGISTRY[platform].client(
        base_url=base_url,
        credentials=credentials,
        tokens=tokens,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        check_url=check_url,
        patience=patience,
    )
