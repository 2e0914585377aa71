"""The rejects file: complete, harmless in a spreadsheet, and taken back by our own importer."""

from __future__ import annotations

import csv
import io

import pytest

from bpadmin.jobs.files.rejects import rejects_count
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.reasons import reason_of
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.files import upload_again, upload_inspect
from bpadmin.uploads.mapping.suggestions import mapping_saved
from lists.uploads.services import upload_configure
from tests.lists.filing import FIELDS, arrived, checked, rejects, spooled

pytestmark = pytest.mark.django_db
HEAD = "id,phone,due,age,name\n"
COLUMNS = ["row", "reason_code", "reason", "suggested_fix"]


def table(data: bytes, delimiter: str = ",") -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def lines(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows) + "\n").encode()


def test_original_columns_come_first_then_row_code_reason_and_fix() -> None:
    job = checked(lines("K1,6505550100,,,good", 'K2,555-0100,,,"two\nlines, here"'))
    header, row = table(rejects(job))
    assert header == ["id", "phone", "due", "age", "name", *COLUMNS]
    assert row[:7] == ["K2", "555-0100", "", "", "two\nlines, here", "3", "phone_invalid"]
    assert "555-0100" in row[7]
    assert row[8] == "Put the area code in front."
    assert rejects_count(job) == 1


def test_every_problem_of_a_row_is_told() -> None:
    [_, row] = table(rejects(checked(lines("K1,555,2025/01/31,1.0,Ann"))))
    assert row[6] == "phone_invalid"
    assert "phone “555”" in row[7]
    assert "age “1.0”" in row[7]
    assert "due “2025/01/31”" in row[7]
    assert "due: 2025-01-31" in row[8]
    assert "age: 1" in row[8]


def test_cells_that_a_spreadsheet_would_run_are_guarded() -> None:
    job = checked(lines("K1,555,,,=cmd|' /C calc'!A0", "-5,555,,,@x", "'K,+1555,,,+1"))
    _, first, second, third = table(rejects(job))
    assert first[4] == "'=cmd|' /C calc'!A0"
    assert (second[0], second[4]) == ("'-5", "'@x")
    assert (third[0], third[1], third[4]) == ("'K", "'+1555", "'+1")


def test_broken_rows_lose_nothing() -> None:
    job = checked(lines("K1,650", "K2,6505550100,,,Smith, John, Jr", 'K3,6505550100,,,"unclosed'))
    _, short, long, unclosed = table(rejects(job))
    assert short[:5] == ["K1", "650", "", "", ""]
    assert long[4] == "Smith, John, Jr"
    assert unclosed[4] == '"unclosed'
    assert [row[5] for row in (short, long, unclosed)] == ["2", "3", "4"]


def test_undecodable_bytes_are_shown_as_they_were_most_likely_meant() -> None:
    good = "".join(f"K{n},6505550100,,,Chloé\n" for n in range(9)).encode()
    [_, row] = table(rejects(checked(HEAD.encode() + good + b"X,6505550100,,,Jos\xe9 \x81\n")))
    assert row[4] == "José \ufffd"
    assert row[6] == "undecodable"


def test_a_file_with_semicolons_gives_one_with_semicolons() -> None:
    job = checked(b"id;phone;name\nK1;555;a,b\n", (*FIELDS[:2], FIELDS[4]))
    assert table(rejects(job), ";")[1][:3] == ["K1", "555", "a,b"]


def test_a_file_without_rejects_gives_the_header_alone() -> None:
    assert len(table(rejects(checked(lines("K1,6505550100,,,"))))) == 1


def test_our_importer_takes_the_corrected_file_back() -> None:
    bad = ["K1,555,2025-01-31,5,=1+1", "'K2,555,,,-x", 'K3,555,,,"two\nlines"']
    job = checked(lines(*bad))
    fixed = rejects(job).replace(b",555,", b",6505550100,")
    again = arrived(fixed)
    assert again.options["dialect"]["is_rejects"]
    assert again.options["header"] == job.options["header"]
    mapping = mapping_saved(tenant_id=job.tenant_id, list_id="L1", header=again.options["header"])
    assert mapping == job.options["mapping"]
    upload_configure(job=again, dialect={}, mapping=mapping, fields=FIELDS, mode="add")
    upload_prepare(job=again)
    assert again.n_rejected == 0
    assert [record["name"] for record in spooled(again).values()] == ["=1+1", "-x", "two\nlines"]
    assert [record["id"] for record in spooled(again).values()] == ["K1", "K2", "K3"]


def test_rejects_of_a_rejects_file_carry_the_four_columns_once() -> None:
    again = arrived(rejects(checked(lines("=K1,555,,,+x"))))
    mapping = {str(at): spec.name for at, spec in enumerate(FIELDS)}
    upload_configure(job=again, dialect={}, mapping=mapping, fields=FIELDS, mode="add")
    upload_prepare(job=again)
    header, row = table(rejects(again))
    assert header == ["id", "phone", "due", "age", "name", *COLUMNS]
    assert (row[0], row[4], row[5]) == ("'=K1", "'+x", "2")


def test_sending_again_takes_the_rejects_without_a_download() -> None:
    job = checked(lines("K1,555,,,a", "K2,6505550100,,,b"))
    again = upload_again(job=job)
    assert again.parent == job
    assert upload_inspect(job=again).rows == (("K1", "555", "", "", "a"),)


def sent(job: Job) -> list[Chunk]:
    """Return a job as the engine leaves it: one chunk of each fate."""
    chunks = list(job.chunks.order_by("number"))
    done, left, doubtful = chunks
    done.state, doubtful.state = ChunkState.DONE, ChunkState.ASK
    done.outcome = {"formatError": [3], "duplicateKey": [2], "odd": [4], "detail": {"4": "they said so"}}
    done.n_rejected, done.n_already_there = done.count - 1, 1
    for chunk in (done, doubtful):
        chunk.save()
    job.state = JobState.PARTIAL
    job.n_rejected, job.n_already_there, job.n_not_sent, job.n_uncertain = 3, 1, 3, 2
    job.rows_total = job.accounted
    job.save()
    return [done, left, doubtful]


def test_after_sending_every_row_that_is_not_in_the_list_comes_back_with_its_own_code() -> None:
    rows = (
        [f"K{n},6505550100,,,name" for n in range(2, 7)]
        + ["K7,555,,,bad"]
        + [f"K{n},6505550100,,,x" for n in (8, 9, 10)]
    )
    job = checked(lines(*rows), chunk_size=3)
    sent(job)
    _, *found = table(rejects(job))
    assert [(row[0], row[5], row[6]) for row in found] == [
        ("K3", "3", "formatError"),
        ("K4", "4", "odd"),
        ("K5", "5", "not_sent"),
        ("K6", "6", "not_sent"),
        ("K7", "7", "phone_invalid"),
        ("K8", "8", "not_sent"),
        ("K9", "9", "uncertain"),
        ("K10", "10", "uncertain"),
    ]
    assert found[1][7] == "Refused by the dialler: odd: they said so"
    assert rejects_count(job) == len(found)


def test_while_a_job_works_rows_that_wait_are_no_rejects() -> None:
    job = checked(lines("K1,6505550100,,,a", "K2,555,,,b"))
    job.state = JobState.RUNNING
    assert [row[0] for row in table(rejects(job))[1:]] == ["K2"]
    assert rejects_count(job) == 1


def test_every_code_has_words() -> None:
    assert reason_of("keyNotFound").label == "No record with this key is in the list"
    assert "wonderBucket" in reason_of("wonderBucket").label
