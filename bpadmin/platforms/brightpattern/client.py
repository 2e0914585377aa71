"""The client of Bright Pattern's List Management API: 34 methods of v3.0, 29 newer ones, and a connection test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.base import Capability, ConnectionReport, TokenStore
from bpadmin.platforms.brightpattern.auth import ClientCredentials
from bpadmin.platforms.brightpattern.dnc import DncMethods
from bpadmin.platforms.brightpattern.endpoints import ALL_CAMPAIGNS, MANAGE_LISTS, OWN_CAMPAIGNS
from bpadmin.platforms.brightpattern.latest.campaigns import CampaignSettingsMethods
from bpadmin.platforms.brightpattern.latest.groups import DNC_GROUP, LINKS_GROUP, LISTS_GROUP, SETTINGS_GROUP
from bpadmin.platforms.brightpattern.latest.link_groups import LinkGroupMethods
from bpadmin.platforms.brightpattern.latest.list_sources import ListSourceMethods
from bpadmin.platforms.brightpattern.newer import NewerDncMethods
from bpadmin.platforms.errors import Forbidden, Invalid, NotFound, PlatformError, Reason, Unsupported
from bpadmin.platforms.http.connected import ConnectedClient
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.types import Token


class BrightPatternClient(
    ListSourceMethods,
    DncMethods,
    NewerDncMethods,
    CampaignSettingsMethods,
    LinkGroupMethods,
    ConnectedClient,
):
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
        """Find out what this tenant offers, by a harmless read for each group of newer methods. Changes nothing.

        One attempt each, since a person may wait for it. Raises what the read of Do Not Call lists raises where the
        tenant's answer does not tell, Forbidden among it; what the platform user may not read of the others is not
        offered. A group that only a campaign or a list can show is not offered while the tenant has none.
        """
        with self._hurried():
            for group, shows in (
                (DNC_GROUP, self._shows_dnc),
                (SETTINGS_GROUP, self._shows_settings),
                (LISTS_GROUP, self._shows_lists),
                (LINKS_GROUP, self._shows_links),
            ):
                if group & held and not shows():
                    held -= group
        return held

    def _shows_dnc(self) -> bool:
        try:
            self.get_dnc_lists(limit=1)
        except Unsupported:
            return False
        return True

    def _shows_settings(self) -> bool:
        try:
            campaigns = self.get_campaigns()
            return bool(campaigns) and self.tells_details(campaigns[0].id)
        except Invalid as error:
            # Only a tenant that knows what was asked for says that a messaging campaign has no such thing.
            return error.reason is Reason.NOT_FOR_THIS_CAMPAIGN
        except (Unsupported, Forbidden, NotFound):
            return False

    def _shows_lists(self) -> bool:
        try:
            lists = self.get_lists(limit=1).items
            if lists:
                self.fetch_all_records(lists[0].id, max_size=1)
        except (Unsupported, Forbidden, NotFound):
            return False
        return bool(lists)

    def _shows_links(self) -> bool:
        try:
            self.get_link_groups(limit=1)
        except (Unsupported, Forbidden):
            return False
        return True

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
