"""How the server's API is spoken: a bare key, and 403 for whoever has another."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from bpadmin.sandbox.conpeek.handlers import ConpeekCall
from bpadmin.sandbox.conpeek.routes import METHODS, NEWER_METHODS
from bpadmin.sandbox.errors import Refusal, forbidden, not_found
from bpadmin.sandbox.http.wire import Answer, Request
from bpadmin.sandbox.routes import Method, matches
from bpadmin.sandbox.state.tenant import Tenant

KEY = "sandbox-conpeek-key"


class Conpeek:
    """The API of voice campaigns."""

    def find(self, tenant: Tenant, request: Request) -> tuple[Method, list[str]]:
        """Find the method; refuses with 404, a wrong verb too."""
        known = METHODS + NEWER_METHODS if tenant.options.conpeek_newer else METHODS
        for method, ids in matches(known, request.segments):
            if method.verb == request.verb:
                return method, ids
        raise not_found(request.path)

    def admit(self, tenant: Tenant, request: Request, method: Method) -> str:
        """Refuse with 403 whoever does not send the key, and nothing but the key."""
        if request.headers.get("authorization") != KEY:
            raise forbidden("the key is not valid")
        return ""

    def call(self, tenant: Tenant, who: str, method: Method, ids: list[str], request: Request) -> Any:
        """Run a method."""
        return method.handler(ConpeekCall(tenant, ids, dict(parse_qsl(request.query)), request.body))

    def refuse(self, refusal: Refusal) -> Answer:
        """Make an error body; the vendor's is not documented."""
        return Answer(refusal.status, orjson.dumps({"error": refusal.description}))

    def revoke(self, tenant: Tenant) -> None:
        """Refuse this one call: a new key is made by hand."""
        raise forbidden("the key is not valid")
