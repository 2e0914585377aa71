"""One request to an address of somebody's choice: checked where it leads, no redirect followed, little read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests

from bpadmin.platforms.http.connections import Adapter, AddressRefused, Wire, current_wire

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
ANSWER_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, 0 where nothing did, and words for people."""

    status: int
    words: str

    @property
    def is_ok(self) -> bool:
        """Return whether it was taken."""
        return 200 <= self.status < 300


def request_send(
    method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, check: Callable[[str], None]
) -> Answer:
    """Send a request and return how it was answered; never raises for what the other side does.

    `check` is asked before each connection, and again with the address that the name led to.
    """
    token = current_wire.set(Wire(url=url, check_url=check, read_timeout=READ_SECONDS))
    try:
        with requests.Session() as session:
            # Else what ~/.netrc has for a host would be sent to whoever names it here.
            session.auth = _nobody
            session.mount("https://", Adapter(max_retries=0))
            session.mount("http://", Adapter(max_retries=0))
            with session.request(
                method,
                url,
                data=body or None,
                headers={"User-Agent": "bpadmin", **(headers or {})},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                text = response.raw.read(ANSWER_BYTES, decode_content=False).decode("utf-8", "replace").strip()
                return Answer(response.status_code, _words(response.status_code, text))
    except AddressRefused as refused:
        return Answer(0, str(refused.__cause__ or refused))
    except (requests.RequestException, OSError, ValueError) as error:
        return Answer(0, _failure(error))
    finally:
        current_wire.reset(token)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign a request as nobody."""
    return request


def _words(status: int, text: str) -> str:
    first = text.splitlines()[0][:200] if text else ""
    if 300 <= status < 400:
        return f"It answered {status}, a redirect, which is not followed: give the address that it leads to."
    return f"It answered {status}. {first}".strip()


def _failure(error: Exception) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"No connection within {CONNECT_SECONDS:.0f} seconds."
    if isinstance(error, requests.Timeout):
        return f"No answer within {READ_SECONDS:.0f} seconds."
    if isinstance(error, requests.exceptions.SSLError):
        return "Its certificate cannot be trusted."
    if isinstance(error, requests.ConnectionError):
        return "It cannot be reached: the name leads nowhere, or nothing listens there."
    return f"It could not be sent ({type(error).__name__})."
