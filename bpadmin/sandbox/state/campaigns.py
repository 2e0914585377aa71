"""Campaigns, the list instances bound to them, and the DNC lists that guard them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.results import Results

DO_NOT_CALL = "Do not call"

# What a call can end in: name, weight, whether the record is completed by it.
DISPOSITIONS = (
    ("No answer", 34, False),
    ("Answering machine", 20, False),
    ("Busy", 8, False),
    ("Fast busy", 3, False),
    ("Call back later", 7, False),
    ("Not interested", 12, True),
    ("Sale made", 7, True),
    ("Appointment approved", 4, True),
    ("Wrong number", 4, True),
    (DO_NOT_CALL, 1, True),
)

# Dispositions from here on are matches of the campaign's DNC lists, in their order there.
DNC_MATCH = 200


@dataclass(frozen=True, slots=True)
class Sorting:
    """Order in which an instance is dialled; `fields` are (name, ASC or DESC) for CUSTOM."""

    type: str = "NATURAL"
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Instance:
    """A list bound to a campaign, with the results of its records there."""

    id: str
    list: CallingList
    name: str = ""
    enabled: bool = False
    order: int = 1
    dialing_ratio: int = 1
    sorting: Sorting = Sorting()
    results: Results = field(default_factory=Results)

    def as_json(self) -> dict[str, Any]:
        """Return the instance as getCampaign shows it; "natural" is in lower case there, as in the document."""
        return {
            "id": self.list.id,
            "name": self.list.name,
            "instanceId": self.id,
            "instanceName": self.name,
            "enabled": self.enabled,
            "order": self.order,
            "dialingRatio": self.dialing_ratio,
            "sortingOrder": {
                "type": "natural" if self.sorting.type == "NATURAL" else self.sorting.type,
                "sortingFields": [
                    {"fieldId": f"f{self.list.format.places.get(name, 0) + 1}", "fieldName": name, "sortOrder": order}
                    for name, order in self.sorting.fields
                ],
            },
            "totalRecords": self.list.total,
        }


@dataclass(slots=True)
class DncBinding:
    """A DNC list that guards a campaign; a match gets `disposition`.

    `allow_append`: agents' "Do not call" adds the number. One that was taken off keeps its place (`is_bound`), since
    past results name it by that.
    """

    dnc_id: str
    disposition: str = "Number matches DNC"
    allow_append: bool = False
    is_bound: bool = True


@dataclass(slots=True)
class Campaign:
    """A campaign. `rate` is calls per second while it runs; `ticked` is until when its calls were simulated."""

    id: str
    name: str
    kind: str = "Outbound Voice"
    enabled: bool = True
    is_running: bool = False
    rate: float = 1.0
    ticked: int = 0
    instances: dict[str, Instance] = field(default_factory=dict)
    dnc: list[DncBinding] = field(default_factory=list)
    agents: tuple[str, ...] = ("elizabeth", "katie.kent", "omar.haddad")
    custom_fields: tuple[str, ...] = ()
    random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.id)  # noqa: S311

    @property
    def state(self) -> str:
        """Return the state as the API names it."""
        return "RUNNING" if self.is_running else "STOPPED"

    def disposition_named(self, number: int) -> str:
        """Return a disposition's name; a DNC match has the name that the DNC list is bound with."""
        if number < DNC_MATCH:
            return DISPOSITIONS[number][0]
        place = number - DNC_MATCH
        return self.dnc[place].disposition if place < len(self.dnc) else "Number matches DNC"
