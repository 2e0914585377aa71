"""Base of the clients that speak HTTP: made from a tenant's connection, tested and closed alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from bpadmin.platforms.base import TokenStore
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.http.route import DIRECT, Route
from bpadmin.platforms.http.transport import Transport


class ConnectedClient(PlatformClient):
    """A platform's client over one pooled connection, for one thread. See `open_client` for what it is made of.

    `paths_begin` are the beginnings of the API's paths, from which on a pasted address is cut off.
    """

    paths_begin: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Mapping[str, str],
        tokens: TokenStore,
        connect_timeout: float = 5.0,
        read_timeout: float = 60.0,
        check_url: Callable[[str], None] | None = None,
        patience: float = 20.0,
        route: Route = DIRECT,
    ) -> None:
        self._transport = Transport(
            self.root_of(base_url),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            check_url=check_url,
            patience=patience,
            route=route,
        )
        self._sign_in_as(credentials, tokens)

    @classmethod
    def root_of(cls, base_url: str) -> str:
        """Return the address that the API's paths follow: with a scheme, and without what was pasted of a method's."""
        text = base_url.strip()
        text = text if "://" in text else f"https://{text}"
        for beginning in cls.paths_begin:
            text = text.partition(beginning)[0]
        return text.rstrip("/")

    @abstractmethod
    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        """Make ready how requests are signed; the tenant's connection fields are in `credentials`."""

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()
