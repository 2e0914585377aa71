"""The client of Conpeek: requests of voice campaigns, and a connection test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.base import Capability, ConnectionReport, TokenStore
from bpadmin.platforms.conpeek.groups import NEWER
from bpadmin.platforms.conpeek.sources import SourceMethods
from bpadmin.platforms.conpeek.uploads import UploadMethods
from bpadmin.platforms.errors import Forbidden, NotFound, PlatformError, Reason, Unsupported
from bpadmin.platforms.http.connected import ConnectedClient
from bpadmin.platforms.http.transport import FixedAuth
from bpadmin.platforms.probing import failed_report

# No voice campaign's ID: the platform makes its IDs from the time.
NOWHERE = "0" * 24


class ConpeekClient(UploadMethods, SourceMethods, ConnectedClient):
    """One Conpeek server as the owner of a key sees it. For one thread: it owns a pooled connection.

    `credentials` holds the key; the times are seconds. See `open_client` for the rest.
    """

    label: ClassVar[str] = "Conpeek"

    paths_begin: ClassVar[tuple[str, ...]] = ("?", "#", "/voice_campaign")

    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        self._auth = FixedAuth(credentials.get("key", "").strip())

    def probe(self) -> ConnectionReport:
        """Test the connection: read one summary, or look for a campaign that is none. Changes nothing, never raises.

        One attempt each, since a person waits for it.
        """
        try:
            with self._hurried():
                return self._probe()
        except Forbidden as error:
            return ConnectionReport(False, "The key is wrong, or may not read requests.", (error.message,))
        except PlatformError as error:
            return failed_report(error, platform=self.label, credentials="The key")

    def _probe(self) -> ConnectionReport:
        try:
            self.read_summary(limit=1)
        except Unsupported:
            # What every server has can be read of a campaign only, and none is known.
            try:
                self.read_requests(NOWHERE, limit=1)
            except NotFound as error:
                if error.reason is not Reason.CAMPAIGN_NOT_FOUND:
                    raise
            return ConnectionReport(
                True,
                "The server answers, and does not refuse the key.",
                ("Whether the key may read a voice campaign shows when its requests are read.",),
            )
        return ConnectionReport(True, "The connection works.", ("Requests of voice campaigns can be read.",))

    def probe_capabilities(self, held: frozenset[Capability]) -> frozenset[Capability]:
        """Find out what this server offers, by one harmless read: a single summary. Changes nothing.

        A server that does not know that method lets requests be read, and nothing else. One attempt, since a person
        may wait for it. Raises what the read raises where the server's answer does not tell, Forbidden among it.
        """
        try:
            with self._hurried():
                self.read_summary(limit=1)
        except Unsupported:
            return held - NEWER
        return held
