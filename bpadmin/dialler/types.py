"""Who asks a platform for what, and how it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ACT_TIMEOUT = 20.0  # seconds a person is made to wait for an answer
ACTOR_LENGTH = 150

START_PRIVILEGE = "Start campaigns and enable lists"
"""The privilege of Bright Pattern's that binding lists and starting campaigns need."""


@dataclass(frozen=True, slots=True)
class Act:
    """How the platform took it, in a sentence for a supervisor; `id` names what was made, where something was.

    `details` go into the log. `found` is what the caller and the follow-up of the act need besides; it is not stored.
    Of a reading, `so_far` is what is said as long as a slow request may still take effect: until then a REFUSED
    reading is not believed. `number` is that of the act's row, and `has_undo` says that it can be taken back.
    """

    outcome: Outcome
    sentence: str
    id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    found: Any = None
    so_far: str = ""
    number: int | None = field(default=None, compare=False)
    has_undo: bool = field(default=False, compare=False)

    @property
    def is_done(self) -> bool:
        """Return whether the platform surely did it."""
        return self.outcome == Outcome.DONE


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, or a name such as "shell" where there is none."""

    user: User | None = None
    name: str = ""

    @property
    def called(self) -> str:
        """Return the name by which the log knows the actor."""
        return (self.name or (self.user.get_username() if self.user else "the system"))[:ACTOR_LENGTH]


@dataclass(frozen=True, slots=True)
class Target:
    """What is acted on: kind ("list", "campaign", …), the platform's id, and the name people know it by."""

    kind: str
    id: str
    name: str
