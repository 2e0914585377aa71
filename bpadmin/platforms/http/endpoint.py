"""One method of a platform's API: where it is, what repeating it does, what it may refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote

from bpadmin.platforms.base import Effect
from bpadmin.platforms.errors import Reason


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method: `doing` completes "asked to …"; `privileges` are those its 403 may be about, by the platform's names.

    `path` has one `{}` per path variable. `refusals` lists, per status, the documented reasons in the order in which
    they are looked for in the answer's text; the first stands for an answer that does not say which. `is_batch` marks
    requests of many records, `is_secret` answers never kept.
    """

    root: ClassVar[str] = "/"

    name: str
    method: str
    path: str
    effect: Effect
    doing: str
    privileges: tuple[str, ...] = ()
    refusals: Mapping[int, tuple[Reason, ...]] = field(default_factory=dict)
    is_batch: bool = False
    is_secret: bool = False

    def url(self, *variables: str) -> str:
        """Return the path on the tenant's host; the variables are escaped, so that none can leave its place."""
        return self.root + self.path.format(*map(segment, variables))


def segment(variable: str) -> str:
    """Write a value as one segment of a path."""
    # Dots alone would be taken for a step up the path, and nothing at all would name another method.
    return quote(variable, safe="") if variable.strip(".") else "-"
