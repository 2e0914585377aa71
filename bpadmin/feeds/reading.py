"""What targets share: how a file that nobody sits in front of is looked at, and what its check has made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from bpadmin.dialler.types import Actor
from bpadmin.feeds.targets import TargetRefused
from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.models import Job
from bpadmin.uploads.arguments import ArgumentRefused, parts_check
from bpadmin.uploads.files import UploadRefused, reading_keep, upload_inspect
from bpadmin.uploads.inspection import Inspection

PACKED = (".gz", ".zip", ".xlsx", ".xlsm", ".xlsb", ".ods", ".xls")


def file_inspected(
    job: Job, encoding: str, actor: Actor, *, inspect: Callable[..., Inspection] = upload_inspect
) -> Inspection:
    """Look at a file as a shell does, and keep how it is read. Raises TargetRefused, by the guard that tells why."""
    try:
        inspection = inspect(job=job, choices={"encoding": encoding, "encoding_said": True} if encoding else None)
        reading_keep(job=job, inspection=inspection, actor_name=actor.called)
        parts_check({}, inspection)
    except UploadRefused as refused:
        # What is packed has an end that is looked for: where it cannot be opened, it is not all there.
        is_cut = job.file_name.lower().endswith(PACKED)
        raise TargetRefused(str(refused), guard="half" if is_cut else "unreadable") from refused
    except ArgumentRefused as refused:
        raise TargetRefused(str(refused)) from refused
    if inspection.question is not None:
        raise TargetRefused(inspection.question.sentence, "encoding", guard="encoding")
    return inspection


def records_spooled(job: Job) -> Iterator[dict[str, Any]]:
    """Yield the records that a checked job would send. Raises JobRefused."""
    with Spool.open(job) as spool:
        for chunk in job.chunks.order_by("number").iterator(chunk_size=500):
            yield from orjson.loads(spool.body(chunk))
