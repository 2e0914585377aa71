"""The tenant: everything it holds, under one lock."""

from __future__ import annotations

import random
import threading
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from bpadmin.sandbox.clock import Clock
from bpadmin.sandbox.conpeek.state import VoiceServer
from bpadmin.sandbox.errors import conflict, not_found
from bpadmin.sandbox.jtel.state import Dialler
from bpadmin.sandbox.outbound.state import Outbound
from bpadmin.sandbox.state.access import Tokens, User, standard_users
from bpadmin.sandbox.state.campaigns import Campaign, Instance
from bpadmin.sandbox.state.deletions import DeletionJob, JobState
from bpadmin.sandbox.state.dnc import DncList, DncType
from bpadmin.sandbox.state.formats import Format
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.nonces import Nonces

ROW_LIMIT = 100_000_000


@dataclass(slots=True)
class Options:
    """What a test may change about the tenant's manners.

    `document_oddities`: answer as the document literally shows (curly quotes, trailing comments), which is no JSON.
    `lowercase_echo`: refused records come back with field names in lower case, as some tenants do.
    `rows_limit`: how many rows all lists together may hold. `delete_rows_per_second`, `delete_min_seconds`: how fast
    delete jobs are; `fail_delete_jobs`: they fail half-way. `spoiling_value`: a record that holds it has its whole
    request refused with a 400; `vanishing_value`: a record that holds it is neither taken nor reported.
    `newer_dnc`: the tenant also has the Do Not Call methods that came after v3.0, `newer_campaigns` those on
    settings of campaigns, `newer_lists` those on lists without a campaign, `newer_links` those on link groups.
    `deletes_at_once`: deletions answer the number of records instead of a job. `legacy_duplicate_status`: what the
    older APIs answer to one record with a known key, 409 or 500, `older_page_most`: how many records they give at once
    whatever is asked for, 0 for what the documents say, `older_no_time`: what they write for a time that there is none
    of, such as 0001-01-01T00:00:00.000, "" for nothing. `jtel_ignores_campaign`: the jtel dialler is of a release that
    gives all contacts whatever campaign is asked for, `jtel_is_older`: of one that keeps shorter texts and knows no
    ResetContact; `jtel_import_tells`: what the answer to an import holds, the "contact", a "count", or "nothing".
    `conpeek_newer`: the Conpeek server also adds requests, has them called again and sums them up.
    `conpeek_number_filter`: how it wants the filter by number, as "text", "list" or "both"; the other one it refuses,
    or, as `conpeek_filter_trouble` says, finds nothing ("empty") or everything ("all") by it. `conpeek_page_most`: how
    many requests it gives at once whatever is asked for, 0 for as many as are asked for.
    """

    document_oddities: bool = False
    lowercase_echo: bool = False
    rows_limit: int = ROW_LIMIT
    delete_rows_per_second: float = 20_000.0
    delete_min_seconds: float = 1.0
    fail_delete_jobs: bool = False
    spoiling_value: str = ""
    vanishing_value: str = ""
    newer_dnc: bool = False
    newer_campaigns: bool = False
    newer_lists: bool = False
    newer_links: bool = False
    deletes_at_once: bool = False
    legacy_duplicate_status: int = 409
    older_page_most: int = 0
    older_no_time: str = ""
    jtel_ignores_campaign: bool = False
    jtel_is_older: bool = False
    jtel_import_tells: str = "contact"
    conpeek_newer: bool = True
    conpeek_number_filter: str = "both"
    conpeek_filter_trouble: str = "refuse"
    conpeek_page_most: int = 0

    @property
    def groups(self) -> frozenset[str]:
        """Return the groups of newer methods that the tenant has."""
        names = ("newer_dnc", "newer_campaigns", "newer_lists", "newer_links")
        return frozenset(name for name in names if getattr(self, name))


@dataclass(slots=True)
class Tenant:
    """State of the simulated tenant, and of the other platforms beside it. Whoever reads or changes it holds `lock`."""

    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    options: Options = field(default_factory=Options)
    users: dict[str, User] = field(default_factory=standard_users)
    tokens: Tokens = field(default_factory=Tokens)
    nonces: Nonces = field(default_factory=Nonces)
    is_active: bool = True
    formats: dict[str, Format] = field(default_factory=dict)
    lists: dict[str, CallingList] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    dnc_lists: dict[str, DncList] = field(default_factory=dict)
    jobs: dict[str, DeletionJob] = field(default_factory=dict)
    outbound: Outbound = field(default_factory=Outbound)
    erasures: list[tuple[str, str]] = field(default_factory=list)
    jtel: Dialler = field(default_factory=Dialler)
    conpeek: VoiceServer = field(default_factory=VoiceServer)
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

    def dnc_list_with(self, dnc_list_id: str) -> DncList:
        """Find a DNC list, or refuse with 404."""
        found = self.dnc_lists.get(dnc_list_id)
        if found is None:
            raise not_found("Specified DNC list")
        return found

    def dnc_list_add(self, name: str, kind: DncType) -> DncList:
        """Make an empty DNC list."""
        self._serial += 1
        made = DncList(self.new_id(), name, kind, serial=self._serial, created=self.clock.now())
        self.dnc_lists[made.id] = made
        return made

    def dnc_list_drop(self, dnc_list_id: str) -> None:
        """Delete a DNC list; it guards no campaign any more."""
        del self.dnc_lists[dnc_list_id]
        for binding in (binding for campaign in self.campaigns.values() for binding in campaign.dnc):
            if binding.dnc_id == dnc_list_id:
                binding.is_bound = False

    def list_drop(self, list_id: str) -> None:
        """Delete a list with its instances, and its format when no other list uses it."""
        gone = self.lists.pop(list_id)
        for campaign in self.campaigns.values():
            for instance in [i for i in campaign.instances.values() if i.list is gone]:
                del campaign.instances[instance.id]
        if all(held.format is not gone.format for held in self.lists.values()):
            self.formats.pop(gone.format.id, None)

    def records_drop(self, held: CallingList, positions: Iterable[int]) -> int:
        """Delete records of a list with their results everywhere; returns how many were still there."""
        instances = [instance for _, instance in self.uses_of(held)]
        dropped = 0
        for at in positions:
            if held.remove(at):
                dropped += 1
                for instance in instances:
                    instance.results.forget(at)
        return dropped

    def bind(self, campaign: Campaign, held: CallingList) -> Instance:
        """Make an instance of a list in a campaign."""
        instance = Instance(self.new_id(), held)
        campaign.instances[instance.id] = instance
        return instance

    def uses_of(self, held: CallingList) -> list[tuple[Campaign, Instance]]:
        """Return every (campaign, instance) of a list."""
        return [(c, i) for c in self.campaigns.values() for i in c.instances.values() if i.list is held]

    def deletion_start(self, held: CallingList, victims: array[int]) -> DeletionJob:
        """Start deleting records of a list; refuses with 409 while another deletion is under way there."""
        if any(job.list_id == held.id for job in self.deletions_under_way()):
            raise conflict("Record deletion job is already in progress for the specified list")
        options, now = self.options, self.clock.now()
        seconds = max(options.delete_min_seconds, len(victims) / options.delete_rows_per_second)
        job = DeletionJob(
            id=f"{now // 1000 & 0xFFFFFFFF:08x}{self._random.getrandbits(64):016x}",
            list_id=held.id,
            victims=victims,
            started=now,
            duration=int(seconds * 1000),
            will_fail=options.fail_delete_jobs,
        )
        self.jobs[job.id] = job
        return job

    def deletions_under_way(self) -> list[DeletionJob]:
        """Return the jobs that have not ended."""
        return [job for job in self.jobs.values() if job.state is JobState.PROCESSING]

    def run_deletions(self, now: int) -> None:
        """Let every deletion go as far as it should be by now."""
        for job in self.deletions_under_way():
            held = self.lists.get(job.list_id)
            if held is None:
                job.fail("The list was deleted")
                continue
            due = job.due(now)
            job.deleted += self.records_drop(held, job.victims[job.done : due])
            job.done = due
            job.end_if_over(now)
            if job.state is not JobState.PROCESSING:
                held.clear_aliases()
