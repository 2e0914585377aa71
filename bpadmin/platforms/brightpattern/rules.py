"""The platform's own record rules, applied before anything is sent: columns in, columns and problems out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bpadmin.platforms.types import FieldSpec


def canonical_key(record: Mapping[str, Any], key_fields: Sequence[FieldSpec]) -> tuple[str, ...]:
    """Give a record's identity, the same for what was sent and what is echoed.

    Field names are matched whatever their case, values are trimmed texts, phones and integers in the platform's
    normal form. Without key fields the whole record is the identity (use it as a multiset).
    """
    raise NotImplementedError
