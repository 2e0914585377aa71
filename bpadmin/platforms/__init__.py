"""API clients of the platforms that bpadmin drives. Importable in a plain Python shell: no Django in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpadmin.platforms.base import NEWER, Capability, ConnectionField, PlatformInfo, TokenStore
from bpadmin.platforms.brightpattern.client import BrightPatternClient

BRIGHTPATTERN = PlatformInfo(
    key="brightpattern",
    label="Bright Pattern",
    client=BrightPatternClient,
    fields=(
        ConnectionField(
            "client_id",
            "Client ID",
            help="The username of the platform user this dashboard acts as.",
        ),
        ConnectionField(
            "client_secret",
            "API secret",
            is_secret=True,
            help="Generated on that user's page in Contact Center Administrator. It is not the user's password.",
        ),
    ),
    # The rest came with later versions of the API: `probe_capabilities` tells whether a tenant has it.
    capabilities=frozenset(Capability) - NEWER,
)

REGISTRY: dict[str, PlatformInfo[BrightPatternClient]] = {BRIGHTPATTERN.key: BRIGHTPATTERN}


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
) -> BrightPatternClient:
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
