"""Buckets of somebody's choice, by the S3 API: the library signs and reads, its requests go over our connections."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from bpadmin.platforms.http.connections import Adapter, Wire, current_wire
from bpadmin.platforms.http.connections import AddressRefused as WireRefused
from bpadmin.tenants.connections.addresses import AddressRefused, address_check

# A page of a listing has a thousand names of at most a kilobyte.
LARGEST_ANSWER = 16 * 1024 * 1024
LONGEST_SECONDS = 3600.0
PART_BYTES = 64 * 1024


class BucketTrouble(OSError):
    """A bucket answered what no bucket answers; the message says what."""


@contextmanager
def bucket_client(
    *,
    endpoint: str,
    region: str,
    key_id: str,
    secret: str,
    connect_seconds: float,
    read_seconds: float,
    all_seconds: float = float("inf"),
) -> Iterator[Any]:
    """Open a client of boto3. It raises AddressRefused where an endpoint leads into our network.

    `all_seconds` are for all that is asked and sent by it, however its bytes drip: BucketTrouble after that.

    An endpoint is somebody's choice and is checked at each connection; without one it is Amazon's own.
    """
    import boto3  # costs 40 MB: for the workers that need it
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or "us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(
            retries={"max_attempts": 2},
            s3={"addressing_style": "path" if endpoint else "auto"},
            # Servers other than Amazon's do not all know its newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    door = _Door(address_check if endpoint else None, (connect_seconds, read_seconds), all_seconds)
    client.meta.events.register("before-send.s3", door.send)
    try:
        yield client
    finally:
        client.close()
        door.close()


class _Door:
    """What a request of the library goes through in place of its own connections. For any thread."""

    def __init__(self, check: Callable[[str], None] | None, seconds: tuple[float, float], longest: float) -> None:
        self._check, self._seconds = check, seconds
        self._until = time.monotonic() + longest
        self._adapter = Adapter(max_retries=0)

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def send(self, request: Any, **_: Any) -> Any:
        """Send a request that is signed, and return its answer as the library knows one."""
        from botocore.awsrequest import AWSResponse
        from botocore.exceptions import EndpointConnectionError

        time_check(self._until)
        parts = urlsplit(request.url)
        wire = Wire(f"{parts.scheme}://{parts.netloc}/", self._check, self._seconds[1])
        token = current_wire.set(wire)
        try:
            answer = self._adapter.send(
                _prepared(request, self._until), stream=True, timeout=self._seconds, **_environment(request.url)
            )
            if self._check is not None and 300 <= answer.status_code < 400 and answer.status_code != 304:
                answer.close()
                # The library asks the same server where to, and follows its answer, again and again.
                raise BucketTrouble(f"it leads elsewhere (status {answer.status_code}), which is not followed")
            headers = dict(answer.headers)
            if request.stream_output and answer.status_code < 300:
                wire.until = time.monotonic() + LONGEST_SECONDS
                return AWSResponse(request.url, answer.status_code, headers, answer.raw)
            wire.until = time.monotonic() + self._seconds[1]
            return AWSResponse(request.url, answer.status_code, headers, _Whole(_read(answer)))
        except WireRefused as carrier:
            if isinstance(carrier.__cause__, AddressRefused):
                raise carrier.__cause__ from carrier
            raise
        except requests.RequestException as error:
            time_check(self._until, error)
            raise EndpointConnectionError(endpoint_url=wire.url, error=error) from error
        finally:
            current_wire.reset(token)


class _Whole(io.BytesIO):
    """An answer that was read."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Yield all of it."""
        yield self.read()


def time_check(until: float, error: Exception | None = None) -> None:
    """Refuse to go on after a moment of the monotonic clock, or tell that this was it. BucketTrouble."""
    if time.monotonic() > until:
        raise BucketTrouble("it takes what is sent too slowly") from error


class _Timed:
    """A body that is read in pieces as it leaves, until its time is over."""

    def __init__(self, body: Any, until: float) -> None:
        self._body, self._until = body, until

    def read(self, size: int = -1) -> Any:
        """Read some of it."""
        time_check(self._until)
        return self._body.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


def _prepared(request: Any, until: float) -> requests.PreparedRequest:
    """Return a request as it was signed: nothing of it may be written in another way."""
    prepared = requests.PreparedRequest()
    body: Any = request.body
    if isinstance(body, bytes | bytearray) and len(body) > PART_BYTES:
        body = io.BytesIO(body)  # what is given whole has one time-out for all of it
    prepared.method, prepared.url = request.method, request.url
    sent: Any = _Timed(body, until) if hasattr(body, "read") else body
    prepared.body = sent
    prepared.headers = CaseInsensitiveDict(
        {
            name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
            # We do not wait for leave to send.
            if name.lower() != "expect"
        }
    )
    return prepared


def _environment(url: str) -> dict[str, Any]:
    """Return the proxies and authorities that the operator has named for everything."""
    with requests.Session() as session:
        found = session.merge_environment_settings(url, {}, None, None, None)
    return {"proxies": dict(found["proxies"]), "verify": os.environ.get("AWS_CA_BUNDLE") or found["verify"] or True}


def _read(answer: requests.Response) -> bytes:
    parts, size = [], 0
    try:
        while part := answer.raw.read1(PART_BYTES, decode_content=False):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER:
                raise BucketTrouble(f"it answers more than {LARGEST_ANSWER >> 20} MB")
    finally:
        answer.close()
    return b"".join(parts)
