"""The job that takes an import back: read what is in the list, wait for a yes, delete in blocks, read again.

A record is deleted by its key only where all of these match: this upload added it, the platform says that it was never
attempted (`ONLY_NEVER_ATTEMPTED`), and it was created while the upload ran. The platform judges that in one campaign
and when the deletion begins, so nothing is deleted while a running campaign may dial the list, nor until calls that
were under way then have had time to leave their results.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bpadmin.counts import counted, percent_words
from bpadmin.dialler.catalogue import lists_forget
from bpadmin.jobs.engine.lease import job_remember
from bpadmin.jobs.handlers import ChunkResult, Held, JobRefused, Pending, Progress, ShouldStop, Verdict, structure_read
from bpadmin.jobs.models import Chunk, Job
from bpadmin.jobs.options import JobOptions, JobRemote, ResultReport
from bpadmin.pace import scaled
from bpadmin.platforms.errors import Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.record_rules.rules import canonical_key
from bpadmin.platforms.types import CampaignState, DeletePolicy, ListUse, Record, RecordKind, RemoteJob, RemoteJobState
from lists.models import TakeBack
from lists.taking_back.rows import (
    KEPT,
    RowState,
    key_values,
    places_by_key,
    rows_sent,
    states_counted,
    states_first,
)
from lists.uploads.modes import job_keys

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

VALUES_PER_CALL = 1000
PAGE = 1000
# Rows with keys of several fields go in a call for each value of the first one.
MOST_CALLS = 20_000
POLL_SECONDS = scaled(2.0, least=0.1)
BUSY_SECONDS = scaled(5.0, least=0.1)
DIALLED_SECONDS = scaled(15.0, least=0.1)
# How long calls may last that were under way when dialling of the list ended.
CALLS_SECONDS = scaled(600.0, least=0.1)
TURN_SECONDS = 4.0
# The platform's clock and ours may differ by so much.
CLOCKS = timedelta(minutes=15)
READING, ASKED, DELETING, VERIFYING, ENDED = "reading", "asked", "deleting", "verifying", "ended"

UNBOUND = (
    "No campaign has this list. The dialler tells in a campaign alone whether a record was attempted: bind the list to "
    "one, where it may stay disabled, and take the import back then."
)
DIALLED = (
    "“{list}” is enabled in {campaigns}, which runs: a record might be called while it is deleted. Disable the list "
    "there, or stop the campaign. This goes on by itself then."
)
QUIET = "Nothing dials the list any more. Calls that were under way are given {minutes:.0f} minutes to end."


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackOptions(JobOptions):
    """Which upload is taken back."""

    upload: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackRemote(JobRemote):
    """How far a taking back is: its `phase`, the campaign (`use`) and `cursor` of a reading, and the blocks `done`.

    `quiet_since` (ISO) is when nothing was found to dial the list, `deleted` counts as the platform does.
    """

    phase: str = READING
    use: int = 0
    cursor: str = ""
    read: int = 0
    done: int = 0
    deleted: int = 0
    quiet_since: str = ""


def take_back_remote(job: Job) -> TakeBackRemote:
    """Return what the job remembers. Raises JobRefused."""
    return structure_read(TakeBackRemote, job.remote, job)


class TakeBackHandler:
    """The handler of LIST_TAKE_BACK. All its work is in `begin`: it has no chunks."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """There is no file to check."""

    def lanes(self, job: Job) -> int:
        """One call at a time: the platform runs one deletion per list."""
        return 1

    def may_resend(self, job: Job) -> bool:
        """There are no chunks."""
        return True

    def begin(self, job: Job, *, client: PlatformClient) -> Pending | Held | None:
        """Go on for some seconds; Held when the preview is there and a person has to say yes."""
        until = time.monotonic() + TURN_SECONDS
        while (remote := take_back_remote(job)).phase != ENDED:
            if remote.phase == READING:
                answer = self._read(job, client, remote, until, RowState.OURS)
            elif remote.phase == ASKED:
                answer = self._go_on(job, client, remote)
            elif remote.phase == DELETING:
                answer = self._delete(job, client, remote)
            else:
                answer = self._read(job, client, remote, until, RowState.REMOVABLE)
            if answer is not None:
                return answer
        return None

    def send(self, job: Job, chunk: Chunk, *, client: PlatformClient, spool: Any) -> ChunkResult:
        """There are no chunks."""
        raise JobRefused("Taking back sends no rows.")

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """There are no chunks."""
        return []

    def ended(self, job: Job) -> None:
        """Have pages ask anew how many records the list holds."""
        lists_forget(tenant=job.tenant, list_id=job.target_id)

    def finish(self, job: Job) -> str:
        """Sum up in words, each row in one count."""
        counts = states_counted(bytes(TakeBack.objects.get(job=job).states))
        told = [f"{count:,} {state.words}" for state, count in counts.items() if count]
        return f"Of {sum(counts.values()):,} rows: {', '.join(told)}." if told else "The upload sent no rows."

    def _read(
        self, job: Job, client: PlatformClient, remote: TakeBackRemote, until: float, judged: RowState
    ) -> Pending | Held | None:
        """Read the list in each campaign that has it; `judged` is the state of the rows that are looked for."""
        row = TakeBack.objects.select_related("upload").get(job=job)
        states, upload = bytearray(row.states) or states_first(row.upload), row.upload
        uses = _uses(job, client)
        wanted = places_by_key(upload, states, {judged.byte, MET, RowState.UNTOLD.byte, RowState.STAYED.byte})
        while remote.use < len(uses):
            for page in _pages(client, uses[remote.use], remote.cursor):
                for record in page.items:
                    place = wanted.get(canonical_key(record.entry, job_keys(upload)))
                    if place is not None:
                        states[place] = _judged(states[place], record, judged)
                remote = replace(remote, cursor=page.next_cursor, read=remote.read + len(page.items))
                if page.next_cursor and time.monotonic() > until:
                    return _kept(job, row, states, remote, Pending(0.1, f"{counted(remote.read, 'record')} read."))
            remote = replace(remote, use=remote.use + 1, cursor="")
        return self._read_out(job, row, states, remote, judged)

    def _read_out(
        self, job: Job, row: TakeBack, states: bytearray, remote: TakeBackRemote, judged: RowState
    ) -> Held | None:
        """Say what the reading has told of the rows that it did not meet, and go to the next phase."""
        absent = RowState.GONE if judged is RowState.OURS else RowState.REMOVED
        states = states.replace(judged.value.encode(), absent.value.encode())
        if judged is RowState.OURS:
            states = states.replace(bytes([MET]), RowState.REMOVABLE.value.encode())
            counts = states_counted(bytes(states))
            next_phase = ASKED if counts[RowState.REMOVABLE] else ENDED
            remote = replace(remote, phase=next_phase, use=0, cursor="", read=0)
            _kept(job, row, states, remote)
            return Held(preview_words(counts)) if next_phase == ASKED else None
        _kept(job, row, states, replace(remote, phase=ENDED))
        return None

    def _go_on(self, job: Job, client: PlatformClient, remote: TakeBackRemote) -> Pending | Held | None:
        """Begin to delete, once somebody said yes, nothing dials the list and calls under way have ended."""
        row = TakeBack.objects.get(job=job)
        if not row.is_confirmed:
            return Held(preview_words(states_counted(bytes(row.states))))
        if waits := _dialled(job, client):
            _remember(job, replace(remote, quiet_since=""))
            return waits
        now = timezone.now()
        since = datetime.fromisoformat(remote.quiet_since) if remote.quiet_since else now
        if not remote.quiet_since:
            _remember(job, replace(remote, quiet_since=now.isoformat()))
        left = CALLS_SECONDS - (now - since).total_seconds()
        if left > 0:
            return Pending(min(left, DIALLED_SECONDS), QUIET.format(minutes=CALLS_SECONDS / 60))
        _remember(job, replace(take_back_remote(job), phase=DELETING))
        return None

    def _delete(self, job: Job, client: PlatformClient, remote: TakeBackRemote) -> Pending | None:
        """Ask for the next block, or look how far the present one is."""
        if job.remote_job_id:
            return _polled(job, client, remote)
        row = TakeBack.objects.select_related("upload").get(job=job)
        blocks = list(_blocks(row))
        if remote.done >= len(blocks):
            _remember(job, replace(remote, phase=VERIFYING, use=0, cursor="", read=0))
            return None
        if waits := _dialled(job, client):
            _remember(job, replace(remote, phase=ASKED, quiet_since=""))
            return waits
        began, ended = row.upload.started_at, row.upload.finished_at
        try:
            deletion = client.delete_many_records(
                job.target_id,
                fields=blocks[remote.done],
                campaign_id=_uses(job, client)[0].campaign_id,
                policy=DeletePolicy.ONLY_NEVER_ATTEMPTED,
                created_from=began - CLOCKS if began else None,
                created_to=ended + CLOCKS if ended else None,
            )
        except Conflict as conflict:
            if conflict.reason is Reason.LIST_NOT_BOUND:
                raise JobRefused(UNBOUND) from conflict
            return Pending(BUSY_SECONDS, "Another deletion is under way in this list. Ours waits for it.")
        except PlatformError:
            # To ask for the same again takes nothing that was not meant to go.
            raise
        job_remember(job, work_done=remote.done, work_total=len(blocks))
        if deletion.job_id:
            job_remember(job, remote_job_id=deletion.job_id)
        return _stepped(job, remote, deletion)


MET = ord("m")
"""A row that a reading has met, and that was not attempted where it was met."""


def _judged(state: int, record: Record, judged: RowState) -> int:
    """Return the state of a row whose record was met; what was attempted in one campaign stays attempted."""
    status = record.status
    if state == RowState.ATTEMPTED.byte or record.attempts or (status is not None and status.total_attempts):
        return RowState.ATTEMPTED.byte
    if state == RowState.OVER.byte or (status is not None and status.completed):
        return RowState.OVER.byte
    if status is None:
        return RowState.UNTOLD.byte if judged is RowState.OURS else RowState.STAYED.byte
    if state == RowState.UNTOLD.byte:
        return state
    return MET if judged is RowState.OURS else RowState.STAYED.byte


def preview_words(counts: Mapping[RowState, int]) -> str:
    """Say the preview in its four counts."""
    kept = sum(counts[state] for state in KEPT)
    words = (
        f"{counts[RowState.REMOVABLE]:,} can be removed; {counts[RowState.ATTEMPTED]:,} are kept, attempted since; "
        f"{kept:,} are kept, there before or in doubt; {counts[RowState.UNTOLD]:,} cannot be told."
    )
    if over := counts[RowState.OVER]:
        words += (
            f" {over:,} are kept, completed without an attempt: expired or closed, which the dialler does not tell."
        )
    if gone := counts[RowState.GONE]:
        words += f" {gone:,} are in the list no more."
    return f"{words} Nothing is removed until somebody says yes."


def counts_told(counts: Mapping[RowState, int]) -> dict[str, int]:
    """Return the counts for scripts and pages."""
    return {state.name.lower(): count for state, count in counts.items()}


def _uses(job: Job, client: PlatformClient) -> tuple[ListUse, ...]:
    uses = tuple(client.get_list(job.target_id).campaigns or ())
    if not uses:
        raise JobRefused(UNBOUND)
    return tuple(sorted(uses, key=lambda each: (each.campaign_id, each.instance_id)))


def _pages(client: PlatformClient, use: ListUse, cursor: str) -> Iterator[Any]:
    return client.walk_records(RecordKind.ALL, use.campaign_id, instance_id=use.instance_id, limit=PAGE, cursor=cursor)


def _dialled(job: Job, client: PlatformClient) -> Pending | None:
    """Return what is waited for while a running campaign may dial the list."""
    names = []
    for campaign_id in dict.fromkeys(use.campaign_id for use in _uses(job, client)):
        campaign = client.get_campaign(campaign_id)
        its = [each for each in campaign.lists or () if each.list_id == job.target_id]
        if campaign.state != CampaignState.STOPPED and any(each.enabled is not False for each in its):
            names.append(f"“{campaign.name}”")
    if not names:
        return None
    return Pending(DIALLED_SECONDS, DIALLED.format(list=job.target_name, campaigns=", ".join(names)))


def _blocks(row: TakeBack) -> Iterator[dict[str, list[str]]]:
    """Yield the criteria of each call: together they meet exactly the rows that are removable.

    Several criteria mean every combination of their values, so that each call has one value for all keys but the last.
    """
    keys, letter = job_keys(row.upload), RowState.REMOVABLE.byte
    groups: dict[tuple[str, ...], list[str]] = {}
    for sent in rows_sent(row.upload):
        if row.states[sent.place] == letter:
            *first, last = key_values(sent.record, keys)
            groups.setdefault(tuple(first), []).append(last)
    if len(groups) > MOST_CALLS:
        raise JobRefused(
            f"The key has several fields, so that {len(groups):,} deletions would be needed, one for each value of the "
            f"first. At most {MOST_CALLS:,} are made. Nothing was removed."
        )
    for others, values in groups.items():
        criteria = {spec.name: [value] for spec, value in zip(keys, others, strict=False)}
        for start in range(0, len(values), VALUES_PER_CALL):
            yield {**criteria, keys[-1].name: values[start : start + VALUES_PER_CALL]}


def _polled(job: Job, client: PlatformClient, remote: TakeBackRemote) -> Pending | None:
    try:
        return _stepped(job, remote, client.get_job_status(job.remote_job_id))
    except NotFound:
        job_remember(job, remote_job_id="")
        return Pending(POLL_SECONDS, "The platform no longer knows the deletion it began, so it is asked again.")


def _stepped(job: Job, remote: TakeBackRemote, deletion: RemoteJob) -> Pending | None:
    if deletion.state is RemoteJobState.FAILED:
        job_remember(job, remote_job_id="")
        why = (deletion.error_message or "it gave no reason").rstrip(".")
        raise JobRefused(f"The platform could not delete the records: {why}. Take the rest back once more.")
    if deletion.state is not RemoteJobState.COMPLETE:
        return Pending(POLL_SECONDS, f"Block {remote.done + 1:,}: {percent_words(deletion.percentage, 0)} deleted.")
    remote = replace(remote, done=remote.done + 1, deleted=remote.deleted + (deletion.deleted or 0))
    job_remember(job, remote=remote.as_json(), remote_job_id="")
    return None


def _remember(job: Job, remote: TakeBackRemote) -> None:
    job_remember(job, remote=remote.as_json())


def _kept(
    job: Job, row: TakeBack, states: bytearray, remote: TakeBackRemote, pending: Pending | None = None
) -> Pending | None:
    """Store where a reading is, with what it has told."""
    counts = states_counted(bytes(states))
    TakeBack.objects.filter(pk=row.pk).update(states=bytes(states))
    report = ResultReport(result={"counts": counts_told(counts), "phase": remote.phase})
    job_remember(job, remote=remote.as_json(), report=report.as_json())
    return pending
