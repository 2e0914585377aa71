"""Rows in question, looked for by reading the whole list back through a campaign that has it.

Of the list nothing is kept but how often each of a few rows was seen: the rows in question, and some that the platform
is known to have taken, by which the reading itself is judged. What other requests put into the list, of this job and
of others, is counted from their spools, so that it is not taken for what the lost one did.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from bpadmin.jobs.files.spool import RowRanges, Spool
from bpadmin.jobs.handlers import JobRefused, Verdict
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.reasons import ALREADY_THERE
from bpadmin.platforms.base import Capability
from bpadmin.platforms.record_rules.rules import canonical_key
from bpadmin.platforms.types import FieldSpec, Page, Record, RecordKind
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.uploads.models import UploadMode
from lists.kinds import LIST_UPLOAD
from lists.uploads.modes import job_fields, job_mode
from lists.uploads.options import upload_options
from lists.uploads.verdicts import Counts, Findings

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

PAGE = 1000
UNBOUND = (
    "No campaign has this list, and the platform gives the records of a list in a campaign alone, so it cannot be read "
    "back. Bind it to a campaign, where it may stay disabled, and have it read again."
)
NOT_TOLD = (
    "No enabled campaign has this list, and this version of the platform gives the records of a list in an enabled "
    "campaign alone, so it cannot be read back. Have it bound to one in the platform's Administrator, where the list "
    "may stay disabled, and have it read again."
)
_MAY_BE_THERE = (ChunkState.DONE, ChunkState.UNCERTAIN, ChunkState.ASK, ChunkState.IN_FLIGHT)
COUNTER = "I"
_COUNTS = 4


class ListReading:
    """The reading of a list for the chunks in question of one job; see `bpadmin.jobs.handlers.ReadBack`."""

    def __init__(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, kept: Mapping[str, Any], tally: bytes
    ) -> None:
        self.job = job
        self.chunks = chunks
        self.client = client
        self._kept = dict(kept) or self._begin()
        self._identities = Identities(job)
        self._places: dict[bytes, int] = {}
        with Spool.open(job) as spool:
            self.asked = [self._indices(spool.body(chunk)) for chunk in chunks]
            self.known = [self._indices(spool.body(chunk)) for chunk in self._known_chunks()]
        size = len(self._places)
        self.counts = [array(COUNTER, bytes(array(COUNTER).itemsize * size)) for _ in range(_COUNTS)]
        if tally:
            whole = array(COUNTER)
            whole.frombytes(tally)
            self.counts = [whole[at * size : (at + 1) * size] for at in range(_COUNTS)]
        self.least, self.most, self.found, self.alike = self.counts

    @property
    def done(self) -> int:
        """Count the rows and records looked at."""
        return int(self._kept["compared"]) + int(self._kept["read"])

    @property
    def total(self) -> int:
        """Count what is to be looked at, as far as it is known."""
        return max(self.done, int(self._kept["to_compare"]) + int(self._kept["records"] or 0))

    def kept(self) -> dict[str, Any]:
        """Return where the reading is."""
        return dict(self._kept)

    def tally(self) -> bytes:
        """Return the counts of all rows looked for."""
        return b"".join(column.tobytes() for column in self.counts)

    def steps(self) -> Iterator[None]:
        """Count what is known to have been put into the list, then read the list."""
        while self._kept["jobs"]:
            yield from self._compare(int(self._kept["jobs"][0]))
            self._kept |= {"jobs": self._kept["jobs"][1:], "after": 0}
        yield from self._read()
        self._kept["records_after"] = self.client.get_list(self.job.target_id).total_records

    def verdicts(self) -> list[Verdict]:
        """Say what became of each chunk in question."""
        findings, ranges = self._findings(), RowRanges(self.job)
        with Spool.open(self.job) as spool:
            return [
                findings.verdict(chunk, spool.rows(chunk), at, named=ranges.of(chunk))
                for at, chunk in enumerate(self.chunks)
            ]

    def missing(self) -> list[list[int] | None]:
        """Return the rows of each chunk that the list lacks, None where the reading does not tell."""
        findings = self._findings()
        with Spool.open(self.job) as spool:
            return [findings.missing(spool.rows(chunk), at) for at, chunk in enumerate(self.chunks)]

    def _findings(self) -> Findings:
        counts = [Counts(*each) for each in zip(*self.counts, strict=True)]
        return Findings(
            asked=self.asked,
            counts=counts,
            known=sorted({at for indices in self.known for at in indices}),
            n_read=int(self._kept["read"]),
            totals=(self._kept["records"], self._kept["records_after"]),
        )

    def total_after(self) -> int | None:
        """Return the list's total as it was at the end of the reading."""
        total: int | None = self._kept["records_after"]
        return total

    def _begin(self) -> dict[str, Any]:
        """Choose where to read, and what to compare with."""
        found = self.client.get_list(self.job.target_id)
        can_fetch = Capability.LISTS_FETCH in capabilities_known(self.job.tenant)
        if not found.campaigns and not can_fetch:
            raise JobRefused(unbound_words(self.job.tenant))
        campaign, instance = (
            ("", "")
            if not found.campaigns
            else (
                found.campaigns[0].campaign_id,
                found.campaigns[0].instance_id,
            )
        )
        jobs = [self.job.pk, *_others(self.job)]
        spooled = Chunk.objects.filter(job_id__in=jobs, state__in=_MAY_BE_THERE).values_list("count", flat=True)
        return {
            "campaign": campaign,
            "instance": instance,
            "records": found.total_records,
            "records_after": None,
            "jobs": jobs,
            "after": 0,
            "compared": 0,
            "to_compare": sum(spooled.iterator()),
            "read": 0,
            "cursor": "",
        }

    def _known_chunks(self) -> list[Chunk]:
        """Return up to two chunks that the platform took as a whole, and said so."""
        taken = Chunk.objects.filter(job=self.job, state=ChunkState.DONE, message="", n_added__gt=0)
        taken = taken.filter(n_already_there=0, n_rejected=0, n_unaccounted=0).order_by("number")
        ends = [taken.first(), taken.last()]
        return list({chunk.pk: chunk for chunk in ends if chunk is not None}.values())

    def _indices(self, body: bytes) -> array[int]:
        records: list[dict[str, Any]] = orjson.loads(body)
        places = self._places
        return array(COUNTER, [places.setdefault(self._identities.of(record), len(places)) for record in records])

    def _compare(self, job_id: int) -> Iterator[None]:
        """Count the rows that a job's other requests have put into the list, or may have."""
        job = Job.objects.get(pk=job_id)
        try:
            spool = Spool.open(job)
        except JobRefused:
            return  # removed long after the job had ended
        asked = {chunk.pk for chunk in self.chunks}
        with spool:
            while chunk := self._next(job):
                if chunk.pk not in asked:
                    self._explain(chunk, spool)
                self._kept |= {"after": chunk.number, "compared": int(self._kept["compared"]) + chunk.count}
                yield

    def _next(self, job: Job) -> Chunk | None:
        after = Chunk.objects.filter(job=job, number__gt=self._kept["after"], state__in=_MAY_BE_THERE)
        return after.order_by("number").first()

    def _explain(self, chunk: Chunk, spool: Spool) -> None:
        outcome = {code: rows for code, rows in chunk.outcome.items() if code != "detail"}
        refused = {row for code, rows in outcome.items() if code not in ALREADY_THERE for row in rows}
        is_done = chunk.state == ChunkState.DONE
        n_taken = chunk.n_added + chunk.n_updated + chunk.n_already_there
        is_sure = is_done and chunk.job_id == self.job.pk and chunk.count - len(refused) == n_taken
        if is_done and not n_taken:
            return
        numbers = spool.rows(chunk) if refused and is_done else None
        for place, record in enumerate(orjson.loads(spool.body(chunk))):
            if numbers is not None and numbers[place] in refused:
                continue
            at = self._places.get(self._identities.of(record))
            if at is not None:
                self.most[at] += 1
                self.least[at] += is_sure

    def _read(self) -> Iterator[None]:
        kept = self._kept
        for page in self._pages():
            for record in page.items:
                at = self._places.get(self._identities.of(record.entry))
                if at is not None:
                    (self.alike if self._identities.has_more(record.entry) else self.found)[at] += 1
            kept |= {"read": int(kept["read"]) + len(page.items), "cursor": page.next_cursor}
            # The last page is not stored by itself: gone on from there, the reading would begin anew.
            if page.next_cursor:
                yield

    def _pages(self) -> Iterator[Page[Record]]:
        """Read the list through the campaign that was chosen, by itself where no campaign has it."""
        kept, cursor = self._kept, str(self._kept["cursor"])
        if not kept["campaign"]:
            return self.client.walk_list(self.job.target_id, limit=PAGE, cursor=cursor)
        return self.client.walk_records(
            RecordKind.ALL, str(kept["campaign"]), instance_id=str(kept["instance"]), limit=PAGE, cursor=cursor
        )


def unbound_words(tenant: Tenant) -> str:
    """Say why a list that no campaign has cannot be read back, and what helps on the tenant's version."""
    return UNBOUND if Capability.LIST_BIND in capabilities_known(tenant) else NOT_TOLD


class Identities:
    """What a record is recognised by: all values that the file feeds, in the form in which the platform keeps them."""

    def __init__(self, job: Job) -> None:
        fed = set(upload_options(job).mapping.values())
        self.fields: list[FieldSpec] = [spec for spec in job_fields(job) if spec.name in fed and not spec.skip]
        self._names = {spec.name.lower() for spec in self.fields}

    def of(self, record: Mapping[str, Any]) -> bytes:
        """Return a record's digest, the same for the row that was sent and the record that is read."""
        return hashlib.blake2b("\x1f".join(canonical_key(record, self.fields)).encode(), digest_size=16).digest()

    def has_more(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record has values in fields that the file does not feed."""
        return any(value not in (None, "") for name, value in record.items() if name.lower() not in self._names)


def _others(job: Job) -> list[int]:
    """Return the other uploads that may have put rows into the list; none that ended before it was emptied."""
    others = Job.objects.filter(tenant_id=job.tenant_id, target_id=job.target_id, kind=LIST_UPLOAD)
    others = others.exclude(pk=job.pk).exclude(started_at=None).exclude(spool_path="")
    if job_mode(job) is UploadMode.REPLACE:
        others = others.exclude(finished_at__lt=job.started_at)
    return list(others.order_by("pk").values_list("pk", flat=True))
