"""The check beside the simulated platform: two readings of the same document, written apart, agree row by row."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import pytest

from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.models import ChunkState, Job
from bpadmin.tenants.services import tenant_client
from tests.lists.checking.test_uploads_oracle import FIELDS, messy
from tests.lists.filing import checked, rejects

RULES = {"missing_key", "missing_required", "no_phone", "phone_invalid", "integer_invalid", "date_invalid"}


@pytest.fixture
def staged(tenant: Any) -> Job:
    return checked(messy(5)[0], FIELDS)


def test_the_platform_takes_every_row_that_the_check_lets_through(staged: Job, tenant: Any, sandbox: Any) -> None:
    client = tenant_client(tenant)
    list_id = client.create_list_with_new_format(format_name="through", fields=FIELDS).id
    sent: list[dict[str, Any]] = []
    with Spool.open(staged) as spool:
        for chunk in staged.chunks.exclude(state=ChunkState.HELD).order_by("number"):
            result = client.add_many_records(list_id, spool.body(chunk))
            sent += orjson.loads(spool.body(chunk))
            assert (result.count, dict(result.errors)) == (chunk.count, {})
    spares = sum(staged.chunks.filter(state=ChunkState.HELD).values_list("count", flat=True))
    assert len(sandbox.dump(list_id)) == len(sent) == staged.n_not_sent - spares


def test_the_platform_refuses_the_rows_that_the_check_refuses_by_its_rules(
    staged: Job, tenant: Any, sandbox: Any
) -> None:
    client = tenant_client(tenant)
    list_id = client.create_list_with_new_format(format_name="refused", fields=FIELDS).id
    text = rejects(staged).decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";") if row["reason_code"] in RULES]
    records = [
        {spec.name: row[spec.name].removeprefix("'") for spec in FIELDS if row[spec.name].strip()} for row in rows
    ]
    assert len(records) > 1_000
    for start in range(0, len(records), 1000):
        assert client.add_many_records(list_id, records[start : start + 1000]).count == 0
    assert sandbox.dump(list_id) == []
