"""One way to call an endpoint, whichever platform's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

import orjson

from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.judging import Judge
from bpadmin.platforms.http.transport import Auth, Transport

T = TypeVar("T")


class Calling:
    """Base of a platform's groups of methods."""

    judge: ClassVar[Judge]
    _transport: Transport
    _auth: Auth

    def _call(
        self,
        endpoint: Endpoint,
        *variables: str,
        shape: Callable[[Any], T],
        query: Mapping[str, str] | None = None,
        body: bytes | object | None = None,
    ) -> T:
        """Call an endpoint and give what `shape` makes of its answer; a body of bytes goes out as it is."""
        return self._transport.request(
            endpoint.method,
            address(endpoint, *variables, query=query),
            decode=partial(self.judge.read, endpoint=endpoint, shape=shape),
            effect=endpoint.effect,
            body=body if body is None or isinstance(body, bytes) else orjson.dumps(body),
            auth=self._auth,
            name=endpoint.name,
        )

    @contextmanager
    def _hurried(self) -> Iterator[None]:
        """Make one attempt of each call, since a person waits."""
        patience, self._transport.patience = self._transport.patience, 0.0
        try:
            yield
        finally:
            self._transport.patience = patience


def address(endpoint: Endpoint, *variables: str, query: Mapping[str, str] | None = None) -> str:
    """Return path and query of a call."""
    path = endpoint.url(*variables)
    return f"{path}?{urlencode(query, quote_via=quote, safe='')}" if query else path
