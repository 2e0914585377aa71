"""How an API is spoken: whose call it is, how it is carried out, what a refusal looks like. Here v3's own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from bpadmin.sandbox.errors import Refusal, unauthorized, wrong_media
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.handlers.token import TokenCall
from bpadmin.sandbox.http.wire import Answer, Request
from bpadmin.sandbox.routes import Method, find_method
from bpadmin.sandbox.state.access import User
from bpadmin.sandbox.state.dialler import run_campaigns
from bpadmin.sandbox.state.tenant import Tenant


class Api(Protocol):
    """One of the APIs of this process; all of them stand on the one tenant. Each refuses by raising `Refusal`."""

    def find(self, tenant: Tenant, request: Request) -> tuple[Method, list[str]]:
        """Find the method that is asked for, and the ids or names from the path."""

    def admit(self, tenant: Tenant, request: Request, method: Method) -> str:
        """Return who calls, "" where calls have no user; refuses who may not."""

    def call(self, tenant: Tenant, who: str, method: Method, ids: list[str], request: Request) -> Any:
        """Carry a call out; the caller holds the tenant's lock."""

    def refuse(self, refusal: Refusal) -> Answer:
        """Make the API's error body."""

    def revoke(self, tenant: Tenant) -> None:
        """Make what callers hold invalid; an API with keys that never change refuses this one call instead."""


class BrightPattern:
    """The List Management API v3."""

    def find(self, tenant: Tenant, request: Request) -> tuple[Method, list[str]]:
        """Find the method; refuses with 404 or 405."""
        return find_method(request.verb, request.path, having=tenant.options.groups)

    def admit(self, tenant: Tenant, request: Request, method: Method) -> str:
        """Return whose token it is; refuses with 401, 403, or 415 for a body of another kind."""
        if not method.needs_token:
            expect(request, "application/x-www-form-urlencoded")
            return ""
        user = tenant.users[tenant.tokens.owner(request.headers.get("authorization", ""), tenant.clock.now())]
        if user.is_locked or not tenant.is_active:
            raise unauthorized("Session is not authenticated: the user is locked or the tenant inactive")
        if request.body:
            expect(request, "application/json")
        for privilege in method.privileges:
            user.require(privilege)
        return user.name

    def call(self, tenant: Tenant, who: str, method: Method, ids: list[str], request: Request) -> Any:
        """Run a method at the tenant's present time."""
        if not method.needs_token:
            return method.handler(TokenCall(tenant, request.body))
        catch_up(tenant)
        call = self.make_call(tenant, tenant.users[who], ids, request.body)
        call.query = request.query
        return method.handler(call)

    def make_call(self, tenant: Tenant, user: User, ids: Sequence[str], body: bytearray) -> Call:
        """Put together what the handlers take."""
        return Call(tenant, user, ids, body)

    def refuse(self, refusal: Refusal) -> Answer:
        """Make the document's error body."""
        body = orjson.dumps({"error": refusal.name, "error_description": refusal.description})
        return Answer(refusal.status, body)

    def revoke(self, tenant: Tenant) -> None:
        """Make every token invalid."""
        tenant.tokens.revoke()


def catch_up(tenant: Tenant) -> None:
    """Let happen what was due since anybody last looked: daily resets, calls, deletions."""
    now = tenant.clock.now()
    for held in tenant.dnc_lists.values():
        held.reset_if_due(now)
    run_campaigns(tenant, now)
    tenant.run_deletions(now)


def expect(request: Request, media_type: str) -> None:
    """Refuse with 415 a body of another media type."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise wrong_media(f"Content type is '{given}' but '{media_type}' is expected")
