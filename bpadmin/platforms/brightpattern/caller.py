"""What the three groups of methods share: whose answers they are, how a body is written and how a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson

from bpadmin.platforms.brightpattern.auth import ClientCredentials
from bpadmin.platforms.brightpattern.refusals import JUDGE
from bpadmin.platforms.http.calling import Calling
from bpadmin.platforms.http.judging import Judge


class Caller(Calling):
    """Base of the method groups."""

    judge: ClassVar[Judge] = JUDGE
    _auth: ClientCredentials


def records_body(records: bytes | Sequence[Mapping[str, Any]]) -> bytes:
    """Write records as a JSON array, unless they already are one."""
    return records if isinstance(records, bytes) else orjson.dumps(list(map(dict, records)))


def time_text(when: datetime) -> str:
    """Write an aware time as the platform reads it: UTC, milliseconds, no offset."""
    if when.tzinfo is None:
        raise ValueError("a time without a time zone could mean any of 24 hours")
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
