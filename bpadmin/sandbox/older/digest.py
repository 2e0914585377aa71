"""HTTP Digest, as RFC 7616 has it for MD5 and quality "auth": who signed a request, or what to ask the caller for."""

from __future__ import annotations

import hashlib
import re
import secrets

from bpadmin.sandbox.errors import Refusal, bad_request
from bpadmin.sandbox.http.wire import Request
from bpadmin.sandbox.state.access import User
from bpadmin.sandbox.state.tenant import Tenant

REALM = "Contact Center"
_PARTS = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_NEEDED = ("username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce")


class Unsigned(Refusal):
    """401 with the challenge that the caller has to answer."""

    def __init__(self, challenge: str) -> None:
        super().__init__(401, "unauthorized", "Authentication failed")
        self.challenge = challenge


def signer(tenant: Tenant, request: Request) -> User:
    """Return the user who signed a request, or refuse with a fresh challenge that tells when just the nonce is old."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    parts = {name.lower(): quoted or plain for name, quoted, plain in _PARTS.findall(rest)}
    user = tenant.users.get(parts.get("username", ""))
    if kind.lower() != "digest" or user is None or any(not parts.get(name) for name in _NEEDED):
        raise _challenge(tenant)
    if parts["uri"] != request.target:
        raise bad_request("the signed uri is not the one that is asked for")
    if not _is_signed(parts, user, request.verb) or user.is_locked or not tenant.is_active:
        raise _challenge(tenant)
    if not tenant.nonces.use(parts["nonce"], int(parts["nc"], 16), tenant.clock.now()):
        raise _challenge(tenant, is_stale=True)
    return user


def _is_signed(parts: dict[str, str], user: User, verb: str) -> bool:
    is_known = parts.get("algorithm", "MD5").upper() == "MD5" and parts["qop"] == "auth" and parts["realm"] == REALM
    if not is_known or not re.fullmatch(r"[0-9a-fA-F]{8}", parts["nc"]):
        return False
    secret = _md5(f"{user.name}:{REALM}:{user.secret}")
    asked = _md5(f"{verb}:{parts['uri']}")
    wanted = _md5(":".join([secret, parts["nonce"], parts["nc"], parts["cnonce"], parts["qop"], asked]))
    return secrets.compare_digest(wanted.encode(), parts["response"].encode())


def _challenge(tenant: Tenant, *, is_stale: bool = False) -> Unsigned:
    nonce = tenant.nonces.issue(tenant.clock.now())
    stale = ", stale=true" if is_stale else ""
    return Unsigned(f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", algorithm=MD5{stale}')


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
