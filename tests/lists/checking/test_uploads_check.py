"""The check: every row of a file is either spooled as it will be sent, or refused with a reason."""

from __future__ import annotations

import gzip
import io
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import default_storage

from bpadmin.jobs.files.spool import spool_files
from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.checking import staging
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.files import UploadRefused, reading_keep, upload_inspect
from tests.lists.filing import FIELDS, arrived, checked, configured, problem_codes, rejects, spares, spooled

pytestmark = pytest.mark.django_db
HEAD = "id,phone,due,age,name\n"


def lines(*rows: str, head: str = HEAD) -> bytes:
    return (head + "\n".join(rows) + "\n").encode()


def many(count: int, head: str = HEAD) -> bytes:
    return lines(*(f"K{n},650555{n % 10_000:04},2025-01-31,{n},Name {n}" for n in range(count)), head=head)


def test_good_rows_are_spooled_as_they_will_be_sent() -> None:
    job = checked(lines("K1, (650) 555-0100 ,2025-01-31,042, Ann ", "K2,6505550101,,,"))
    assert spooled(job) == {
        2: {"id": "K1", "phone": "(650) 555-0100", "due": "2025-01-31", "age": 42, "name": "Ann"},
        3: {"id": "K2", "phone": "6505550101", "name": ""},
    }
    assert (job.rows_total, job.n_not_sent, job.n_rejected, job.accounted) == (2, 2, 0, 2)


def test_an_update_leaves_out_what_is_empty() -> None:
    job = checked(lines("K1,,,,Ann", "K2,6505550101,,5,"), mode="update")
    assert spooled(job) == {2: {"id": "K1", "name": "Ann"}, 3: {"id": "K2", "phone": "6505550101", "age": 5}}


def test_skipped_fields_are_not_sent() -> None:
    fields = (FIELDS[0], FIELDS[1], FieldSpec("name", skip=True))
    assert spooled(checked(lines("K1,6505550100,,,Ann"), fields)) == {2: {"id": "K1", "phone": "6505550100"}}


def test_every_kind_of_bad_row_has_its_code_count_and_sample() -> None:
    job = checked(
        lines(
            "K1,6505550100,2025-01-31,1,good",
            ",6505550100,,,no key",
            "K3,555,,,bad phone",
            "K4,,,,no phone",
            "K5,6505550100,31.01.2025,,bad date",
            "K6,6505550100,,x,bad number",
            "K1,6505550100,,,same key",
            "K8,#REF!,,,",
            "K9,6505550100,,,more,and more",
            '"K10,6505550100,,,unclosed',
        )
    )
    assert problem_codes(job) == {
        "missing_key": 1,
        "phone_invalid": 1,
        "no_phone": 1,
        "date_invalid": 1,
        "integer_invalid": 1,
        "spreadsheet_error": 1,
        "too_many_cells": 1,
        "unclosed_quote": 1,
    }
    assert (job.rows_total, job.n_rejected, job.n_rejected_check, job.n_not_sent) == (10, 8, 8, 2)
    by_code = {problem["code"]: problem for problem in job.report["problems"]}
    date = by_code["date_invalid"]
    assert (date["column"], date["field"], date["count"]) == ("due", "due", 1)
    assert date["samples"][0] == {
        "row": 6,
        "value": "31.01.2025",
        "detail": "dates of this field are written yyyy-MM-dd",
        "fix": "2025-01-31",
    }
    doubles = job.report["doubles"]
    assert (doubles["rows"], doubles["keys"], doubles["spare"], doubles["how"]) == (2, 1, 1, "first")
    assert doubles["samples"] == [{"row": 8, "first": 2, "value": "K1"}]
    assert all(problem["label"] and problem["fix"] for problem in by_code.values())


def test_a_row_with_several_problems_is_refused_once() -> None:
    job = checked(lines("K1,555,soon,x,Ann"))
    assert (job.n_rejected, sum(problem_codes(job).values())) == (1, 1)


def test_blank_lines_are_counted_apart() -> None:
    job = checked(lines("K1,6505550100,,,", "", "  ", ",,,,", "K2,6505550100,,,"))
    assert (job.rows_total, job.rows_blank) == (2, 3)
    assert list(spooled(job)) == [2, 6]


@pytest.mark.parametrize(("mode", "first"), [("add", 2), ("update", 5), ("upsert", 5), ("replace", 2)])
def test_of_the_same_key_one_row_is_sent_and_the_others_wait(mode: str, first: int) -> None:
    rows = ["K1,6505550100,,,a", "k1,6505550101,,,b", " K1 ,6505550102,,,c", "K1,6505550103,,,d"]
    job = checked(lines(*rows), mode=mode)
    assert sorted(spooled(job)) == sorted([first, 3])
    assert spares(job) == ([4, 5] if first == 2 else [4, 2])
    assert (job.n_rejected, job.n_not_sent) == (0, 4)


def test_keys_are_compared_as_the_platform_keeps_them() -> None:
    fields = (
        FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA", key=True),
        FieldSpec("age", FieldType.INTEGER, key=True),
    )
    rows = [
        "a,6505550100,,7,",
        "b,(650) 555-0100,,07,",
        "c,+1 650 555 0100,,8,",
        "d,6505550100,,-1,",
        "e,6505550100,,-2,",
    ]
    assert list(spooled(checked(lines(*rows), fields))) == [2, 4, 5, 6]


def test_a_refused_row_does_not_take_its_key_away() -> None:
    assert list(spooled(checked(lines("K1,555,,,bad", "K1,6505550100,,,good")))) == [3]


def test_without_keys_equal_rows_are_all_sent() -> None:
    fields = (FieldSpec("phone", FieldType.PHONE), FieldSpec("name"))
    assert len(spooled(checked(lines(*["K,1004,,,Ann"] * 5), fields))) == 5


def test_duplicates_are_found_across_blocks_and_after_the_table_has_grown() -> None:
    data = many(60_000) + b"K5,6505550100,,,again\nK59999,6505550100,,,again\n"
    job = checked(data)
    assert [one["first"] for one in job.report["doubles"]["samples"]] == [7, 60001]
    assert len(spooled(job)) == 60_000
    assert spares(job) == [60002, 60003]


def test_chunks_have_the_size_asked_for_and_together_hold_every_record() -> None:
    job = checked(many(2_500), chunk_size=400)
    counts = list(job.chunks.order_by("number").values_list("count", flat=True))
    assert counts == [400] * 6 + [100]
    numbers = [chunk.number for chunk in job.chunks.order_by("first_record")]
    assert numbers == sorted(set(numbers))  # with room between them for the parts of each
    assert len(spooled(job)) == 2_500


def test_very_wide_rows_make_smaller_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "MAX_BODY", 10_000)
    job = checked(lines(*(f"K{n},6505550100,,,{'x' * 1000}" for n in range(50))))
    assert max(job.chunks.values_list("length", flat=True)) <= 10_000
    assert len(spooled(job)) == 50


def test_changed_phones_are_counted_and_shown_before_and_after() -> None:
    job = checked(lines("K1,(650) 555-0100,,,", "K2,16505550101,,,", "K3,+16505550102,,,", "K4,555,,,"))
    told = job.report["phones_changed"]
    assert told["count"] == 2
    assert told["samples"][0] == {"row": 2, "column": "phone", "before": "(650) 555-0100", "after": "16505550100"}


def test_warnings_name_what_a_spreadsheet_has_done() -> None:
    fields = (*FIELDS[:3], FieldSpec("age", FieldType.ZIP_CODE), FIELDS[4])
    job = checked(
        lines(
            "K1,6505550100,45688,94105,ok",
            "K2,6.50555E+09,,4105,1.23E+10",
            "K3,650555010,,94105,ok",
            "id,phone,due,age,name",
        ),
        fields,
    )
    found = {(warning["code"], warning["field"]): warning["count"] for warning in job.report["warnings"]}
    assert found == {
        ("excel_dates", "due"): 1,
        ("scientific_notation", "phone"): 1,
        ("scientific_notation", "name"): 1,
        ("lost_leading_zeros", "age"): 1,
        ("lost_leading_zeros", "phone"): 1,
        ("header_in_data", ""): 1,
    }


def test_undecodable_bytes_refuse_the_row_and_not_the_file() -> None:
    good = "".join(f"K{n},6505550100,,,Chloé\n" for n in range(20)).encode()
    job = checked(HEAD.encode() + good + b"X1,6505550100,,,Jos\xe9\n")
    assert problem_codes(job) == {"undecodable": 1}
    assert job.n_not_sent == 20


def test_dates_of_workbook_cells_are_written_as_the_list_wants_them() -> None:
    import datetime

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["id", "phone", "due", "age"])
    book.active.append([1, 6505550100, datetime.datetime(2025, 1, 31, 9, 5), 5])
    file = io.BytesIO()
    book.save(file)
    fields = (*FIELDS[:2], FieldSpec("due", FieldType.DATETIME), FIELDS[3])
    assert spooled(checked(file.getvalue(), fields)) == {
        2: {"id": "1", "phone": "6505550100", "due": "01/31/2025 09:05 AM", "age": 5}
    }


def test_a_packed_file_is_checked_like_a_plain_one() -> None:
    assert len(spooled(checked(gzip.compress(many(3_000))))) == 3_000


def test_a_file_without_rows_is_refused() -> None:
    job = configured(HEAD.encode())
    with pytest.raises(UploadRefused, match="no rows"):
        upload_prepare(job=job)


def test_a_job_nobody_has_mapped_is_refused() -> None:
    with pytest.raises(UploadRefused, match="Map the columns"):
        upload_prepare(job=arrived(many(1)))


def test_progress_grows_to_the_files_size() -> None:
    told: list[tuple[int, int]] = []
    job = configured(many(20_000))
    upload_prepare(job=job, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (job.file_size, job.file_size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 5


def files_of(job: Job) -> list[str]:
    try:
        return sorted(default_storage.listdir(f"spools/{job.pk}")[1])
    except FileNotFoundError:
        return []


def test_told_to_stop_it_leaves_nothing_behind() -> None:
    job = configured(many(20_000))
    calls = iter([False, False, True])
    upload_prepare(job=job, should_stop=lambda: next(calls))
    job.refresh_from_db()
    assert (job.rows_total, job.spool_path, job.chunks.count(), files_of(job)) == (0, "", 0, [])


def test_a_check_that_crashed_starts_over_cleanly() -> None:
    job = configured(many(20_000), chunk_size=100)

    def crash(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upload_prepare(job=job, progress=crash)
    default_storage.save(f"spools/{job.pk}/unfinished-left-by-a-killed-process", io.BytesIO(b"x"))  # type: ignore[arg-type]
    upload_prepare(job=job)
    first = spooled(job)
    upload_prepare(job=job)
    assert spooled(job) == first
    assert len(first) == 20_000
    # What a killed process has left is not this check's to remove; it is shown to whoever collects such files.
    assert [file.is_used for file in spool_files(job)].count(True) == 4
    assert [file.name for file in spool_files(job) if not file.is_used] == [
        f"spools/{job.pk}/unfinished-left-by-a-killed-process"
    ]


def test_what_a_second_reading_changes_counts_after_the_second_check() -> None:
    job = checked("id;phone;name\nK1;6505550100;Zoë\n".encode("cp1252"), (*FIELDS[:2], FIELDS[4]))
    assert spooled(job)[2]["name"] == "Zoë"
    reading_keep(job=job, inspection=upload_inspect(job=job, choices={"encoding": "cp1251"}))
    upload_prepare(job=job)
    assert spooled(job)[2]["name"] == "Zoл"


def test_the_report_tells_speed_and_outcomes() -> None:
    job = checked(lines("K1,6505550100,,,", "K2,555,,,"))
    assert job.report["rows_by_outcome"] == {"ready": 1, "rejected": 1}
    assert set(job.report) >= {"problems", "warnings", "phones_changed", "blank_rows", "seconds", "rows_per_second"}


@pytest.mark.parametrize("name", ["it's", 'a "quoted" name', "back\\slash", "new\nline", "{brace}", "'''", "é"])
def test_any_field_name_makes_a_record(name: str) -> None:
    make = staging.record_maker([name, "other"])
    columns: list[list[Any]] = [[1, 2], ["a", "b"]]
    assert make(columns) == [{name: 1, "other": "a"}, {name: 2, "other": "b"}]


def test_files_may_be_kept_anywhere_that_django_can_store_them(settings: Any) -> None:
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
    data = many(3_000) + b"X,555,,,bad\n"
    for packed in (data, gzip.compress(data)):
        job = checked(packed)
        assert len(spooled(job)) == 3_000
        assert rejects(job).count(b"\r\n") == 2


def test_a_header_used_as_data_is_told_by_the_check_too() -> None:
    job = configured(lines("K1,6505550100,,,Ann"))
    job.options = {**job.options, "dialect": {**job.options["dialect"], "has_header": False}}
    upload_prepare(job=job)
    assert [warning["code"] for warning in job.report["warnings"]] == ["header_used_as_data"]


def test_a_mapping_that_no_longer_fits_the_file_is_refused() -> None:
    job = configured(many(3))
    reading_keep(job=job, inspection=upload_inspect(job=job, choices={"delimiter": ";"}))
    with pytest.raises(UploadRefused, match="read otherwise"):
        upload_prepare(job=job)
