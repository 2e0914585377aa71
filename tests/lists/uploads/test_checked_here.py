"""Which files are checked in a process that serves pages: those that are short in what they hold, too."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from bpadmin.jobs.models import Job
from bpadmin.uploads import wizard
from bpadmin.uploads.files import upload_create
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db(transaction=True)


def zipped(text: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("leads.csv", text)
    return file.getvalue()


ORDINARY = b"id,phone\n" + b"".join(b"K%d,6505550%03d\n" % (n, n % 1000) for n in range(900))
FILES: dict[str, tuple[str, Callable[[], bytes], bool]] = {
    "an ordinary text": ("leads.csv", lambda: ORDINARY, True),
    "an ordinary zip": ("leads.zip", lambda: zipped(ORDINARY), True),
    "a hundred thousand short lines": ("leads.csv", lambda: b"id\n" + b"a\n" * 100_000, False),
    "the same with the ends of an old Mac": ("leads.csv", lambda: b"id\r" + b"a\r" * 100_000, False),
    "the same in UTF-16": ("leads.csv", lambda: ("id\n" + "a\n" * 40_000).encode("utf-16"), False),
    "a zip that stands for much": ("leads.zip", lambda: zipped(b"id\n" + b"a" * 5_000_000), False),
    "a gzip in a zip": ("leads.zip", lambda: zipped(gzip.compress(ORDINARY)), False),
    "a zip that is none": ("leads.zip", lambda: b"PK\x03\x04" + b"x" * 100, False),
    "a gzip": ("leads.csv.gz", lambda: gzip.compress(ORDINARY), False),
}


@pytest.mark.parametrize("which", list(FILES))
def test_a_file_is_checked_here_only_where_it_holds_little(
    tenant: Any, supervisor: User, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    name, make, is_here = FILES[which]
    job = upload_create(
        kind=LIST_UPLOAD,
        tenant=tenant,
        list_id="L1",
        list_name="Spring",
        file_name=name,
        stream=io.BytesIO(make()),
        owner=supervisor,
        owner_name="sam",
    )
    checked: list[int] = []
    monkeypatch.setattr(wizard, "job_prepare_now", lambda job_id, worker: checked.append(job_id))
    assert job.file_size <= wizard.INLINE_BYTES
    wizard.prepare_small(Job.objects.get(pk=job.pk))
    assert bool(checked) is is_here


def test_a_file_that_is_gone_or_not_to_be_had_is_for_a_worker(
    tenant: Any, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wizard, "job_prepare_now", lambda **said: pytest.fail("checked here"))
    wizard.prepare_small(Job(tenant=tenant, kind=LIST_UPLOAD, upload_path="uploads/none", file_size=10))
