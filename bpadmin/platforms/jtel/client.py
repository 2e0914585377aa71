"""The client of jtel's dialler: the 10 methods of its REST API, and a connection test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from bpadmin.platforms.base import ConnectionReport, TokenStore
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.jtel.columns import CAMPAIGN_COLUMNS
from bpadmin.platforms.jtel.endpoints import ROOT
from bpadmin.platforms.jtel.sources import SourceMethods
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.sources import SourceColumn
from bpadmin.platforms.transport import FixedAuth, Transport


class JtelClient(SourceMethods, PlatformClient):
    """One client account of a jtel server. For one thread: it owns a pooled connection.

    `credentials` holds clients_id and token; the times are seconds. See `open_client` for the rest.
    """

    label: ClassVar[str] = "jtel"

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
    ) -> None:
        self._transport = Transport(
            server_root(base_url),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            check_url=check_url,
            patience=patience,
        )
        self._clients_id = credentials.get("clients_id", "").strip()
        self._auth = FixedAuth(f"Bearer {credentials.get('token', '').strip()}")

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def campaign_columns(self) -> tuple[SourceColumn, ...]:
        """Give the members of campaigns that the documents name."""
        return CAMPAIGN_COLUMNS

    def probe(self) -> ConnectionReport:
        """Test the connection: read the campaigns, in one attempt. Changes nothing, never raises."""
        try:
            with self._hurried():
                number = len(self.get_campaigns())
        except PlatformError as error:
            return failed_report(error, platform=self.label, credentials="The token or the Client ID")
        seen = f"{number or 'No'} campaign{'' if number == 1 else 's'} can be seen."
        return ConnectionReport(True, "The connection works.", (seen,))


def server_root(base_url: str) -> str:
    """Give a server's address without the API's path, however much of it was pasted with it."""
    text = base_url.strip()
    if "://" not in text:
        text = "https://" + text
    return text.partition(ROOT.rstrip("/"))[0].rstrip("/")
