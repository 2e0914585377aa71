"""Sign requests by HTTP Digest: a challenge is fetched once and answered for every request, until it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from requests.auth import HTTPDigestAuth
from requests.utils import parse_dict_header

from bpadmin.platforms.base import Answer, Effect
from bpadmin.platforms.errors import AuthFailed, Broken, Reason
from bpadmin.platforms.http.transport import Transport

_BETWEEN_CHALLENGES = re.compile(r",\s*(?=[A-Za-z]+\s+[a-z]+=)")
_DIGEST = re.compile(r"digest\s++", re.IGNORECASE)
# What the library can answer; the first that the server offers is taken.
_ALGORITHMS = frozenset({"MD5", "MD5-SESS", "SHA", "SHA-256", "SHA-512"})


class Digest:
    """An `Auth` of the transport. For one thread: the nonce's counter is part of it.

    The challenge is that of `method` and `path`, asked for without a body: something that needs a sign-in and whose
    refusal changes nothing. `check` raises the error of an answer that is neither a challenge nor a success.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        username: str,
        password: str,
        method: str,
        path: str,
        check: Callable[[Answer], None],
    ) -> None:
        self._transport = transport
        self._username = username
        self._password = password
        self._method = method
        self._path = path
        self._check = check
        self._signer: HTTPDigestAuth | None = None

    def authorization(self, method: str, path: str) -> str:
        """Return the header of a request, with a challenge fetched first where there is none yet."""
        signer = self._signer or self._fetch()
        url = self._transport.base_url + path
        header: str | None = signer.build_digest_header(method, url)  # type: ignore[no-untyped-call]
        if header is None:
            raise _unknown_way("its challenge has an algorithm or a quality of protection that is not known here")
        # As bytes of UTF-8, which is how the name goes into the hash as well.
        return header.encode().decode("latin-1")

    def renew(self, refused: str) -> bool:
        """Answer a new challenge from now on, whatever was wrong with the old one."""
        self._fetch()
        return True

    def _fetch(self) -> HTTPDigestAuth:
        challenge = self._transport.request(
            self._method, self._path, decode=self._challenge_in, effect=Effect.READ, body=b"", name="challenge"
        )
        # A quotation mark would end the name in the header.
        signer = HTTPDigestAuth(self._username.replace('"', '\\"'), self._password)
        signer.init_per_thread_state()
        # The library takes a challenge out of answers of its own only.
        signer._thread_local.chal = dict(challenge)  # type: ignore[attr-defined]
        self._signer = signer
        return signer

    def _challenge_in(self, answer: Answer) -> Mapping[str, str]:
        if answer.status != 401:
            self._check(answer)
            raise _unknown_way("it let a request in without any")
        for challenge in challenges_in(answer.header("www-authenticate")):
            if challenge.get("algorithm", "MD5").upper() in _ALGORITHMS and challenge.keys() >= {"realm", "nonce"}:
                return challenge
        raise _unknown_way("it offers no Digest that is known here")


def challenges_in(header: str) -> list[dict[str, str]]:
    """Read the Digest challenges of a WWW-Authenticate header, in the server's order."""
    found = []
    for part in _BETWEEN_CHALLENGES.split(header):
        if scheme := _DIGEST.match(part := part.lstrip()):
            said = parse_dict_header(part[scheme.end() :])  # type: ignore[no-untyped-call]
            # A name without a value says nothing.
            values: dict[str, str] = {name: value for name, value in said.items() if value is not None}
            # The library looks for "auth" between commas without spaces.
            if "qop" in values:
                values["qop"] = ",".join(each.strip() for each in values["qop"].split(","))
            found.append(values)
    return found


def _unknown_way(why: str) -> AuthFailed | Broken:
    return Broken(
        f"The server does not ask for the kind of sign-in that this version of its API has: {why}. Check the address "
        "and the version of the API.",
        detail=why,
        reason=Reason.UNEXPECTED_SHAPE,
    )
