"""Which column of a file goes into which field of a list: suggested, corrected by a person, remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bpadmin.platforms.types import FieldSpec


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One column and the field it most likely feeds ("" when none); `score` 0-100, `why` in words."""

    index: int
    column: str
    field: str = ""
    score: int = 0
    why: str = ""
    samples: tuple[str, ...] = ()


def mapping_suggest(
    *,
    header: Sequence[str],
    fields: Sequence[FieldSpec],
    saved: Mapping[str, str] | None = None,
    rows: Sequence[Sequence[str]] = (),
) -> tuple[Suggestion, ...]:
    """Suggest a field for every column: the saved mapping first, then same name, alias, similarity. One field once."""
    raise NotImplementedError


def mapping_saved(*, tenant_id: int, list_id: str, header: Sequence[str]) -> Mapping[str, str]:
    """Give the mapping last used for this list and header ({} when none)."""
    raise NotImplementedError


def fields_propose(*, header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[FieldSpec, ...]:
    """Propose fields for a list of unknown format: text everywhere, PHONE where a column looks like it."""
    raise NotImplementedError
