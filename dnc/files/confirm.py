"""The last word before a file of keys is sent: what takes numbers out of a list asks as emptying it does."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from bpadmin.jobs.models import JobState
from bpadmin.jobs.services import job_confirm
from bpadmin.typed_names import is_typed
from dnc.entries.clear import protection_words
from dnc.files.options import Way, keys_options
from dnc.files.replace import difference_of, dnc_replace_confirm, keys_report, questions_settled
from dnc.files.services import job_list
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.lists.sync import DncRefused

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.jobs.models import Job

NO_REASON = "Give the reason why numbers are taken out: it is kept in the evidence."


def removal_count(job: Job) -> int:
    """Return how many entries a checked file of keys takes out, besides those of a replacement."""
    if job.kind == DNC_DELETE:
        return job.n_not_sent
    first = keys_report(job).delete_from
    if job.kind != DNC_ADD or first is None:
        return 0
    return int(job.chunks.filter(number__gte=first).aggregate(rows=Sum("count"))["rows"] or 0)


def removal_question(job: Job) -> str:
    """Ask about the entries that a file takes out; "" where it takes out none."""
    count, dnc_list = removal_count(job), job_list(job)
    if not count:
        return ""
    which = "1 entry is" if count == 1 else f"{count:,} entries are"
    return f"{which} taken out of “{dnc_list.name}”. {protection_words(dnc_list)}"


def lacks_reason(job: Job) -> bool:
    """Return whether a checked file takes entries out, in whatever way, and nobody has said why."""
    if keys_options(job).comment:
        return False
    if job.kind != DNC_REPLACE:
        return bool(removal_count(job))
    difference = difference_of(job)
    if difference is None or difference.refusal:
        return False
    return difference.is_removing or difference.way is Way.EMPTYING


def removal_context(job: Job) -> dict[str, Any]:
    """Return what a page says of the entries that a checked file takes out."""
    if job.state != JobState.READY:
        return {}
    no_reason = NO_REASON if lacks_reason(job) else ""
    if job.kind == DNC_REPLACE:
        return {"no_reason": no_reason}
    count = removal_count(job)
    return {
        "removal": removal_question(job),
        "n_removed": count,
        "n_added": job.n_not_sent - count,
        "no_reason": no_reason,
    }


def dnc_file_confirm(
    *,
    job: Job,
    actor: Actor,
    typed_name: str = "",
    is_sure: bool = False,
    accepted: Collection[str] = (),
    revision: int | None = None,
    ring: bool = True,
) -> Job:
    """Let a checked file of keys be sent. Raises DncRefused with every question left, StaleForm, IllegalMove.

    What takes entries out needs its reason and the list's name, typed (of a replacement the name where it removes more
    than is set for the list); `is_sure` stands for the name in a script that has printed the question. `accepted` names
    what stands out and was answered with yes (`uploads.checking.questions`). `revision` as for job_confirm.
    """
    is_current = (revision is None or revision == job.revision) and job.state == JobState.READY
    if job.kind == DNC_REPLACE:
        if is_current and lacks_reason(job):
            raise DncRefused(NO_REASON)
        return dnc_replace_confirm(
            job=job,
            actor=actor,
            typed_name=typed_name,
            is_sure=is_sure,
            accepted=accepted,
            revision=revision,
            ring=ring,
        )
    if is_current:
        questions_settled(job, accepted)
    if is_current and (question := removal_question(job)):
        if lacks_reason(job):
            raise DncRefused(NO_REASON)
        if not is_sure and not is_typed(typed_name, job.target_name):
            raise DncRefused(f"{question} Type the list's name to go on.")
    return job_confirm(job=job, revision=revision, actor=actor.user, actor_name=actor.name, ring=ring)
