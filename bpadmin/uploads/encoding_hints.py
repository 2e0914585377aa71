"""What helps to tell how a file's characters are meant: the tenant's place, and what was sent into this list before."""

from __future__ import annotations

from bpadmin.jobs.handlers import JobRefused, structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import FileOptions
from bpadmin.tabular.encoding.codepages import Hints
from bpadmin.tabular.encoding.languages import languages_of_zone

JOBS_LOOKED_AT = 20


def encoding_hints(job: Job) -> Hints:
    """Give the languages of the tenant's place, and the encodings that were said or sent for the job's list before."""
    earlier = (
        Job.objects.filter(tenant=job.tenant_id, target_kind=job.target_kind, target_id=job.target_id)
        .exclude(pk=job.pk)
        .exclude(file_size=0)
        .order_by("-pk")[:JOBS_LOOKED_AT]
    )
    confirmed = dict.fromkeys(filter(None, map(_confirmed, earlier)))
    return Hints(languages_of_zone(job.tenant.time_zone), tuple(confirmed))


def _confirmed(job: Job) -> str:
    """Return the encoding that a person said, or with which a person had the rows sent; "" where nobody did."""
    try:
        options = structure_read(FileOptions, job.options, job)
    except JobRefused:
        return ""
    said = str(options.encoding_proof.get("said", ""))
    return said or (str(options.dialect.get("encoding", "")) if job.started_at is not None else "")
