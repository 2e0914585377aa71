"""Replacing a list's records: all are deleted first, by a job on the platform's side that is polled now and then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bpadmin.counts import percent_words
from bpadmin.dialler.extensions import loss_announce
from bpadmin.jobs.engine.lease import job_remember
from bpadmin.jobs.handlers import JobRefused, Pending
from bpadmin.jobs.models import ChunkState, Job
from bpadmin.pace import scaled
from bpadmin.platforms.errors import Conflict, NotFound, Reason
from bpadmin.platforms.types import RemoteJob, RemoteJobState
from lists.uploads.options import upload_remote

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

POLL_SECONDS = scaled(2.0, least=0.2)
BUSY_SECONDS = scaled(3.0, least=0.2)


def list_empty(job: Job, client: PlatformClient) -> Pending | None:
    """Go one step towards an empty list; None when it is. The platform's job id is stored before the first poll.

    To ask twice does no harm, since nothing is added before the list is empty: so a lost answer is simply asked again.
    """
    if upload_remote(job).emptied:
        return None
    if job.remote_job_id:
        return _poll(job, client)
    if not job.chunks.filter(state=ChunkState.READY).exists():
        raise JobRefused("No row of the file passed the check, so the list was left as it is.")
    loss_announce(tenant=job.tenant, list_id=job.target_id)
    try:
        deletion = client.delete_all_records(job.target_id)
    except Conflict as conflict:
        if conflict.reason not in (Reason.DELETION_UNDER_WAY, Reason.UNKNOWN):
            raise JobRefused(f"The list could not be emptied: {conflict.message}") from conflict
        words = "Another deletion is under way in this list. It is waited for; then this list is emptied."
        return Pending(BUSY_SECONDS, words)
    if deletion.job_id:
        job_remember(job, remote_job_id=deletion.job_id)
    return _after(job, deletion)


def _poll(job: Job, client: PlatformClient) -> Pending | None:
    try:
        deletion = client.get_job_status(job.remote_job_id)
    except NotFound:
        # The platform forgets its jobs; what counts is the list.
        job_remember(job, remote_job_id="")
        if client.get_list(job.target_id).total_records == 0:
            return _after(job, RemoteJob(job_id="", state=RemoteJobState.COMPLETE, percentage=100.0))
        return Pending(POLL_SECONDS, "The platform no longer knows the deletion it began, so it is asked again.")
    return _after(job, deletion)


def _after(job: Job, deletion: RemoteJob) -> Pending | None:
    if deletion.state is RemoteJobState.FAILED:
        job_remember(job, remote_job_id="")
        why = deletion.error_message or "it gave no reason"
        raise JobRefused(f"The platform could not empty the list: {why}. Nothing was added.")
    if deletion.state is not RemoteJobState.COMPLETE:
        return Pending(POLL_SECONDS, f"The list is being emptied first: {percent_words(deletion.percentage, 0)} done.")
    remote = replace(upload_remote(job), emptied=True, deleted=deletion.deleted, delete_job=job.remote_job_id)
    job_remember(job, remote=remote.as_json(), remote_job_id="")
    return None
