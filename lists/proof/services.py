"""A finished upload proved: what the list holds now against the rows that the file brought in, row by row.

Of the list nothing is kept but how often each row of the file was seen. Nothing is sent, and nothing is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.jobs.files.spool import Spool, spool_origins
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Record, RecordKind
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client
from lists.kinds import LIST_UPLOAD
from lists.uploads.read_back import PAGE, Identities, unbound_words

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

# A page may wait for so many records; the command reads any number.
RECORDS_OF_A_PAGE = 50_000
ROWS_NAMED = 1000
TOO_MANY = (
    "The list has {count} records, too many to wait for on a page. Run manage.py job_prove {job.tenant.slug} {job.pk}."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the comparison found: of `rows` that were taken `found` are in the list as they were sent.

    `missing` are the numbers of the first of the others in the file. `read` records were looked at, `others` of them
    are none of the file's.
    """

    rows: int
    found: int
    missing: tuple[int, ...]
    read: int
    others: int

    @property
    def n_missing(self) -> int:
        """Count the rows that the list does not hold as they were sent."""
        return self.rows - self.found

    @property
    def sentence(self) -> str:
        """Say it."""
        if not self.n_missing:
            if self.rows == 1:
                return "The row that was taken is in the list as it was sent."
            return f"All {self.rows:,} rows that were taken are in the list as they were sent."
        named = ", ".join(f"{row:,}" for row in self.missing[:20])
        more = ", …" if self.n_missing > 20 else ""
        return (
            f"{self.found:,} of {self.rows:,} rows are in the list as they were sent. {self.n_missing:,} are not: rows "
            f"{named}{more} of the file. They were changed or deleted since, or never came to be there."
        )


def may_be_proved(job: Job) -> bool:
    """Return whether an upload has ended and its rows are still kept, and its list can be read back."""
    held = capabilities_known(job.tenant)
    can_read = Capability.LISTS_FETCH in held or Capability.RESULTS_READ in held
    has_list = Capability.LISTS_READ in held and job.kind == LIST_UPLOAD
    return bool(job.is_final and job.spool_path and has_list and can_read)


def upload_prove(*, job: Job, actor: Actor, at_most: int | None = None) -> Proof:
    """Compare the list with the rows of a finished upload that the platform took.

    Raises JobRefused where it cannot be, also where the list has more records than `at_most`; and PlatformError.
    """
    if not may_be_proved(job):
        raise JobRefused("The rows of this upload are not kept any more, or its list cannot be read back.")
    with tenant_client(job.tenant) as client, Spool.open(job) as spool:
        total = client.get_list(job.target_id).total_records
        if at_most is not None and total is not None and total > at_most:
            raise JobRefused(TOO_MANY.format(count=f"{total:,}", job=job))
        proof = _compared(job, client, spool, at_most)
    audit_record(
        verb=Verb.JOB_PROVE,
        tenant=job.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="job",
        target_id=str(job.pk),
        target_name=job.target_name,
        outcome=Outcome.DONE,
        message=proof.sentence,
        details={"rows": proof.rows, "found": proof.found, "read": proof.read},
    )
    return proof


def _compared(job: Job, client: PlatformClient, spool: Spool, at_most: int | None) -> Proof:
    identities = Identities(job)
    wanted: Counter[bytes] = Counter()
    for _, entry in _taken(job, spool):
        wanted[identities.of(entry)] += 1
    seen: Counter[bytes] = Counter()
    n_read = others = 0
    for record in _records(job, client):
        n_read += 1
        # Older platforms do not tell how many records a list has: there it is found out by reading.
        if at_most is not None and n_read > at_most:
            raise JobRefused(TOO_MANY.format(count=f"more than {at_most:,}", job=job))
        identity = identities.of(record.entry)
        if identity in wanted:
            seen[identity] += 1
        else:
            others += 1
    rows = found = 0
    missing: list[int] = []
    origins = spool_origins(job)
    for row, entry in _taken(job, spool):
        identity = identities.of(entry)
        rows += 1
        if seen[identity] > 0:
            seen[identity] -= 1
            found += 1
        elif len(missing) < ROWS_NAMED:
            missing.append(origins.get(row, row))
    return Proof(rows, found, tuple(missing), n_read, others + sum(seen.values()))


def _taken(job: Job, spool: Spool) -> Iterator[tuple[int, dict[str, object]]]:
    """Return the rows that the platform took as they were sent, with their numbers in the file."""
    for chunk in Chunk.objects.filter(job=job, state=ChunkState.DONE).order_by("number").iterator():
        left = {row for code, rows in chunk.outcome.items() if code != "detail" for row in rows}
        records = orjson.loads(spool.body(chunk))
        for row, record in zip(spool.rows(chunk), records, strict=True):
            if row not in left:
                yield row, record


def _records(job: Job, client: PlatformClient) -> Iterator[Record]:
    """Read the list by itself where the tenant gives it, else through a campaign that has it."""
    if Capability.LISTS_FETCH in capabilities_known(job.tenant):
        for page in client.walk_list(job.target_id, limit=PAGE):
            yield from page.items
        return
    uses = client.get_list(job.target_id).campaigns
    if not uses:
        raise JobRefused(unbound_words(job.tenant))
    kind, instance = RecordKind.ALL, uses[0].instance_id
    for page in client.walk_records(kind, uses[0].campaign_id, instance_id=instance, limit=PAGE):
        yield from page.items
