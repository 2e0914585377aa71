"""What another app knows of the Do Not Call lists that a campaign uses; it says so here when it is ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.platforms.types import Campaign

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Note:
    """How fresh a list's data are: a badge of a colour (ok, warn or bad), and whether nothing needs to be done."""

    tone: str
    words: str
    is_ok: bool


Teller = Callable[["Tenant", Sequence[str]], Mapping[str, Note]]
"""Gives a note for those of the lists, by the platform's id, of which there is something to say."""

_tellers: list[Teller] = []


def notes_register(teller: Teller) -> None:
    """Take somebody who knows; called once, when their app is ready."""
    _tellers.append(teller)


def notes_of(tenant: Tenant, campaign: Campaign) -> dict[str, Note]:
    """Give the notes on a campaign's Do Not Call lists by the lists' ids."""
    ids = [each.id for each in campaign.dnc_lists or ()]
    notes: dict[str, Note] = {}
    for teller in _tellers if ids else ():
        notes.update(teller(tenant, ids))
    return notes
