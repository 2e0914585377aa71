"""The client of jtel's dialler: the 10 methods of its REST API, and a connection test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.base import ConnectionReport, TokenStore
from bpadmin.platforms.connected import ConnectedClient
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.jtel.columns import CAMPAIGN_COLUMNS
from bpadmin.platforms.jtel.endpoints import ROOT
from bpadmin.platforms.jtel.sources import SourceMethods
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.sources import SourceColumn
from bpadmin.platforms.transport import FixedAuth


class JtelClient(SourceMethods, ConnectedClient):
    """One client account of a jtel server. For one thread: it owns a pooled connection.

    `credentials` holds clients_id and token; the times are seconds. See `open_client` for the rest.
    """

    label: ClassVar[str] = "jtel"

    paths_begin: ClassVar[tuple[str, ...]] = (ROOT.rstrip("/"),)

    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        self._clients_id = credentials.get("clients_id", "").strip()
        self._auth = FixedAuth(f"Bearer {credentials.get('token', '').strip()}")

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
