"""Walk the upload wizard as a browser does: the list, the file, the forms filled in as they are shown."""

from __future__ import annotations

import time
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.headers import is_nameless

FIELDS = [
    FieldSpec("Account", FieldType.ACCOUNT, key=True, required=True),
    FieldSpec("First name", FieldType.FIRST_NAME),
    FieldSpec("Phone", FieldType.PHONE, phone_type="US_CANADA"),
    FieldSpec("Due", FieldType.DATETIME, date_format="yyyy-MM-dd"),
]
SANDBOX_FIELDS = [
    {"name": "Account", "type": "ACCOUNT", "key": True, "required": True},
    {"name": "First name", "type": "FIRST_NAME"},
    {"name": "Phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "Due", "type": "DATETIME", "format": "yyyy-MM-dd"},
]
GOOD = "Account,First name,Phone,Due\nA1,Ann,(650) 555-0100,2026-03-01\nA2,Zoë,650-555-0101,2026-03-02\n"
MIXED = GOOD + "A3,Bob,555,2026-03-03\nA1,Ann again,6505550104,2026-03-04\nA5,Cy,6505550105,yesterday\n"


def csv_file(text: str | bytes = GOOD, name: str = "spring.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text, "text/csv")


def post_file(client: Client, list_id: str, text: str | bytes = GOOD, name: str = "spring.csv") -> Any:
    return client.post(f"/t/acme/lists/{list_id}/upload/", {"file": csv_file(text, name)})


def map_url(job: Job) -> str:
    return f"/t/acme/uploads/{job.pk}/columns/"


def check_url(job: Job) -> str:
    return f"/t/acme/uploads/{job.pk}/check/"


def said(response: Any, **changes: str) -> dict[str, Any]:
    """Fill in the mapping page's form as it is shown, with changes; a value of "" clears a field or a box."""
    step = response.context["step"]
    data: dict[str, Any] = {"column": list(step.inspection.header), "send-mode": step.mapping.mode["mode"].value()}
    data["revision"] = str(step.job.revision)
    rules = step.rules
    data |= {"made-count": str(len(rules.made)), "row-count": str(len(rules.rows)), "send-blank": rules.blank}
    data["rule-open"] = [str(line.index) for line in rules.lines if line.is_open]
    data |= {line.prefix: line.stored for line in rules.lines if not line.is_open}
    for made in rules.made:
        data |= {f"{made.prefix}-kind": made.kind, f"{made.prefix}-text": made.text, f"{made.prefix}-joint": made.joint}
        data[f"{made.prefix}-column"] = [str(at) for at in made.columns]
    open_forms = [line.form for line in rules.lines if line.is_open]
    for form in [step.reading, *(column.form for column in step.mapping.columns), *open_forms, *rules.rows]:
        for bound in form:
            value = bound.value()
            if value is True:
                data[bound.html_name] = "on"
            elif value not in (None, False):
                data[bound.html_name] = value
    if not step.mapping.known and not step.mapping.is_sure:  # nobody knows the fields: they are named like the columns
        data |= {
            f"c{at}-name": data.get(f"c{at}-name") or title
            for at, title in enumerate(step.inspection.header)
            if not is_nameless(title)
        }
    for name, value in changes.items():
        data[name.replace("__", "-")] = value
    return {name: value for name, value in data.items() if value not in ("", [])}


def to_check(client: Client, list_id: str, text: str | bytes = GOOD, **changes: str) -> tuple[Job, Any]:
    """Walk from the file to what the check found."""
    client.post(f"/t/acme/lists/{list_id}/upload/", {"file": csv_file(text)})
    job = Job.objects.latest("id")
    response = client.post(map_url(job), said(client.get(map_url(job)), **changes), follow=True)
    job.refresh_from_db()
    return job, response


def shown(job: Job, **said: str) -> dict[str, str]:
    """Return what the form of a page shown now sends: the revision of the choices that it was made from."""
    revision = Job.objects.values_list("revision", flat=True).get(pk=job.pk)
    return {"revision": str(revision), **{name.replace("__", "-"): value for name, value in said.items()}}


def ended(job: Job) -> Job:
    """Return a job when it has ended; on a busy machine the page hands it over before that, and no worker runs here."""
    while job_drive(job_id=job.pk, seconds=None, worker="test") in (JobState.QUEUED, JobState.RUNNING):
        time.sleep(0.1)
    job.refresh_from_db()
    return job
