"""The client of Conpeek: requests of voice campaigns, and a connection test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from bpadmin.platforms.base import Capability, ConnectionReport, TokenStore
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.conpeek.sources import SourceMethods
from bpadmin.platforms.errors import Forbidden, NotFound, PlatformError, Reason, Unsupported
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.transport import FixedAuth, Transport

NEWER = frozenset({Capability.REQUEST_ADD, Capability.REQUEST_RECALL, Capability.REQUEST_SUMMARY})
# No voice campaign's ID: the platform makes its IDs from the time.
NOWHERE = "0" * 24


class ConpeekClient(SourceMethods, PlatformClient):
    """One Conpeek server as the owner of a key sees it. For one thread: it owns a pooled connection.

    `credentials` holds the key; the times are seconds. See `open_client` for the rest.
    """

    label: ClassVar[str] = "Conpeek"

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
        self._auth = FixedAuth(credentials.get("key", "").strip())

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

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


def server_root(base_url: str) -> str:
    """Give a server's address with the path it may have, without what was pasted of a method's."""
    text = base_url.strip()
    if "://" not in text:
        text = "https://" + text
    return text.partition("?")[0].partition("#")[0].partition("/voice_campaign")[0].rstrip("/")
