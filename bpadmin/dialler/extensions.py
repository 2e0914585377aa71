"""What the screens of campaigns, lists and Do Not Call tell one another, since none of them imports another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bpadmin.dialler.types import Act, Actor
from bpadmin.extensions import ExtensionPoint
from bpadmin.platforms.types import DncListInfo, FieldSpec
from bpadmin.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class DncNote:
    """How fresh a Do Not Call list's data are: a badge of a tone (ok, warn or bad), and whether all is well."""

    tone: str
    words: str
    is_ok: bool


class KnownFields(Protocol):
    """Knows the fields of calling lists, as far as anybody said or learnt them."""

    def of_list(self, *, tenant: Tenant, list_id: str) -> Sequence[FieldSpec]:
        """Return the fields of one list, () where nothing is known."""

    def names(self, *, tenant: Tenant) -> Sequence[str]:
        """Return the names of the fields of all lists of the tenant, each once."""


class BeforeLoss(Protocol):
    """Wants to look at a list once more before records of it are taken away from here, or it is unbound."""

    def __call__(self, *, tenant: Tenant, list_id: str = "", instance_id: str = "") -> None:
        """Look, within some seconds; never raises. With `instance_id` only that instance of the list goes."""


before_loss: ExtensionPoint[BeforeLoss] = ExtensionPoint()
"""Who looks at a list before it is emptied, deleted or unbound from here."""

dnc_notes: ExtensionPoint[Callable[[Tenant, Sequence[str]], Mapping[str, DncNote]]] = ExtensionPoint()
"""Notes on Do Not Call lists by the platform's id, for those of the given ones of which there is something to say."""

dnc_told: ExtensionPoint[Callable[[Tenant, Sequence[DncListInfo] | None, datetime], None]] = ExtensionPoint()
"""Who keeps Do Not Call lists; called when what campaigns tell of them has changed, with the tenant's own listing where
that was read, and the moment at which it was."""

fresh_counts: ExtensionPoint[Callable[[Tenant, str, str], int | None]] = ExtensionPoint()
"""Who knows how many records of a list in a campaign (their ids: campaign, instance) were never attempted; None where
it is not known, or was not counted lately."""

list_disablers: ExtensionPoint[Callable[[Tenant, str, Actor], Sequence[Act]]] = ExtensionPoint()
"""Who disables a calling list, by its id, in every campaign in which it is enabled; an Act for each of them. Raises
PlatformError."""

known_fields: ExtensionPoint[KnownFields] = ExtensionPoint()
"""Who knows the fields of calling lists."""


def loss_announce(*, tenant: Tenant, list_id: str = "", instance_id: str = "") -> None:
    """Let whoever keeps something of a list look at it before it goes."""
    for look in before_loss:
        look(tenant=tenant, list_id=list_id, instance_id=instance_id)


def list_fields(*, tenant: Tenant, list_id: str) -> Sequence[FieldSpec]:
    """Return the fields of a calling list as far as anybody knows them."""
    found = (each.of_list(tenant=tenant, list_id=list_id) for each in known_fields)
    return next((fields for fields in found if fields), ())


def list_field_names(*, tenant: Tenant) -> list[str]:
    """Return the names of the known fields of all calling lists of a tenant, each once, sorted."""
    names = {name for each in known_fields for name in each.names(tenant=tenant)}
    return sorted(names, key=str.casefold)
