"""What the groups of methods share: whose answers they are, and the ClientsID in every path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.http.calling import Calling
from bpadmin.platforms.http.judging import Judge
from bpadmin.platforms.jtel.endpoints import Endpoint
from bpadmin.platforms.jtel.refusals import JUDGE

T = TypeVar("T")


class Caller(Calling):
    """Base of the method groups."""

    judge: ClassVar[Judge] = JUDGE
    _clients_id: str

    def _ask(
        self,
        endpoint: Endpoint,
        *variables: str,
        shape: Callable[[Any], T],
        query: Mapping[str, str] | None = None,
        body: object | None = None,
    ) -> T:
        return self._call(endpoint, self._clients_id, *variables, shape=shape, query=query, body=body)


def given(value: str, what: str) -> str:
    """Return a text that has to be there, such as a name; the platform would take nothing for anything."""
    if not value.strip():
        raise Invalid(f"{what} is missing. Give it and try again.", reason=Reason.BAD_REQUEST)
    return value
