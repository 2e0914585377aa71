"""How methods are called that not every tenant has, and whose members the document spells in two ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bpadmin.platforms.brightpattern.caller import Caller
from bpadmin.platforms.brightpattern.endpoints import Endpoint
from bpadmin.platforms.errors import Broken, Invalid, NotFound, PlatformError, Reason, Unsupported

T = TypeVar("T")


class NewerCaller(Caller):
    """Base of the groups of methods that came after v3.0."""

    def _newer(
        self,
        endpoint: Endpoint,
        *variables: str,
        shape: Callable[[Any], T],
        body: object | None = None,
        query: Mapping[str, str] | None = None,
    ) -> T:
        """Call an endpoint; Unsupported where the answer is that of a tenant that does not have it."""
        try:
            return self._call(endpoint, *variables, shape=shape, body=body, query=query)
        except PlatformError as error:
            if not _is_unknown(error):
                raise
            raise _unsupported(endpoint, error) from error

    def _first_taken(
        self, endpoint: Endpoint, *variables: str, shape: Callable[[Any], T], bodies: Mapping[str, object]
    ) -> T:
        """Call with the first of `bodies` (by the spelling that sets it apart) that the platform does not misread.

        The document's table and its example differ in these names. A 400 did nothing, so the other may follow it.
        """
        first: Invalid | None = None
        for spelling, body in bodies.items():
            try:
                return self._newer(endpoint, *variables, shape=shape, body=body)
            except Invalid as error:
                first = first or error
                if error.status != 400 or (error.detail and spelling.lower() not in error.detail.lower()):
                    raise first from None
        assert first is not None  # noqa: S101 - there is always a body
        raise first


def _is_unknown(error: PlatformError) -> bool:
    """Return whether an answer means that the tenant does not have the method, rather than the thing asked for."""
    if isinstance(error, Broken):
        return error.status in (404, 405, 501)
    return (isinstance(error, NotFound) and error.reason is Reason.URL_NOT_FOUND) or error.status in (405, 501)


def _unsupported(endpoint: Endpoint, error: PlatformError) -> Unsupported:
    return Unsupported(
        f"This tenant's platform cannot {endpoint.doing}: its version is older than that. Do it in Contact Center "
        "Administrator.",
        status=error.status,
        code=error.code,
        detail=error.detail,
        body=error.body,
        reason=error.reason,
    )
