"""DNC lists: keys with comments, of five types."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class DncType(StrEnum):
    """DNC list types as getCampaign names them."""

    INTERNAL = "INTERNAL"
    GEOGRAPHIC_POSTAL = "GEOGRAPHIC_POSTAL"
    GEOGRAPHIC_STATE = "GEOGRAPHIC_STATE"
    GEOGRAPHIC_AREACODE = "GEOGRAPHIC_AREACODE"
    EXCLUSION = "EXCLUSION"


@dataclass(slots=True)
class DncList:
    """A DNC list; `entries` maps a key to its comment, in the order of adding."""

    id: str
    name: str
    type: DncType
    country: str = ""
    list_field: str = ""
    entries: dict[str, str] = field(default_factory=dict)

    def as_binding(self) -> dict[str, Any]:
        """Give the list as getCampaign shows it; "Country" has its capital there."""
        shown = {"id": self.id, "name": self.name, "type": self.type.value}
        if self.country:
            shown["Country"] = self.country
        if self.list_field:
            shown["listField"] = self.list_field
        return shown
