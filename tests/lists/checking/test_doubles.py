"""Rows of one key within a file: which of them gets in, and the next one where the platform refuses it."""

from __future__ import annotations

import io
import random
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.engine import chunks as ledger
from bpadmin.jobs.engine.lease import LeaseLost
from bpadmin.jobs.files.blocks import Blocks
from bpadmin.jobs.files.rejects import rejects_lines
from bpadmin.jobs.files.spool import Spool, spool_refusals
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.services import (
    job_cancel,
    job_confirm,
    job_drive,
    job_prepare_now,
    job_reconfigure,
    job_retry,
    job_submit,
)
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.uploads.files import reading_keep, upload_create, upload_inspect
from bpadmin.uploads.same_file import same_file_before
from lists.kinds import LIST_UPLOAD
from lists.uploads.options import upload_options
from lists.uploads.services import upload_configure
from tests.jobs.uploading import (
    AGE,
    ID,
    KEYED,
    KEYLESS,
    PHONE,
    accounted,
    counts,
    create_list,
    driven,
    outcomes,
    people,
    ready_upload,
)
from tests.lists.filing import checked, problem_codes, spares, spooled

pytestmark = pytest.mark.django_db(transaction=True)

NAME = FieldSpec("name")
# The check is told that age may be any text, so that only the platform refuses one that is no number.
LENIENT = (ID, PHONE, FieldSpec("age"), NAME)
STRICT = (ID, PHONE, AGE, NAME)


def row(key: str, age: str, name: str = "") -> dict[str, str]:
    return {"id": key, "phone": "4930123456", "age": age, "name": name}


def chosen(job: Job, doubles: str) -> Job:
    """Have the file checked anew with another choice."""
    job_reconfigure(job=job, options=replace(upload_options(job), doubles=doubles), check=True)
    job_prepare_now(job_id=job.pk, worker="test")
    job.refresh_from_db()
    return job


def ready(sandbox: Any, tenant: Any, rows: list[dict[str, str]], *, doubles: str = "", **how: Any) -> Job:
    list_id = create_list(sandbox, STRICT, records=how.pop("records", ()))
    job = ready_upload(tenant, list_id, rows, fields=LENIENT, **how)
    return chosen(job, doubles) if doubles else job


def names(sandbox: Any, job: Job) -> dict[str, str]:
    return {record["id"]: record["name"] for record in sandbox.dump(job.target_id)}


def test_the_next_row_of_a_key_is_sent_where_the_first_is_refused(sandbox: Any, tenant: Any) -> None:
    rows = [row("A", "old", "a1"), row("B", "7", "b1"), row("A", "x", "a2"), row("B", "8", "b2"), row("A", "9", "a3")]
    job = ready(sandbox, tenant, [*rows, row("A", "10", "a4")])
    assert (job.n_not_sent, job.n_rejected) == (6, 0)
    assert JobView(job).counts == "2 of 6 to send"
    job = job_confirm(job=job)
    noted = AuditEntry.objects.get(verb=Verb.LIST_UPLOAD_CONFIRM, target_id=job.target_id)
    assert "2 of 6 rows to send, 4 in reserve" in noted.message
    assert (noted.details["to_send"], noted.details["in_reserve"]) == (2, 4)
    job = driven(job)
    assert names(sandbox, job) == {"A": "a3", "B": "b1"}
    assert counts(job) == {"added": 2, "rejected": 4}
    assert outcomes(job) == {"formatError": [2, 4], "duplicate_in_file": [5, 7]}
    lines = b"".join(rejects_lines(job)).decode().splitlines()
    assert [line.split(",")[4] for line in lines[1:]] == ["2", "4", "5", "7"]
    assert "same key as row 3, which counts" in lines[3]
    assert "same key as row 6, which counts" in lines[4]
    assert "row 2" not in "".join(lines)


@pytest.mark.parametrize(
    ("mode", "doubles", "there"),
    [
        ("add", "", "a1"), ("add", "last", "a3"), ("upsert", "", "a3"), ("upsert", "first", "a1"), ("update", "", "a3"),
    ],
)  # fmt: skip
def test_the_last_row_counts_where_records_are_changed_and_where_it_is_said(
    sandbox: Any, tenant: Any, mode: str, doubles: str, there: str
) -> None:
    rows = [row("A", "1", "a1"), row("A", "2", "a2"), row("B", "1", "b"), row("A", "3", "a3")]
    records = [row("A", "1"), row("B", "1")] if mode == "update" else []
    job = ready(sandbox, tenant, rows, mode=mode, doubles=doubles, records=records)
    job = driven(job_confirm(job=job))
    assert names(sandbox, job) == {"A": there, "B": "b"}
    assert job.n_accepted == 2
    assert job.n_rejected == 2


def test_all_rows_of_a_key_are_refused_where_that_is_said(sandbox: Any, tenant: Any) -> None:
    rows = [row("A", "1"), row("B", "1"), row("A", "2"), row("C", "1"), row("C", "2"), row("C", "3")]
    job = ready(sandbox, tenant, rows, doubles="refuse")
    assert (job.n_rejected_check, job.n_not_sent) == (5, 1)
    refusals = [(each.row, each.detail) for each in spool_refusals(job)]
    assert refusals[0] == (2, "same key as row 4")
    assert refusals[2] == (5, "same key as rows 6, 7")
    assert [number for number, _ in refusals] == [2, 4, 5, 6, 7]
    job = driven(job_confirm(job=job))
    assert counts(job) == {"added": 1, "rejected": 5}


def test_what_is_taken_out_of_a_chunk_leaves_its_other_blocks_as_they_were() -> None:
    keys = [f"K{number}" for number in range(1000)]
    once = [*keys[:7], "A7", *keys[8:150], "K7", *keys[150:300]]
    whole = checked(lines(once))
    assert not spares(whole)
    twice = [*keys[:150], "K7", *keys[150:300], *["K300"] * 120, *keys[300:]]
    job = chosen(checked(lines(twice)), "last")
    chunk, before = job.chunks.order_by("number").first(), whole.chunks.get()
    assert (job.n_not_sent, chunk.count) == (1000 + 1 + 20, 879)
    with Spool.open(job) as spool:
        for each in job.chunks.exclude(blocks=""):
            assert Blocks.parse(each.blocks).are_in(spool.body(each)[1:-1])
            assert Blocks.parse(each.blocks).count == each.count
    kept = {block.checksum for block in Blocks.parse(chunk.blocks).blocks}
    assert Blocks.parse(before.blocks).blocks[1].checksum in kept
    assert Blocks.parse(before.blocks).blocks[0].checksum not in kept


def test_where_the_first_row_counts_the_others_never_stand_among_the_rows_that_are_sent() -> None:
    keys = [f"K{number}" for number in range(1000)]
    job = checked(lines([*keys[:150], "K7", *keys[150:300], *["K300"] * 120, *keys[300:]]))
    assert list(spooled(job)) == [row for row in range(2, 1123) if row != 152 and not 303 < row < 424]
    assert spares(job) == [152, *range(304, 324)]
    assert problem_codes(job) == {"duplicate_in_file": 100}
    with Spool.open(job) as spool:
        held = job.chunks.get(state=ChunkState.HELD)
        assert [each["id"] for each in orjson.loads(spool.body(held))] == ["K7", *["K300"] * 20]


def lines(keys: list[str]) -> bytes:
    """Return a file of these keys, in this order."""
    return b"id,phone,due,age,name\n" + b"".join(f"{key},6505550100,,,n\n".encode() for key in keys)


def test_a_key_with_very_many_rows_has_a_few_spares() -> None:
    data = b"id,phone,due,age,name\n" + b"".join(b"K1,6505550100,,,n%d\n" % n for n in range(50))
    job = checked(data)
    assert list(spooled(job)) == [2]
    assert spares(job) == list(range(3, 23))
    assert problem_codes(job) == {"duplicate_in_file": 29}
    assert (job.rows_total, job.accounted) == (51 - 1, 50)


def told(rows: list[dict[str, str]], *, mode: str, how: str, there: set[str]) -> tuple[dict[str, str], dict[str, int]]:
    """Work out by sending row after row what the list holds, and how many rows are in it by this file."""
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for each in rows:
        groups[each["id"]].append(each)
    held = dict.fromkeys(there, "before")
    tally = {"in": 0, "rejected": 0}
    for key, found in groups.items():
        if how == "refuse" and len(found) > 1:
            tally["rejected"] += len(found)
            continue
        for each in reversed(found) if how == "last" else found:
            if each["age"].isdigit() and (key in held or mode != "update"):
                tally["in"] += 1
                tally["rejected"] += len(found) - 1
                if key not in held or mode != "add":
                    held[key] = each["name"]
                break
        else:
            tally["rejected"] += len(found)
    return held, tally


def some_rows(dice: random.Random) -> list[dict[str, str]]:
    return [row(f"K{dice.randint(1, 40)}", dice.choice(["old", "x", "7", "8"]), f"n{number}") for number in range(90)]


def turns(job: Job, sandbox: Any, monkeypatch: Any, dice: random.Random) -> Iterator[None]:
    """Drive a job with a platform that loses answers and drivers that die between answer and storing."""
    kinds = ["cut_after", "cut_before", "http_503", "cut_body"]
    methods = ["add_many_records", "update_many_records", "add_record", "update_record"]
    stored = ledger.chunk_done

    def dies(*args: Any, **more: Any) -> Any:
        if dice.random() < 0.25:
            raise LeaseLost  # as of a process that is gone: nothing is stored, and the lease stays until it runs out
        return stored(*args, **more)

    monkeypatch.setattr("bpadmin.jobs.engine.lanes.chunks.chunk_done", dies)
    for turn in range(300):
        if turn < 25:
            sandbox.faults([{"kind": dice.choice(kinds), "methods": methods, "times": 1}])
        else:
            monkeypatch.setattr("bpadmin.jobs.engine.lanes.chunks.chunk_done", stored)
        job_drive(job_id=job.pk, seconds=0.3, worker="test", may_wait=False)
        Job.objects.filter(pk=job.pk).exclude(lease_owner="").update(lease_until=timezone.now() - timedelta(hours=1))
        Job.objects.filter(pk=job.pk).update(next_run_at=None)
        accounted(job)
        yield
        if job.is_final:
            return


@pytest.mark.parametrize(
    ("mode", "how", "seed"),
    [
        ("add", "first", 1),
        ("upsert", "last", 2),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in [
            ("add", "last", 3), ("upsert", "first", 4), ("update", "last", 5), ("add", "refuse", 6),
            ("update", "first", 7), ("replace", "first", 8), ("add", "first", 9), ("upsert", "last", 10),
        ]),
    ],
)  # fmt: skip
def test_it_comes_to_what_row_after_row_would_bring_whatever_fails(
    sandbox: Any, tenant: Any, monkeypatch: Any, mode: str, how: str, seed: int
) -> None:
    dice = random.Random(seed)
    rows = some_rows(dice)
    there = {f"K{number}" for number in range(1, 41) if mode in ("update", "upsert") and number % 3}
    records = [row(key, "1", "before") for key in sorted(there)]
    job = job_confirm(job=ready(sandbox, tenant, rows, mode=mode, doubles=how, records=records))
    for _ in turns(job, sandbox, monkeypatch, dice):
        pass
    assert job.is_final, job.message
    held, tally = told(rows, mode=mode, how=how, there=there)
    assert names(sandbox, job) == held
    assert (job.n_in_list, job.n_rejected) == (tally["in"], tally["rejected"]), counts(job)


def test_spares_wait_with_their_job_and_are_sent_with_the_rest(sandbox: Any, tenant: Any) -> None:
    rows = [*(row(f"K{n}", "old", "1") for n in range(30)), *(row(f"K{n}", "5", "2") for n in range(30))]
    job = ready(sandbox, tenant, rows, lanes=1)
    assert set(job.chunks.filter(state=ChunkState.HELD).values_list("count", flat=True)) == {10}
    sandbox.options(rows_limit=0)
    # The platform refuses the first rows one by one, so that nothing stops the job.
    job = job_confirm(job=job)
    job_drive(job_id=job.pk, seconds=0, worker="test", may_wait=False)
    job = job_cancel(job=accounted(job))
    sandbox.options(rows_limit=1_000_000)
    job = driven(job_retry(job=accounted(job)))
    assert counts(job) == {"added": 30, "rejected": 30}
    assert set(names(sandbox, job).values()) == {"2"}


def test_nothing_is_sent_of_spares_while_their_first_row_is_in_question(sandbox: Any, tenant: Any) -> None:
    # One after the other: of two lanes one could find the first row still under way, and end the job for that.
    job = job_confirm(job=ready(sandbox, tenant, [row("A", "old"), row("A", "5"), row("B", "1")], lanes=1))
    Chunk.objects.filter(job=job, state=ChunkState.HELD).update(state=ChunkState.READY)
    Chunk.objects.filter(job=job, number=1).update(state=ChunkState.ASK, attempt=1)
    Job.objects.filter(pk=job.pk).update(n_not_sent=1, n_uncertain=2)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.FAILED, {"not_sent": 1, "uncertain": 2})
    assert "settle them first" in job.message
    assert sandbox.dump(job.target_id) == []
    job = driven(job_retry(job=job))
    assert counts(job) == {"added": 2, "rejected": 1}


@pytest.mark.parametrize(("doubles", "there"), [("", 5), ("once", 3), ("all", 5)])
def test_identical_rows_of_a_list_without_key_are_counted_and_a_choice(
    sandbox: Any, tenant: Any, doubles: str, there: int
) -> None:
    ann, bob, cy = people(3)
    list_id = create_list(sandbox, KEYLESS)
    job = ready_upload(tenant, list_id, [ann, bob, ann, ann, cy], fields=KEYLESS)
    assert job.report["doubles"]["rows"] == 2
    job = driven(job_confirm(job=chosen(job, doubles) if doubles else job))
    assert (job.n_added, len(sandbox.dump(list_id))) == (there, there)
    assert job.n_rejected == 5 - there


def test_numbers_that_differ_by_little_are_not_the_same_row() -> None:
    fields = (FieldSpec("age", FieldType.INTEGER), FieldSpec("phone", FieldType.PHONE))
    job = checked(b"age,phone\n-1,4930\n-2,4930\n,4930\n0,4930\n1,4930\n01,4930\n", fields)
    assert job.report["doubles"]["samples"] == [{"row": 7, "first": 6, "value": ""}]


def test_a_spare_row_knows_the_row_that_is_sent_before_it(sandbox: Any, tenant: Any) -> None:
    job = ready(sandbox, tenant, [row("A", "1", "a1"), row("A", "2", "a2")])
    with Spool.open(job) as spool:
        held = job.chunks.get(state=ChunkState.HELD)
        assert list(spool.winners(held) or ()) == [2]
        assert spool.winners(job.chunks.get(number=1)) is None


def test_another_file_of_the_archive_is_not_the_same_file(tenant, sandbox):
    list_id = create_list(sandbox)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("jan.csv", "id,phone,name\n1,493011234567,Ann\n")
        archive.writestr("feb.csv", "id,phone,name\n2,493011234568,Bob\n")
    for member, again in (("jan.csv", None), ("feb.csv", None), ("jan.csv", "job"), (ALL_MEMBERS, "job")):
        job = upload_create(
            kind=LIST_UPLOAD,
            tenant=tenant,
            list_id=list_id,
            list_name="Autumn",
            file_name="both.zip",
            stream=io.BytesIO(packed.getvalue()),
        )
        reading_keep(job=job, inspection=upload_inspect(job=job, choices={"member": member, "part_said": True}))
        before = same_file_before(job)
        assert (before is not None) == (again is not None), member
        if again is None:
            mapping = {"0": "id", "1": "phone", "2": "name"}
            upload_configure(job=job, dialect={}, mapping=mapping, fields=KEYED, mode="add")
            job_submit(job=job)
            job_prepare_now(job_id=job.pk, worker="test")
            job_confirm(job=Job.objects.get(pk=job.pk), actor_name="tester", ring=False)
            job_drive(job_id=job.pk, seconds=None, worker="test")
    assert sorted(record["id"] for record in sandbox.dump(list_id)) == ["1", "2"]
