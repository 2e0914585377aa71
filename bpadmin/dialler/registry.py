"""What acts of each kind need besides their request: read again, followed up, written down elsewhere.

The screens register their kinds when their apps are ready, so that the sweep can settle acts of screens it knows
nothing about.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from bpadmin.audit.verbs import Verb

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.dialler.types import Act, Actor
    from bpadmin.platforms.client import PlatformClient


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
