"""The tenant: everything it holds, under one lock."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

from bpadmin.sandbox.clock import Clock
from bpadmin.sandbox.errors import not_found

from .access import Tokens, User, standard_users
from .campaigns import Campaign, Instance
from .dnc import DncList
from .formats import Format
from .lists import CallingList

ROW_LIMIT = 100_000_000


@dataclass(slots=True)
class Options:
    """What a test may change about the tenant's manners.

    `document_oddities`: answer as the document literally shows (curly quotes, trailing comments), which is no JSON.
    `lowercase_echo`: refused records come back with field names in lower case, as some tenants do.
    `rows_limit`: how many rows all lists together may hold. `delete_rows_per_second`, `delete_min_seconds`: how fast
    delete jobs are; `fail_delete_jobs`: they fail half-way.
    """

    document_oddities: bool = False
    lowercase_echo: bool = False
    rows_limit: int = ROW_LIMIT
    delete_rows_per_second: float = 20_000.0
    delete_min_seconds: float = 1.0
    fail_delete_jobs: bool = False


@dataclass(slots=True)
class Tenant:
    """State of the simulated tenant. Whoever reads or changes it holds `lock`."""

    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    options: Options = field(default_factory=Options)
    users: dict[str, User] = field(default_factory=standard_users)
    tokens: Tokens = field(default_factory=Tokens)
    is_active: bool = True
    formats: dict[str, Format] = field(default_factory=dict)
    lists: dict[str, CallingList] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    dnc_lists: dict[str, DncList] = field(default_factory=dict)
    erasures: list[tuple[str, str]] = field(default_factory=list)
    _serial: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(20), repr=False)  # noqa: S311

    def new_id(self) -> str:
        """Make an identifier like the platform's: upper-case hexadecimal in five groups. Same order, same ids."""
        text = f"{self._random.getrandbits(128):032X}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def rows_held(self) -> int:
        """Count the rows of all lists."""
        return sum(held.total for held in self.lists.values())

    def list_with(self, list_id: str) -> CallingList:
        """Find a list, or refuse with 404."""
        found = self.lists.get(list_id)
        if found is None:
            raise not_found("Specified list")
        return found

    def campaign_with(self, campaign_id: str) -> Campaign:
        """Find a campaign, or refuse with 404."""
        found = self.campaigns.get(campaign_id)
        if found is None:
            raise not_found("Specified campaign")
        return found

    def list_add(self, name: str, fmt: Format) -> CallingList:
        """Make an empty list; its format is remembered with it."""
        self.formats.setdefault(fmt.id, fmt)
        self._serial += 1
        made = CallingList(self.new_id(), name, fmt, self._serial, self.clock.now())
        self.lists[made.id] = made
        return made

    def list_drop(self, list_id: str) -> None:
        """Delete a list with its instances, and its format when no other list uses it."""
        gone = self.lists.pop(list_id)
        for campaign in self.campaigns.values():
            for instance in [i for i in campaign.instances.values() if i.list is gone]:
                del campaign.instances[instance.id]
        if all(held.format is not gone.format for held in self.lists.values()):
            self.formats.pop(gone.format.id, None)

    def record_drop(self, held: CallingList, at: int) -> bool:
        """Delete a record of a list with its results everywhere; False when it is already gone."""
        if not held.remove(at):
            return False
        for _, instance in self.uses_of(held):
            instance.results.forget(at)
        return True

    def bind(self, campaign: Campaign, held: CallingList) -> Instance:
        """Make an instance of a list in a campaign."""
        instance = Instance(self.new_id(), held)
        campaign.instances[instance.id] = instance
        return instance

    def uses_of(self, held: CallingList) -> list[tuple[Campaign, Instance]]:
        """Give every (campaign, instance) of a list."""
        return [(c, i) for c in self.campaigns.values() for i in c.instances.values() if i.list is held]
