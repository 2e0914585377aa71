"""What acts of each kind need besides their request: read again, followed up, written down elsewhere.

The screens register their kinds when their apps are ready, so that the sweep can settle acts of screens it knows
nothing about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from bpadmin.audit.verbs import Verb

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.dialler.types import Act, Actor
    from bpadmin.platforms.base import Capability
    from bpadmin.platforms.client import PlatformClient


@dataclass(frozen=True, slots=True)
class Inverse:
    """What takes an act back: what the platform must offer for it, what is done, and what that does besides.

    `words` is a sentence. `is_danger`: it may cut calls, or let what was blocked be called. `typed_name` is the name
    that somebody types first, "" for none.
    """

    needs: Capability
    words: str
    warnings: tuple[str, ...] = ()
    is_danger: bool = False
    needs_reason: bool = False
    typed_name: str = ""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What was said by whoever takes an act back; `together` is the number of the first undo of several."""

    actor: Actor
    reason: str = ""
    typed_name: str = ""
    is_sure: bool = False
    together: int | None = None


class ActionKind:
    """How acts of one verb are followed up. As it is, it suits an act that nobody can read again."""

    def asked(self, action: Action) -> None:
        """Write down that the act is asked for; called in the transaction of the intent, before the request."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Return what is true now, None where the platform cannot tell. Raises PlatformError.

        DONE is believed at once. REFUSED with `so_far` means that nothing is to be seen of the act: it is believed
        only when the tenant's quiet time is over. REFUSED without it says that it cannot have been done.
        """
        return None

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Write down what came of it; called in the transaction of the outcome, also of UNKNOWN, and again later.

        `act.found` is what the request or the reading found, None where a person settled it or nothing is known. `by`
        is who asked, or the person who settled it.
        """

    def after(self, action: Action, act: Act) -> None:
        """Let pages read the platform again; called after every outcome, a refusal too."""

    def has_inverse(self, action: Action) -> bool:
        """Return whether a done act may have an inverse, by what its row tells; for lists of acts, so no query."""
        return False

    def inverse(self, action: Action) -> Inverse | str:
        """Return what takes a done act back, or say why nothing plain does. Nothing is asked of the platform."""
        return "What it did cannot be undone by one plain act."

    def is_about(self, action: Action, later: Action) -> bool:
        """Return whether a later act on the same target has changed what `action` did."""
        return True

    def changed(self, action: Action, client: PlatformClient) -> str:
        """Say what is not as the act left it any more, "" where all is. Raises PlatformError."""
        return ""

    def undo(self, action: Action, said: Undoing) -> Act:
        """Take a done act back by the service that the same act is done by, with `undoes=action`."""
        raise TypeError(f"{type(self).__name__} has no undo")


_paths: dict[str, str] = {}
_PLAIN = ActionKind()


def actions_register(verbs: Iterable[Verb], path: str) -> None:
    """Name the ActionKind of some verbs, as "app.module.Class"; it is imported when the first such act comes."""
    for verb in verbs:
        _paths[verb.value] = path


def kind_of(action: Action) -> ActionKind:
    """Return how an act is followed up."""
    path = _paths.get(action.verb)
    return _kind(path) if path else _PLAIN


@cache
def _kind(path: str) -> ActionKind:
    kind: ActionKind = import_string(path)()
    return kind
