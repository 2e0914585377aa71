"""What the groups of methods share: one way to call an endpoint, and ids that lead back to names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import orjson

from bpadmin.platforms.brightpattern_legacy.endpoints import Endpoint
from bpadmin.platforms.http.judging import Judge
from bpadmin.platforms.http.transport import Auth, Transport
from bpadmin.platforms.names import names_of

T = TypeVar("T")

MOST_RECORDS = 1000
"""How many records one page has at most."""


class Caller:
    """Base of the method groups. `_root` is where the version of the API is on the tenant's host."""

    _transport: Transport
    _auth: Auth
    _judge: Judge
    _root: str

    def _call(self, endpoint: Endpoint, *ids: str, shape: Callable[[Any], T], body: bytes | object | None = None) -> T:
        """Call an endpoint of things named by their ids and give what `shape` makes of its answer.

        A body of bytes goes out as it is.
        """
        return self._transport.request(
            endpoint.method,
            self._root + endpoint.url(*map(name_of, ids)),
            decode=partial(self._judge.read, endpoint=endpoint, shape=shape),
            effect=endpoint.effect,
            body=body if body is None or isinstance(body, bytes) else orjson.dumps(body),
            auth=self._auth,
            name=endpoint.name,
        )


def name_of(id_: str) -> str:
    """Return the one name that an id stands for."""
    return names_of(id_)[0]
