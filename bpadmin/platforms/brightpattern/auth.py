"""Sign in to Bright Pattern: OAuth2 client credentials, one token per tenant and user for all processes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from bpadmin.platforms.base import TokenStore
from bpadmin.platforms.brightpattern import decode
from bpadmin.platforms.brightpattern.endpoints import GET_ACCESS_TOKEN
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.transport import Transport
from bpadmin.platforms.types import Token

# How long a process may go on with the token it has before it looks into the store again. A token always outlives its
# time in the store by more than this.
GLANCE = 30.0


def token_ttl(lifetime: float) -> float:
    """Return the seconds after which a token is renewed: at 90 % of its life, or a minute before its end if sooner."""
    return max(lifetime * 0.5, min(lifetime * 0.9, lifetime - 60.0))


class ClientCredentials:
    """Fetches, shares and renews the access token of one platform user. Never logs or shows it, nor the secret.

    `endpoint` is where the version of the API gives tokens out.
    """

    def __init__(
        self,
        transport: Transport,
        store: TokenStore,
        *,
        client_id: str,
        client_secret: str,
        endpoint: Endpoint = GET_ACCESS_TOKEN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._store = store
        self._client_id = client_id
        self._client_secret = client_secret
        self._endpoint = endpoint
        self._clock = clock
        self._token: Token | None = None
        self._trusted_until = 0.0
        # The secret is part of it, so that a changed one is tried out instead of living on an old one's token.
        identity = "\0".join((transport.base_url + endpoint.url(), client_id, client_secret))
        self.key = "bpadmin:token:brightpattern:" + hashlib.sha256(identity.encode()).hexdigest()[:40]

    def bearer(self) -> str:
        """Return the current token: the one at hand, the one another process fetched, or a new one."""
        if self._token is not None and self._clock() < self._trusted_until:
            return self._token.value
        kept = self._store.get(self.key)
        if kept is not None:
            return self._trust(kept).value
        with self._store.lock(self.key):
            return self._trust(self._store.get(self.key) or self._fetch_and_share()).value

    def authorization(self, method: str, path: str) -> str:
        """Return the header of any request."""
        return f"Bearer {self.bearer()}"

    def renew(self, refused: str) -> bool:
        """Replace the token of a header that the platform refused, unless another process already has."""
        self._token = None
        refused = refused.removeprefix("Bearer ")
        with self._store.lock(self.key):
            kept = self._store.get(self.key)
            if kept is None or kept.value == refused:
                self._store.drop(self.key)
                kept = self._fetch_and_share()
            self._trust(kept)
        return True

    def sign_in(self) -> Token:
        """Fetch a new token whatever there is, so that the credentials themselves are tried out."""
        with self._store.lock(self.key):
            return self._trust(self._fetch_and_share())

    def _trust(self, token: Token) -> Token:
        self._token = token
        self._trusted_until = self._clock() + min(GLANCE, token.lifetime * 0.05)
        return token

    def _fetch_and_share(self) -> Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "scope": self._transport.host,
        }
        try:
            token = self._transport.request(
                self._endpoint.method,
                self._endpoint.url(),
                decode=partial(decode.read, endpoint=self._endpoint, shape=decode.token),
                effect=self._endpoint.effect,
                body=urlencode(form).encode(),
                content_type="application/x-www-form-urlencoded",
                name=self._endpoint.name,
            )
        except PlatformError as error:
            # The platform's errors quote the value they refuse.
            if len(self._client_secret) > 3:
                error.message = error.message.replace(self._client_secret, "…")
                error.detail = error.detail.replace(self._client_secret, "…")
            raise
        self._store.put(self.key, token, token_ttl(token.lifetime))
        return token
