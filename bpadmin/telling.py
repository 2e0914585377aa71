"""How an act's outcome is said on the next page: done, refused and unknown each have a look of their own."""

from __future__ import annotations

from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest

from bpadmin.audit.models import Outcome

LEVELS = {
    Outcome.ASKED: messages.WARNING,
    Outcome.DONE: messages.SUCCESS,
    Outcome.REFUSED: messages.ERROR,
    Outcome.UNKNOWN: messages.WARNING,
}


class Told(Protocol):
    """What came of an act, whichever service did it: an outcome and a sentence for a supervisor."""

    @property
    def outcome(self) -> Outcome:
        """Tell whether it was done."""

    @property
    def sentence(self) -> str:
        """Say it."""


def tell(request: HttpRequest, act: Told) -> None:
    """Say on the next page what came of `act`."""
    messages.add_message(request, LEVELS[act.outcome], act.sentence)
