"""The clients of Bright Pattern's older APIs: v2 by OAuth, v1 by HTTP Digest; which one, a tenant's connection says."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from bpadmin.platforms.base import ConnectionReport, TokenStore
from bpadmin.platforms.brightpattern.auth import ClientCredentials
from bpadmin.platforms.brightpattern.endpoints import ALL_CAMPAIGNS, MANAGE_LISTS, OWN_CAMPAIGNS
from bpadmin.platforms.brightpattern_legacy.caller import Caller
from bpadmin.platforms.brightpattern_legacy.dnc import DncMethods
from bpadmin.platforms.brightpattern_legacy.endpoints import (
    GET_ACCESS_TOKEN,
    GET_ALL_RECORDS,
    V2_ROOT,
    v1_root,
)
from bpadmin.platforms.brightpattern_legacy.form_fields import API_VERSION, V1
from bpadmin.platforms.brightpattern_legacy.refusals import V1_JUDGE, V2_JUDGE
from bpadmin.platforms.brightpattern_legacy.sources import FirstSourceMethods, SourceMethods
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.errors import Forbidden, NotFound, PlatformError, Reason
from bpadmin.platforms.http.connected import ConnectedClient
from bpadmin.platforms.http.digest import Digest
from bpadmin.platforms.http.route import DIRECT, Route
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.types import Campaign, Token

GRANTED = "They are granted in Contact Center Administrator, in the roles of the platform user."


class OlderClient(Caller, ConnectedClient):
    """One tenant as one platform user sees it. For one thread: it owns a pooled connection.

    `credentials` holds api_version, client_id, client_secret and, of v1, tenant_url; the times are seconds. See
    `open_client` for the rest.
    """

    label: ClassVar[str] = "This version of Bright Pattern"
    secrets: ClassVar[str]

    paths_begin: ClassVar[tuple[str, ...]] = ("/configapi", "/admin")

    @abstractmethod
    def _probe(self) -> ConnectionReport:
        """Test the connection; raises the PlatformError of a test that fails."""

    def probe(self) -> ConnectionReport:
        """Test the connection with harmless reads. Changes nothing, never raises.

        One attempt each, since a person waits for it.
        """
        patience, self._transport.patience = self._transport.patience, 0.0
        try:
            return self._probe()
        except PlatformError as error:
            return failed_report(error, platform=self._judge.platform, credentials=self.secrets)
        finally:
            self._transport.patience = patience


class BrightPatternV2Client(SourceMethods, DncMethods, OlderClient):
    """A tenant by List Management API v2."""

    secrets: ClassVar[str] = "The client ID or the API secret"

    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        self._judge, self._root = V2_JUDGE, V2_ROOT
        self._credentials = ClientCredentials(
            self._transport,
            tokens,
            client_id=credentials.get("client_id", ""),
            client_secret=credentials.get("client_secret", ""),
            endpoint=GET_ACCESS_TOKEN,
        )
        self._auth = self._credentials

    def get_access_token(self) -> Token:
        """Fetch a new access token and share it; the other methods do so by themselves when there is need.

        POST oauth/token. AuthFailed (BAD_CREDENTIALS). `lifetime` is seconds. Part "Get Access Token".
        """
        return self._credentials.sign_in()

    def _probe(self) -> ConnectionReport:
        """Sign in anew, read the campaigns, and ask for one of their lists."""
        self.get_access_token()
        missing: list[str] = []
        details: list[str] = []
        campaigns: Sequence[Campaign] = ()
        try:
            campaigns = self.get_campaigns()
        except Forbidden:
            missing.append(f"{ALL_CAMPAIGNS} (or: {OWN_CAMPAIGNS})")
        else:
            details.append(_seen(campaigns))
        list_id = next((binding.list_id for campaign in campaigns for binding in campaign.lists or ()), "")
        if list_id:
            try:
                self.check_list(list_id)
            except Forbidden:
                missing.append(MANAGE_LISTS)
            else:
                details.append("Calling lists can be read.")
        if missing:
            names = " and ".join(f"“{name}”" for name in missing)
            headline = f"The sign-in works, but the platform user lacks {names}."
            return ConnectionReport(False, headline, (*details, GRANTED), tuple(missing))
        details.append(
            "This version of the API tells of enabled campaigns and their lists only, and neither starts campaigns nor "
            "counts records. Whether the platform user may change records shows only when it is tried."
        )
        return ConnectionReport(True, "The connection works.", tuple(details))


class BrightPatternV1Client(FirstSourceMethods, OlderClient):
    """A tenant by the first List Management API."""

    secrets: ClassVar[str] = "The user name or the password"

    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        self._judge, self._root = V1_JUDGE, v1_root(credentials.get("tenant_url", ""))
        self._auth = Digest(
            self._transport,
            username=credentials.get("client_id", ""),
            password=credentials.get("client_secret", ""),
            method=GET_ALL_RECORDS.method,
            path=self._root + GET_ALL_RECORDS.url("-", "-"),
            check=partial(V1_JUDGE.check, endpoint=GET_ALL_RECORDS),
        )

    def _probe(self) -> ConnectionReport:
        """Ask for the records of a list that is not there: a user who may not sign in is refused before that."""
        try:
            self.get_all_records("-", instance_id="-", limit=1)
        except Forbidden:
            headline = f"The sign-in works, but the platform user lacks “{MANAGE_LISTS}”."
            return ConnectionReport(False, headline, (GRANTED,), (MANAGE_LISTS,))
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
        return ConnectionReport(
            True,
            "The connection works.",
            (
                "This version of the API tells of no campaigns and no lists: to read records, name the list and the "
                "campaign as they stand in Contact Center Administrator.",
                "Whether the tenant's part of the address is right shows when the first list is read.",
            ),
        )


def open_older_client(
    *,
    base_url: str,
    credentials: Mapping[str, str],
    tokens: TokenStore,
    connect_timeout: float = 5.0,
    read_timeout: float = 60.0,
    check_url: Callable[[str], None] | None = None,
    patience: float = 20.0,
    route: Route = DIRECT,
) -> PlatformClient:
    """Open a client of the version that the connection names, v2 where it names none."""
    client = BrightPatternV1Client if credentials.get(API_VERSION) == V1 else BrightPatternV2Client
    return client(
        base_url=base_url,
        credentials=credentials,
        tokens=tokens,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        check_url=check_url,
        patience=patience,
        route=route,
    )


def _seen(campaigns: Sequence[Campaign]) -> str:
    if not campaigns:
        return "No enabled campaign can be seen. If there are any, the platform user is assigned to none of them."
    lists = {binding.list_id for campaign in campaigns for binding in campaign.lists or ()}
    return (
        f"{len(campaigns)} enabled campaign{'' if len(campaigns) == 1 else 's'} with {len(lists)} calling "
        f"list{'' if len(lists) == 1 else 's'} can be seen."
    )
