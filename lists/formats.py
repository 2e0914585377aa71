"""What fields a list has: the API cannot tell, so it is learnt, said or remembered, and kept per list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bpadmin.platforms.types import FieldSpec
from lists.models import ListFormat

if TYPE_CHECKING:
    from bpadmin.platforms.brightpattern.client import BrightPatternClient
    from bpadmin.tenants.models import Tenant


def format_get(*, tenant: Tenant, list_id: str, format_id: str = "") -> ListFormat | None:
    """Give what is known of a list's format; a list with the same `format_id` will do."""
    raise NotImplementedError


def format_fields(known: ListFormat | None) -> tuple[FieldSpec, ...]:
    """Give the fields of a kept format as FieldSpecs, () when nothing is known."""
    raise NotImplementedError


def format_learn(
    *, tenant: Tenant, list_id: str, client: BrightPatternClient, probe: Mapping[str, str] | None = None
) -> ListFormat | None:
    """Learn a list's fields from records read back, keep and return them; None when the list shows no record.

    A list bound to a campaign is read through it. For another list `probe` (one row of the file, field -> value) is
    looked up. What a supervisor said, or what was created here, is never overwritten.
    """
    raise NotImplementedError


def format_say(*, tenant: Tenant, list_id: str, list_name: str, fields: Sequence[FieldSpec]) -> ListFormat:
    """Keep what a supervisor says about a list's fields. ValueError with a sentence when they cannot be right."""
    raise NotImplementedError


def format_remember(
    *, tenant: Tenant, list_id: str, list_name: str, format_id: str, format_name: str, fields: Sequence[FieldSpec]
) -> ListFormat:
    """Keep the format of a list created here."""
    raise NotImplementedError
