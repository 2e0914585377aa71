"""How the dialler's API is spoken: a token that never changes, the client's id in every path, errors with a status."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from bpadmin.sandbox.errors import Refusal, bad_request
from bpadmin.sandbox.http.wire import Answer, Request
from bpadmin.sandbox.jtel.handlers import JtelCall
from bpadmin.sandbox.jtel.routes import METHODS, NEWER_METHODS
from bpadmin.sandbox.routes import Method, matches
from bpadmin.sandbox.state.tenant import Tenant

TOKEN = "sandbox-jtel-token"  # noqa: S105
CLIENT = "1"


class Jtel:
    """The dialler's REST API."""

    def find(self, tenant: Tenant, request: Request) -> tuple[Method, list[str]]:
        """Find the method; what is no endpoint, by path or verb, is a 404 with an empty body."""
        for method, ids in matches(METHODS + NEWER_METHODS, request.segments[3:]):
            if method.verb == request.verb:
                return method, ids
        raise Refusal(404, "no_endpoint", "")

    def admit(self, tenant: Tenant, request: Request, method: Method) -> str:
        """Refuse with 401 a wrong token or a client that is not the token's."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or token.strip() != TOKEN or request.segments[2] != CLIENT:
            raise unauthorized()
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.verb == "POST" and media_type != "application/json":
            raise bad_request("Content-Type must be application/json")
        return ""

    def call(self, tenant: Tenant, who: str, method: Method, ids: list[str], request: Request) -> Any:
        """Run a method."""
        return method.handler(JtelCall(tenant, ids, dict(parse_qsl(request.query)), request.body))

    def refuse(self, refusal: Refusal) -> Answer:
        """Make the error body, which repeats the status; none where there is no endpoint."""
        if not refusal.description:
            return Answer(refusal.status)
        return Answer(refusal.status, orjson.dumps({"status": refusal.status, "error": refusal.description}))

    def revoke(self, tenant: Tenant) -> None:
        """Refuse this one call: a new token is made by hand, in the vendor's portal."""
        raise unauthorized()


def unauthorized() -> Refusal:
    """401: the token is wrong or was taken away, or the client's id is wrong."""
    return Refusal(401, "unauthorized", "Unauthorized")
