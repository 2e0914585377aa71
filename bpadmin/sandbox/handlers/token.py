"""Authentication: the client-credentials grant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from bpadmin.sandbox.errors import unauthorized
from bpadmin.sandbox.state.access import TOLD_LIFE
from bpadmin.sandbox.state.tenant import Tenant


@dataclass(slots=True)
class TokenCall:
    """A call of the one method that comes before there is a user."""

    tenant: Tenant
    body: bytearray


def get_access_token(call: TokenCall) -> dict[str, Any]:
    """Return a token for a username and API secret; whatever is wrong with them is one and the same 401."""
    tenant = call.tenant
    form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    user = tenant.users.get(form.get("client_id", ""))
    is_good = (
        user is not None
        and form.get("client_secret") == user.secret
        and form.get("grant_type") == "client_credentials"
        and bool(form.get("scope"))
        and not user.is_locked
        and tenant.is_active
    )
    if user is None or not is_good:
        raise unauthorized("Authentification failed")
    token = tenant.tokens.issue(user, tenant.clock.now())
    return {"access_token": token, "token_type": "Bearer", "expires_in": TOLD_LIFE, "scope": form["scope"]}
