"""What the three groups of methods share: one way to call an endpoint, to write a body, and to walk its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import orjson

from bpadmin.platforms.brightpattern import decode
from bpadmin.platforms.brightpattern.auth import ClientCredentials
from bpadmin.platforms.brightpattern.endpoints import Endpoint
from bpadmin.platforms.transport import Transport

T = TypeVar("T")


class Caller:
    """Base of the method groups."""

    _transport: Transport
    _auth: ClientCredentials

    def _call(
        self, endpoint: Endpoint, *variables: str, shape: Callable[[Any], T], body: bytes | object | None = None
    ) -> T:
        """Call an endpoint and give what `shape` makes of its answer; a body of bytes goes out as it is."""
        return self._transport.request(
            endpoint.method,
            endpoint.url(*variables),
            decode=partial(decode.read, endpoint=endpoint, shape=shape),
            effect=endpoint.effect,
            body=body if body is None or isinstance(body, bytes) else orjson.dumps(body),
            auth=self._auth,
        )


def records_body(records: bytes | Sequence[Mapping[str, Any]]) -> bytes:
    """Write records as a JSON array, unless they already are one."""
    return records if isinstance(records, bytes) else orjson.dumps(list(map(dict, records)))


def time_text(when: datetime) -> str:
    """Write an aware time as the platform reads it: UTC, milliseconds, no offset."""
    if when.tzinfo is None:
        raise ValueError("a time without a time zone could mean any of 24 hours")
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
