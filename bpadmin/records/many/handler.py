"""The job that asks something of many records, one call each.

Each row is an act like one from a page: written down before it is asked, under a mark of job and row, so that nobody
asks for it again. After a kill the acts tell which rows were asked for. One whose answer was lost stays in doubt until
the dialler or a person tells; it is named, and not asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.counts import counted
from bpadmin.dialler.actions import AlreadyAsked
from bpadmin.dialler.models import Action
from bpadmin.dialler.types import Act, Actor
from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.engine.lease import job_remember
from bpadmin.jobs.handlers import ChunkResult, Held, JobRefused, Pending, Progress, ShouldStop, Verdict
from bpadmin.jobs.models import Chunk, Job
from bpadmin.jobs.options import ResultReport
from bpadmin.platforms.sources import Source
from bpadmin.records.contacts.services import contact_delete, contact_delete_by_user_data
from bpadmin.records.kinds import CONTACTS_DELETE
from bpadmin.records.many.rows import (
    ASKED,
    MOST,
    READING,
    SENDING,
    TOLD,
    USER_DATA,
    Fate,
    ManyRemote,
    fates_counted,
    fates_now,
    keys_of,
    keys_pack,
    many_options,
    many_remote,
    mark_of,
)
from bpadmin.records.models import ManyRows
from bpadmin.records.requests.services import request_recall

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

TURN_SECONDS = 4.0
# The job's row is written after so many acts; what is not in it yet the acts themselves tell.
KEPT_EVERY = 25
HELD_SECONDS = 15.0
FATES = {Outcome.DONE: Fate.DONE, Outcome.REFUSED: Fate.REFUSED}


class ManyHandler:
    """The handler of CONTACTS_DELETE and REQUESTS_RECALL. All its work is in `begin`: it has no chunks."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """There is no file to check."""

    def lanes(self, job: Job) -> int:
        """There are no chunks."""
        return 1

    def may_resend(self, job: Job) -> bool:
        """There are no chunks."""
        return True

    def begin(self, job: Job, *, client: PlatformClient) -> Pending | Held | None:
        """Go on for some seconds; Held when a filter has found rows and a person has to say yes."""
        until = time.monotonic() + TURN_SECONDS
        rows, remote = ManyRows.objects.get(job=job), many_remote(job)
        if remote.phase == READING:
            return _read(job, rows, remote, client, until)
        if remote.phase == ASKED and not rows.is_confirmed:
            # Of a file nothing was read, so that the page has no counts of it yet.
            _kept(job, rows, remote, None, bytearray(rows.states))
            return Held(held_words(job, len(rows.states)), is_untouched=True)
        if remote.phase == ASKED:
            remote = replace(remote, phase=SENDING)
        return _send(job, rows, remote, until)

    def send(self, job: Job, chunk: Chunk, *, client: PlatformClient, spool: Any) -> ChunkResult:
        """There are no chunks."""
        raise JobRefused("This job has no chunks.")

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """There are no chunks."""
        return []

    def finish(self, job: Job) -> str:
        """Sum up in words, each row in one count; what is in doubt is named on the page."""
        rows = ManyRows.objects.get(job=job)
        counts = fates_counted(fates_now(rows)[0])
        told = [f"{count:,} {fate.words}" for fate, count in counts.items() if count]
        words = f"Of {counted(sum(counts.values()), 'row')}: {', '.join(told)}." if told else "There was no row."
        if counts[Fate.UNKNOWN]:
            words += " What is in doubt is not asked for again: it stands under Activity, acts of unknown outcome."
        return words


def _read(job: Job, rows: ManyRows, remote: ManyRemote, client: PlatformClient, until: float) -> Pending | Held | None:
    """Read the keys of the records that meet the filter, then wait for a yes."""
    found = dict.fromkeys(keys_of(rows))
    pages = client.walk_source(job.target_id, conditions=many_options(job).conditions, cursor=remote.cursor)
    for page in pages:
        found |= dict.fromkeys(each.id for each in page.items if each.id)
        if len(found) > MOST:
            raise JobRefused(
                f"More than {MOST:,} records meet the filter. Narrow it; nothing was asked of the dialler."
            )
        remote = replace(remote, cursor=page.next_cursor)
        if page.next_cursor and time.monotonic() > until:
            _kept(job, rows, remote, list(found), bytearray(len(found) * [Fate.WAITING.byte]))
            return Pending(0.1, f"{counted(len(found), 'record')} found so far.")
    keys, remote = list(found), replace(remote, phase=ASKED, cursor="", at=0)
    _kept(job, rows, remote, keys, bytearray(len(keys) * [Fate.WAITING.byte]))
    if not keys:
        return None
    return Held(held_words(job, len(keys)), is_untouched=True)


def held_words(job: Job, count: int) -> str:
    """Say how many a filter has found, or a file has named, before anything is asked."""
    if job.kind == CONTACTS_DELETE:  # by a file alone
        return f"{counted(count, 'row')} of a file. Nothing is asked of the dialler until somebody says yes."
    meet = "meets" if count == 1 else "meet"
    return f"{counted(count, 'record')} {meet} the filter. Nothing is asked of the dialler until somebody says yes."


def _send(job: Job, rows: ManyRows, remote: ManyRemote, until: float) -> Pending | None:
    keys, states = keys_of(rows), bytearray(rows.states)
    at = _recovered(job, rows, states, remote.at)
    ask = asker_of(job)
    since = 0
    while at < len(keys):
        if reason := hold_reason():
            _kept(job, rows, replace(remote, at=at), None, states)
            return Pending(HELD_SECONDS, reason)
        # Whoever lost the job must not ask for another row; the mark keeps two from asking for the same one.
        job_remember(job, work_done=at, work_total=len(keys))
        try:
            _note(rows, states, at, ask(keys[at], mark_of(job, at)))
        except AlreadyAsked:
            _note_action(rows, states, at, Action.objects.get(mark=mark_of(job, at)))
        at, since = at + 1, since + 1
        if since >= KEPT_EVERY:
            _kept(job, rows, replace(remote, at=at), None, states)
            since = 0
        if time.monotonic() > until or job_is_wanted(job):
            break
    _kept(job, rows, replace(remote, at=at), None, states)
    return None if at >= len(keys) else Pending(0.1, f"{at:,} of {counted(len(keys), 'row')} asked for.")


def asker_of(job: Job) -> Callable[[str, str], Act]:
    """Return what asks for one row, given its key and its mark."""
    options = many_options(job)
    actor = Actor(job.owner, job.owner_name)
    if job.kind == CONTACTS_DELETE:
        if options.by == USER_DATA:
            return lambda key, mark: contact_delete_by_user_data(
                tenant=job.tenant, user_data=key, actor=actor, mark=mark
            )
        return lambda key, mark: contact_delete(tenant=job.tenant, contact_id=key, actor=actor, mark=mark)
    source = Source(job.target_id, job.target_name)
    return lambda key, mark: request_recall(
        tenant=job.tenant,
        source=source,
        request_id=key,
        title=f"Request {key}",
        terms=options.terms,
        actor=actor,
        mark=mark,
    )


def job_is_wanted(job: Job) -> bool:
    """Return whether somebody wants the job to pause or to end."""
    return bool(Job.objects.filter(pk=job.pk).exclude(wanted="").exists())


def _recovered(job: Job, rows: ManyRows, states: bytearray, at: int) -> int:
    """Take from the acts what a killed process has asked for and not written down here; returns the next row."""
    for place in range(at, min(at + KEPT_EVERY + 1, len(states))):
        act = Action.objects.filter(mark=mark_of(job, place)).first()
        if act is None:
            return place
        _note_action(rows, states, place, act)
        at = place + 1
    return at


def _note(rows: ManyRows, states: bytearray, place: int, act: Act) -> None:
    fate = FATES.get(act.outcome, Fate.UNKNOWN)
    states[place] = fate.byte
    if fate is Fate.REFUSED and len(rows.told) < TOLD:
        rows.told[str(place)] = act.sentence
    elif fate is Fate.UNKNOWN and act.number is not None:
        rows.acts[str(place)] = act.number


def _note_action(rows: ManyRows, states: bytearray, place: int, action: Action) -> None:
    _note(rows, states, place, Act(action.outcome, action.sentence, number=action.pk))


def _kept(job: Job, rows: ManyRows, remote: ManyRemote, keys: list[str] | None, states: bytearray) -> None:
    """Store where the job is with what became of each row, in the job's counters too."""
    rows.states = bytes(states)
    fields = ["states", "told", "acts"]
    if keys is not None:
        rows.keys = keys_pack(keys)
        fields.append("keys")
    rows.save(update_fields=fields)
    counts = fates_counted(bytes(states))
    told = {fate.name.lower(): count for fate, count in counts.items()}
    job_remember(
        job,
        remote=remote.as_json(),
        rows_total=len(states),
        n_updated=counts[Fate.DONE],
        n_rejected=counts[Fate.REFUSED],
        n_uncertain=counts[Fate.UNKNOWN],
        n_not_sent=counts[Fate.WAITING],
        work_done=remote.at,
        work_total=len(states),
        report=ResultReport(result={"counts": told, "phase": remote.phase}).as_json(),
    )
