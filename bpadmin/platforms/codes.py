"""Result codes: what agents can make of a call, on platforms that let them be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


RESULT_MEANINGS: Mapping[ResultType, tuple[str, str]] = {
    ResultType.DONE: ("Done", "A success: the contact is not called again."),
    ResultType.ABORTED: ("Aborted", "No success: the contact is not called again."),
    ResultType.DELAY: ("Delayed", "The contact is called again after the minutes that the result has."),
    ResultType.APPOINTMENT: ("Appointment", "The contact is called again at the date and time that was agreed."),
    ResultType.UNKNOWN: ("Others", "What these do with a contact the dialler does not tell."),
}


def codes_grouped(codes: Sequence[ResultCode]) -> list[tuple[str, str, tuple[ResultCode, ...]]]:
    """Return result codes by what they do: title, meaning and codes of each group that has any."""
    groups = [(kind, tuple(code for code in codes if code.type is kind)) for kind in RESULT_MEANINGS]
    return [(*RESULT_MEANINGS[kind], found) for kind, found in groups if found]
