"""What people chose for a job: how a form that is out of date is told so, what was confirmed, and whether it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from bpadmin.jobs.files.blocks import CHECKED, chunks_as_checked
from bpadmin.jobs.handlers import job_options, job_report, options_class, structure_read
from bpadmin.jobs.kinds import kind_label
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import Confirmed, JobOptions

TEXT_LENGTH = 120
DIGEST_SIZE = 16
# The name of the hidden input by which every form of the wizards says which choices it was made from.
REVISION = "revision"
UNKNOWN_REVISION = -1

SEND_AGAIN = "Nothing of your form was stored. Look at it, and send it again if it is still what you want."
LOOK_AGAIN = "Nothing was sent. Read what stands here now, then confirm it."
NOT_AS_CHECKED = (
    "What was chosen for this job is not what its check was made for. Nothing was sent. Have the file checked again."
)
NEWER = (
    "A newer version of this program wrote what is to be done here, and this one does not know all of it. Nothing more "
    "was sent. Bring all workers to the newer version, then send the rest."
)
OTHER_CHOICES = "What was confirmed is not what stands here now, so nothing more was sent."
OTHER_ROWS = (
    "The rows that were checked and confirmed are not those that lie here now. Nothing more was sent. Upload the file "
    "again."
)


class IllegalMove(Exception):
    """The job is not in a state from which it can be moved like this; the message says so in words."""


class StaleForm(IllegalMove):
    """The form was made from choices that somebody has changed since; nothing of it was stored or done."""


def revision_said(data: Mapping[str, object]) -> int:
    """Return the revision that a form carries; one that no job has where it carries none."""
    text = str(data.get(REVISION) or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else UNKNOWN_REVISION


def choices_told(kind: str, options: JobOptions) -> dict[str, str]:
    """Put what is to be done in words, by the name of each choice."""
    return {"the kind of job": kind_label(kind), **options.told()}


def stale_words(job: Job, said: dict[str, str]) -> str:
    """Say who changed which choices when, beside what the form `said`; `job` is as it stands now."""
    options = job_options(job)
    who, when = _who(options), _when(job, options)
    changes = [
        f"{_place(name)}{who} chose “{_cut(now)}”{when}; the form you sent said “{_cut(before)}”."
        for name, now, before in _different(choices_told(job.kind, options), said)
    ]
    if not changes:
        changes = [f"{who} sent these choices{when}, before your form came."]
    return " ".join([*changes, SEND_AGAIN])


def stale_confirm_words(job: Job) -> str:
    """Say what stands now, to somebody who confirms what was shown before it was changed."""
    options = job_options(job)
    first = next(iter(choices_told(job.kind, options).items()))
    told = options.told()
    name = "what is done" if told.get("what is done") else first[0]
    text = told.get(name) or first[1]
    return f"{_who(options)} chose “{_cut(text)}”{_when(job, options)}, after your page was made. {LOOK_AGAIN}"


def choices_digest(kind: str, options: JobOptions) -> str:
    """Return the digest of what must not change between a check, the confirmation and the sending."""
    data = orjson.dumps([kind, options.frozen()], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(data, digest_size=DIGEST_SIZE).hexdigest()


def spool_digest(job: Job) -> str:
    """Return the digest of the rows that were checked, from where each chunk lies and its checksum; "" without any.

    A chunk that was divided since counts as the check wrote it.
    """
    digest, is_empty = hashlib.blake2b(digest_size=DIGEST_SIZE), True
    rows = job.chunks.order_by("number").values_list(*CHECKED, "blocks", "whole")
    for told in chunks_as_checked(rows.iterator(chunk_size=2000)):
        digest.update(told.encode())
        is_empty = False
    return "" if is_empty else digest.hexdigest()


def checked_report(job: Job) -> dict[str, object]:
    """Give a checked job's report with the digests of what was checked, and as what; `job` is as its check read it."""
    report = job_report(Job.objects.get(pk=job.pk))
    digests = (spool_digest(job), choices_digest(job.kind, job_options(job)))
    return replace(report, spool_digest=digests[0], choices_digest=digests[1]).as_json()


def is_as_checked(job: Job) -> bool:
    """Return whether the choices are those of the check; True where the check kept no digest of them."""
    digest = job_report(job).choices_digest
    return not digest or digest == choices_digest(job.kind, job_options(job))


def confirmed_of(job: Job) -> Confirmed:
    """Return what is confirmed of a job as it stands."""
    return Confirmed(
        revision=job.revision,
        kind=job.kind,
        target=_target(job),
        choices=job_options(job).frozen(),
        spool=job_report(job).spool_digest or spool_digest(job),
    )


def confirmed_differs(job: Job) -> str:
    """Say in words how a job differs from what was confirmed, "" where it does not. Jobs of before have none kept."""
    if not job.confirmed:
        return ""
    confirmed, options = structure_read(Confirmed, job.confirmed, job), job_options(job)
    if confirmed.is_newer or options.is_newer:
        return NEWER
    was = structure_read(options_class(confirmed.kind), confirmed.choices, job)
    if confirmed.kind != job.kind or was.frozen() != options.frozen():
        changes = [
            f"{name}: “{_cut(before)}” was confirmed, “{_cut(now)}” stands now"
            for name, now, before in _different(choices_told(job.kind, options), choices_told(confirmed.kind, was))
        ]
        return " ".join(filter(None, [OTHER_CHOICES, _sentence("; ".join(changes)), "Upload the file again."]))
    if confirmed.target != _target(job):
        return "The list that was confirmed is not the one that stands here now. Nothing more was sent."
    return "" if confirmed.spool == spool_digest(job) else OTHER_ROWS


def _target(job: Job) -> str:
    return f"{job.target_kind}:{job.target_id}"


def _different(now: dict[str, str], before: dict[str, str]) -> list[tuple[str, str, str]]:
    names = dict.fromkeys([*now, *before])
    return [(name, now.get(name, ""), before.get(name, "")) for name in names if now.get(name) != before.get(name)]


def _place(name: str) -> str:
    return "" if name in ("what is done", "the kind of job") else f"{name[:1].upper()}{name[1:]}: "


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _who(options: JobOptions) -> str:
    return options.chosen_by or "Somebody"


def _when(job: Job, options: JobOptions) -> str:
    if not options.chosen_at:
        return " meanwhile"
    return f" at {datetime.fromisoformat(options.chosen_at).astimezone(ZoneInfo(job.tenant.time_zone)):%H:%M}"


def _cut(text: str) -> str:
    text = text or "nothing"
    return text if len(text) <= TEXT_LENGTH else f"{text[: TEXT_LENGTH - 1]}…"
