"""Which list protects which campaign, and where nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bpadmin.platforms.types import Campaign
from dnc.models import DncKind, DncList


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One campaign; `cells` tell for each list whether it protects it, `gap` in words what is missing ("" for none)."""

    id: str
    name: str
    cells: tuple[bool, ...]
    gap: str


def coverage_rows(campaigns: Iterable[Campaign], lists: Sequence[DncList]) -> list[CoverageRow]:
    """Put campaigns against lists; those with a gap come first."""
    used = [{use["id"] for use in each.campaigns} for each in lists]
    rows = []
    for campaign in campaigns:
        cells = tuple(campaign.id in ids for ids in used)
        kinds = {each.type for each, is_in in zip(lists, cells, strict=True) if is_in}
        gap = "" if DncKind.INTERNAL in kinds else "No list of numbers" if kinds else "No list at all"
        rows.append(CoverageRow(campaign.id, campaign.name, cells, gap))
    return sorted(rows, key=lambda row: (not row.gap, row.name.casefold()))
