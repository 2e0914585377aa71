"""Rejects of a job whose files lie in a bucket."""

from __future__ import annotations

import pytest

from bpadmin.jobs.files.spool import CELLS, INDEX, spool_places
from tests.bucket.conftest import Bucket
from tests.jobs.files.test_rejects import hostile, refuse_in_sending, said, text, without
from tests.lists.filing import checked


@pytest.mark.django_db
def test_kept_cells_an_index_and_the_whole_file_say_the_same_in_a_bucket(bucket: Bucket) -> None:
    job = checked(text(hostile).encode(), chunk_size=500)
    refuse_in_sending(job)
    by_cells = said(job)
    assert by_cells.count(b"\r\n") > 10
    by_index = without(job, CELLS)
    assert list(spool_places(job))
    assert by_cells == by_index == without(job, INDEX)
    assert {name for name in bucket.names() if name.endswith((CELLS, INDEX))} == set()
