"""Result codes: what agents can make of a call, on platforms that let them be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ResultType(StrEnum):
    """What a result code does with a contact; UNKNOWN keeps whatever else a platform may say."""

    DONE = "done"
    ABORTED = "aborted"
    DELAY = "delay"
    APPOINTMENT = "appointment"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ResultCode:
    """A result that agents can give a call. `export_key` is what other systems match on; `delay` is minutes."""

    id: str
    name: str
    type: ResultType = ResultType.UNKNOWN
    type_name: str = ""
    export_key: str = ""
    delay: int | None = None
    agent_bound: bool | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
