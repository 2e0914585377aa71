"""A file on a web server, under a name that may hold the day."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import requests

from bpadmin.feeds.naming import Wanted
from bpadmin.feeds.sources.base import (
    CONNECT_SECONDS,
    COPY_BYTES,
    LONGEST_SECONDS,
    READ_SECONDS,
    Entry,
    Place,
    Setting,
    Source,
    SourceAway,
    SourceRefused,
)
from bpadmin.platforms.http.connections import Adapter, Wire, current_wire
from bpadmin.platforms.http.connections import AddressRefused as WireRefused
from bpadmin.tenants.connections.addresses import AddressRefused, address_check

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


class HttpsSource(Source):
    """A web server. The pattern has no wildcards: a web server does not list what it has."""

    key = "https"
    label = "A web server (HTTPS)"
    help = "A file under an address of its own, which may hold the day."
    settings = (
        Setting("url", "Folder's address", "Such as https://files.example.com/leads/", is_needed=True),
        Setting("user", "User", "Where the server asks for a password."),
        Setting("password", "Password", form="secret"),
        Setting("token", "Token", "Sent as a bearer token in place of user and password.", form="secret"),
        Setting("certificates", "Certificates", "PEM, trusted beside the usual ones for this server.", form="area"),
    )

    def check(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        """Refuse an address that may not be called."""
        kept = super().check(tenant, address, secrets)
        try:
            address_check(kept["url"])
        except AddressRefused as refused:
            raise SourceRefused(str(refused), "url") from refused
        if kept["certificates"]:
            try:
                Adapter(certificates=kept["certificates"])
            except (OSError, ValueError) as error:
                raise SourceRefused("These are no certificates in PEM form.", "certificates") from error
        return kept

    def lacks(self, address: Mapping[str, str], secrets: Mapping[str, str]) -> tuple[str, ...]:
        """Return the password where a user is named."""
        return ("password",) if address.get("user") and not secrets.get("password") else ()

    def words(self, address: Mapping[str, str]) -> str:
        """Say which address."""
        return address.get("url", "")

    @contextmanager
    def place(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Place]:
        """Open a session."""
        with requests.Session() as session:
            adapter = Adapter(certificates=address.get("certificates", ""), max_retries=0)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            session.headers["User-Agent"] = "bpadmin"
            # Else what ~/.netrc has for a host would be sent to whoever names it here.
            session.auth = _nobody
            # A compressed answer would have another size than the one that was told.
            session.headers["Accept-Encoding"] = "identity"
            if secrets.get("token"):
                session.headers["Authorization"] = f"Bearer {secrets['token']}"
            elif address.get("user"):
                session.headers["Authorization"] = _basic(address["user"], secrets.get("password", ""))
            yield WebPlace(session, address["url"])


class WebPlace(Place):
    """The server, open."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self.session, self.url = session, url if url.endswith("/") else f"{url}/"

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Ask for the one file that is meant."""
        name = wanted.exact
        if not name:
            raise SourceAway("A web server does not list its files: the pattern must not hold * or ?.")
        found = self._look(name)
        return [found] if found else []

    def has(self, name: str) -> bool:
        """Ask for a file."""
        return self._look(name) is not None

    def fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        """Read it as it comes."""
        with self._asked("GET", entry.name) as (answer, wire):
            if answer.status_code != 200:
                raise SourceAway(_words(answer.status_code, entry.name))
            wire.until = time.monotonic() + LONGEST_SECONDS
            count = 0
            for data in answer.iter_content(COPY_BYTES):
                count += len(data)
                sink(data)
            told = answer.headers.get("Content-Length", "")
            if told.isdecimal() and int(told) != count:
                raise SourceAway(f"Only {count:,} of {int(told):,} bytes of {entry.name} arrived.")

    def _look(self, name: str) -> Entry | None:
        with self._asked("HEAD", name) as (answer, _):
            found, status = _entry(name, answer), answer.status_code
        if status in (405, 501):  # some servers know no HEAD
            with self._asked("GET", name) as (answer, _):
                found, status = _entry(name, answer), answer.status_code
        if status in (404, 410):
            return None
        if status != 200:
            raise SourceAway(_words(status, name))
        return found

    @contextmanager
    def _asked(self, method: str, name: str) -> Iterator[tuple[requests.Response, Wire]]:
        url = self.url + quote(name)
        wire = Wire(url=url, check_url=address_check, read_timeout=READ_SECONDS)
        token, host = current_wire.set(wire), urlsplit(url).hostname
        try:
            with self.session.request(
                method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True
            ) as answer:
                yield answer, wire
        except WireRefused as refused:
            raise SourceAway(str(refused.__cause__ or refused)) from refused
        except requests.exceptions.SSLError as error:
            raise SourceAway(f"The certificate of {host} cannot be trusted.") from error
        except (requests.RequestException, OSError) as error:
            raise SourceAway(f"{host} cannot be reached, or it stopped in the middle.") from error
        finally:
            current_wire.reset(token)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign a request as nobody: what signs it stands in its headers."""
    return request


def _basic(user: str, password: str) -> str:
    """Return the header of a user in UTF-8 (RFC 7617): the library's own would fail at a letter outside of Latin-1."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def _entry(name: str, answer: requests.Response) -> Entry:
    told = answer.headers.get("Content-Length", "")
    return Entry(
        name,
        int(told) if told.isdecimal() else None,
        _moment(answer.headers.get("Last-Modified", "")),
        answer.headers.get("ETag", "") or answer.headers.get("Last-Modified", ""),
    )


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _words(status: int, name: str) -> str:
    if status in (401, 403):
        return f"The server refuses us ({status}): look at the user, the password and what they may read."
    if 300 <= status < 400:
        return f"The server answers for {name} with a redirect ({status}), which is not followed."
    return f"The server answered {status} for {name}."
