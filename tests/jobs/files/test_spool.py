"""A spool that was changed or cut short on the disk: its rows are not sent, and count as not sent."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage

from bpadmin.jobs.models import Job, JobState
from tests.jobs.uploading import KEYLESS, counts, create_list, driven, ids, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)


def damaged(job: Job, change: Callable[[bytes], bytes]) -> None:
    path = job.spool_path + ".json"
    with default_storage.open(path) as file:
        data = file.read()
    default_storage.delete(path)
    default_storage.save(path, io.BytesIO(change(data)))


def test_a_spool_changed_on_disk_stops_the_job_before_its_rows_are_sent(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(50), fields=KEYLESS)
    damaged(job, lambda data: data.replace(b"Person 37", b"Nobody 37"))
    assert counts(driven(job)) == {"added": 30, "not_sent": 20}
    assert job.state == JobState.FAILED
    assert "rows 32 to 41 are not as the check wrote them" in job.message
    assert ids(sandbox.dump(list_id)) == ids(people(30))


@pytest.mark.parametrize("change", [(b"Person 137", b"Nobody 137"), (b"[{", b" {"), (b"}]", b"} ")])
def test_a_chunk_made_of_blocks_is_compared_by_theirs(sandbox: Any, tenant: Any, change: tuple[bytes, bytes]) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(250), fields=KEYLESS, chunk_size=250)
    chunk = job.chunks.get()
    assert (chunk.checksum, chunk.blocks.count(";")) == ("", 2)
    damaged(job, lambda data: data.replace(*change))
    assert counts(driven(job)) == {"not_sent": 250}
    assert "rows 2 to 251 are not as the check wrote them" in job.message
    assert not sandbox.dump(list_id)


def test_a_chunk_of_before_there_were_checksums_is_sent(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    assert {len(chunk.checksum) for chunk in job.chunks.all()} == {8}
    job.chunks.update(checksum="")
    Job.objects.filter(pk=job.pk).update(confirmed={})  # nor was a confirmation kept then
    assert counts(driven(job)) == {"added": 20}


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_chunk_with_a_checksum_as_before_is_compared_by_it(sandbox: Any, tenant: Any, is_changed: bool) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20), chunk_size=20)
    with default_storage.open(job.spool_path + ".json") as file:
        body = file.read()
    job.chunks.update(checksum=hashlib.blake2b(body, digest_size=8).hexdigest())
    Job.objects.filter(pk=job.pk).update(confirmed={})  # it tells of checksums as well
    if is_changed:
        damaged(job, lambda data: data.replace(b"Person 7", b"Nobody 7"))
    assert counts(driven(job)) == ({"not_sent": 20} if is_changed else {"added": 20})


def test_a_spool_that_was_cut_short_leaves_its_rows_unsent(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(50), lanes=1)
    damaged(job, lambda data: data[:-10])
    assert counts(driven(job)) == {"added": 40, "not_sent": 10}
    assert job.state == JobState.FAILED
    assert len(sandbox.dump(list_id)) == 40


def test_a_row_number_file_that_was_cut_short_leaves_its_rows_unsent(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20), lanes=1)
    default_storage.delete(job.spool_path + ".rows")
    default_storage.save(job.spool_path + ".rows", io.BytesIO(b"\0" * 80))
    assert counts(driven(job)) == {"added": 10, "not_sent": 10}
