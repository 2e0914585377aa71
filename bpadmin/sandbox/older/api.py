"""How the older APIs are spoken: names in paths, plain text for errors."""

from __future__ import annotations

from collections.abc import Sequence

from bpadmin.sandbox.api import BrightPattern
from bpadmin.sandbox.errors import Refusal
from bpadmin.sandbox.http.wire import Answer, Request
from bpadmin.sandbox.older.call import NamedCall, missing
from bpadmin.sandbox.older.digest import Unsigned, signer
from bpadmin.sandbox.older.routes import V1_METHODS, V2_METHODS
from bpadmin.sandbox.routes import Method, matches
from bpadmin.sandbox.state.access import User
from bpadmin.sandbox.state.tenant import Tenant

TENANT_URL = "sandbox"
PLAIN = "text/plain; charset=utf-8"


class BrightPatternV2(BrightPattern):
    """The List Management API v2. Its tokens and v3's are the same."""

    def find(self, tenant: Tenant, request: Request) -> tuple[Method, list[str]]:
        """Find the method below /configapi/v2/; refuses with 404 or 405."""
        return find_named(V2_METHODS, request.verb, request.segments[2:])

    def make_call(self, tenant: Tenant, user: User, ids: Sequence[str], body: bytearray) -> NamedCall:
        """Put together what the handlers take."""
        return NamedCall(tenant, user, ids, body)

    def refuse(self, refusal: Refusal) -> Answer:
        """Make an error body of plain text, without the details that v3 gives."""
        text = refusal.description
        if refusal.status in (401, 403):
            text = text.partition(": ")[0]
        return Answer(refusal.status, text.encode(), PLAIN)


class BrightPatternV1(BrightPatternV2):
    """The first API, below /admin/ws/t/ and the tenant's name, with HTTP Digest instead of tokens."""

    def find(self, tenant: Tenant, request: Request) -> tuple[Method, list[str]]:
        """Find the method; refuses with 404 or 405."""
        if request.segments[3:4] != [TENANT_URL]:
            raise missing("HTTP 404 Not Found")
        return find_named(V1_METHODS, request.verb, request.segments[4:])

    def admit(self, tenant: Tenant, request: Request, method: Method) -> str:
        """Return who signed the request; refuses with 401 and a challenge, or 403."""
        user = signer(tenant, request)
        for privilege in method.privileges:
            user.require(privilege)
        return user.name

    def refuse(self, refusal: Refusal) -> Answer:
        """Make an error body of plain text; with what is to be signed, where the signature is missing or wrong."""
        answer = super().refuse(refusal)
        if isinstance(refusal, Unsigned):
            answer.headers["WWW-Authenticate"] = refusal.challenge
        return answer

    def revoke(self, tenant: Tenant) -> None:
        """Make what was signed so far too old."""
        tenant.nonces.revoke()


def find_named(methods: Sequence[Method], verb: str, parts: Sequence[str]) -> tuple[Method, list[str]]:
    """Find the method for a verb and the decoded parts of a path; refuses with 404 or 405."""
    found = matches(methods, parts)
    if not found:
        raise missing("HTTP 404 Not Found")
    if found[0][0].verb != verb:
        raise Refusal(405, "method_not_allowed", "Method Not Allowed")
    return found[0]
