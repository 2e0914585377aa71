"""How an act's outcome is said on the next page: done, refused and unknown each have a look of their own."""

from __future__ import annotations

from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

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
        """Return whether it was done."""

    @property
    def sentence(self) -> str:
        """Say it."""


def tell(request: HttpRequest, act: Told) -> None:
    """Say on the next page what came of `act`, with a link to its undo where it has one."""
    messages.add_message(request, LEVELS[act.outcome], with_undo(request, act.sentence, act))


def with_undo(request: HttpRequest, sentence: str, act: object) -> str:
    """Return a sentence with a link to the page that takes `act` back, where its kind has an inverse."""
    number, tenant = getattr(act, "number", None), getattr(request, "tenant", None)
    if not number or not getattr(act, "has_undo", False) or tenant is None:
        return sentence
    address = reverse("dialler:undo", args=[tenant.slug, number])
    return format_html('{} <a href="{}">Undo</a>', sentence, address)
