"""What is known of the Do Not Call lists that a campaign uses, such as how old a registry's data are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.dialler.extensions import DncNote, dnc_notes
from bpadmin.platforms.types import Campaign

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def notes_of(tenant: Tenant, campaign: Campaign) -> dict[str, DncNote]:
    """Return the notes on a campaign's Do Not Call lists by the lists' ids."""
    ids = [each.id for each in campaign.dnc_lists or ()]
    notes: dict[str, DncNote] = {}
    for notes_on in dnc_notes if ids else ():
        notes.update(notes_on(tenant, ids))
    return notes
