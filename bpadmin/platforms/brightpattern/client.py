"""The client of Bright Pattern's List Management API: 34 methods of v3.0, 8 newer ones, and a connection test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.base import Capability, ConnectionReport, TokenStore
from bpadmin.platforms.brightpattern.auth import ClientCredentials
from bpadmin.platforms.brightpattern.dnc import DncMethods
from bpadmin.platforms.brightpattern.endpoints import ALL_CAMPAIGNS, MANAGE_LISTS, OWN_CAMPAIGNS
from bpadmin.platforms.brightpattern.lists import ListMethods
from bpadmin.platforms.brightpattern.newer import NewerDncMethods
from bpadmin.platforms.brightpattern.sources import SourceMethods
from bpadmin.platforms.connected import ConnectedClient
from bpadmin.platforms.errors import Forbidden, PlatformError, Unsupported
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.types import Token


class BrightPatternClient(SourceMethods, ListMethods, DncMethods, NewerDncMethods, ConnectedClient):
    """One tenant as one platform user sees it. For one thread: it owns a pooled connection.

    `credentials` holds client_id and client_secret; the times are seconds. See `open_client` for the rest.
    """

    label: ClassVar[str] = "Bright Pattern"

    paths_begin: ClassVar[tuple[str, ...]] = ("/configapi",)

    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        self._auth = ClientCredentials(
            self._transport,
            tokens,
            client_id=credentials.get("client_id", ""),
            client_secret=credentials.get("client_secret", ""),
        )

    def get_access_token(self) -> Token:
        """Fetch a new access token and share it; the other methods do so by themselves when there is need.

        POST oauth/token. AuthFailed (BAD_CREDENTIALS): wrong id or secret, the user is locked or disabled, or the
        tenant is inactive. `lifetime` is seconds. Part "Get Access Token" of "Authentication".
        """
        return self._auth.sign_in()

    def probe(self) -> ConnectionReport:
        """Test the connection: sign in anew, read the campaigns, read one list. Changes nothing, never raises.

        One attempt each, since a person waits for it.
        """
        try:
            with self._hurried():
                return self._probe()
        except PlatformError as error:
            return failed_report(error, platform=self.label, credentials="The client ID or the API secret")

    def probe_capabilities(self, held: frozenset[Capability]) -> frozenset[Capability]:
        """Find out what this tenant offers, by one harmless read: its first Do Not Call list. Changes nothing.

        A tenant that does not know that method has v3.0 of the API, and nothing newer. One attempt, since a person
        may wait for it. Raises what the read raises where the tenant's answer does not tell, Forbidden among it.
        """
        try:
            with self._hurried():
                self.get_dnc_lists(limit=1)
        except Unsupported:
            return held - {Capability.DNC_READ, Capability.DNC_LISTS_MANAGE, Capability.DNC_BIND}
        return held

    def _probe(self) -> ConnectionReport:
        self.get_access_token()
        missing: list[str] = []
        details: list[str] = []
        try:
            number = len(self.get_campaigns())
        except Forbidden:
            missing.append(f"{ALL_CAMPAIGNS} (or: {OWN_CAMPAIGNS})")
        else:
            details.append(
                f"{number} enabled campaign{'' if number == 1 else 's'} can be seen."
                if number
                else "No enabled campaign can be seen. If there are any, the platform user is assigned to none of them."
            )
        try:
            self.get_lists(limit=1)
        except Forbidden:
            missing.append(MANAGE_LISTS)
        else:
            details.append("Calling lists can be read.")
        if missing:
            names = " and ".join(f"“{name}”" for name in missing)
            details.append("They are granted in Contact Center Administrator, in the roles of the platform user.")
            headline = f"The sign-in works, but the platform user lacks {names}."
            return ConnectionReport(False, headline, tuple(details), tuple(missing))
        details.append(
            "Whether the platform user may also start campaigns and change records shows only when it is tried."
        )
        return ConnectionReport(True, "The connection works.", tuple(details))
