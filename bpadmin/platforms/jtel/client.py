"""The client of jtel's dialler: the 13 methods of its REST API, and a connection test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from bpadmin.platforms.base import ConnectionReport, TokenStore
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.http.connected import ConnectedClient
from bpadmin.platforms.http.transport import FixedAuth
from bpadmin.platforms.jtel.columns import CAMPAIGN_COLUMNS, columns_named
from bpadmin.platforms.jtel.endpoints import ROOT
from bpadmin.platforms.jtel.outline import outline
from bpadmin.platforms.jtel.sources import SourceMethods
from bpadmin.platforms.jtel.uploads import UploadMethods
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.sources import SourceColumn
from bpadmin.platforms.types import Campaign, CampaignOutline


class JtelClient(UploadMethods, SourceMethods, ConnectedClient):
    """One client account of a jtel server. For one thread: it owns a pooled connection.

    `credentials` holds clients_id and token; the times are seconds. See `open_client` for the rest.
    """

    label: ClassVar[str] = "jtel"

    paths_begin: ClassVar[tuple[str, ...]] = (ROOT.rstrip("/"),)

    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        self._clients_id = credentials.get("clients_id", "").strip()
        self._auth = FixedAuth(f"Bearer {credentials.get('token', '').strip()}")

    def campaign_columns(self, names: Iterable[str] = ()) -> tuple[SourceColumn, ...]:
        """Return the members of campaigns that the documents name, and others by how they are named."""
        return (*CAMPAIGN_COLUMNS, *columns_named(names))

    def campaign_outline(self, campaign: Campaign) -> CampaignOutline:
        """Return hours, flags and weights out of a campaign's own members."""
        return outline(campaign.fields)

    def probe(self) -> ConnectionReport:
        """Test the connection: read the campaigns, in one attempt. Changes nothing, never raises."""
        try:
            with self._hurried():
                number = len(self.get_campaigns())
        except PlatformError as error:
            return failed_report(error, platform=self.label, credentials="The token or the Client ID")
        seen = f"{number or 'No'} campaign{'' if number == 1 else 's'} can be seen."
        return ConnectionReport(True, "The connection works.", (seen,))
