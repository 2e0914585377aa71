"""The check sends what is seen of a file: no signs that nobody sees, no failed formulas, hidden rows as was said."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from bpadmin.jobs.models import Job
from bpadmin.jobs.options import LEAVE_OUT, SEND
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.files import UploadRefused, upload_inspect
from lists.uploads.services import upload_configure
from tests.lists.filing import FIELDS, arrived, checked, problem_codes, spares, spooled

pytestmark = pytest.mark.django_db


def warnings(job: Job) -> dict[tuple[str, str], int]:
    return {(each["code"], each["column"]): each["count"] for each in job.report["warnings"]}


def check_again(job: Job, **said: Any) -> Job:
    mapping = {str(at): name for at, name in enumerate(job.options["header"])}
    upload_configure(job=job, dialect={}, mapping=mapping, fields=FIELDS, mode=job.options["mode"] or "add", **said)
    upload_prepare(job=job)
    return Job.objects.get(pk=job.pk)


def workbook(*rows: list[Any], hidden: tuple[int, ...] = (), number_format: str = "") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet, style = book.add_worksheet(), book.add_format({"num_format": number_format})
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row, style)
        for at in hidden:
            sheet.set_row(at, None, None, {"hidden": True})
    return file.getvalue()


def test_signs_that_nobody_sees_are_taken_off_keys_and_numbers_and_counted() -> None:
    lines = [
        "id,phone,due,age,name",
        "K1\u200b,\u202a+1 (650) 555-0101\u202c,2025\u201101\u201131,\uff11\uff12,A\u200d",
        "\ufeffK2,650\u00a0555\u00a00102,,٣,\ufeffB",
        "K\u00a03,\uff116505550103,,,C",
        "K1,6505550104,,,the same key",
        "K5,16505550105\uff11,,,too many digits",
    ]
    job = checked("\n".join(lines).encode("utf-8-sig"))
    assert spooled(job) == {
        2: {"id": "K1", "phone": "+1 (650) 555-0101", "due": "2025-01-31", "age": 12, "name": "A\u200d"},
        3: {"id": "K2", "phone": "650 555 0102", "age": 3, "name": "B"},
        4: {"id": "K 3", "phone": "16505550103", "name": "C"},
    }
    assert problem_codes(job) == {"phone_invalid": 1}
    assert spares(job) == [5]
    assert warnings(job) == {
        ("invisible_signs", "id"): 3,
        ("invisible_signs", "phone"): 4,
        ("invisible_signs", "due"): 1,
        ("invisible_signs", "age"): 2,
        ("invisible_signs", "name"): 1,
    }
    assert job.report["cells_cleaned"] == 11
    sample = next(each for each in job.report["warnings"] if each["column"] == "id")["samples"][0]
    assert (sample["row"], sample["detail"]) == (2, "zero-width space")


def test_a_cell_of_nothing_but_such_signs_is_empty() -> None:
    job = checked("id,phone,name\n\u200b,6505550101,A\nK2,\u200e,B\n".encode())
    assert problem_codes(job) == {"missing_key": 1, "no_phone": 1}


def test_errors_of_a_spreadsheet_refuse_the_row_and_say_so() -> None:
    job = checked(b"id,phone,due,age,name\nK1,#REF!,,,A\n#N/A,6505550102,,,B\nK3,6505550103,#####,#NUM!,#5\n")
    assert problem_codes(job) == {"spreadsheet_error": 3}
    details = {each["field"]: each["samples"][0]["detail"] for each in job.report["problems"]}
    assert details["phone"] == "the spreadsheet's formula failed with #REF!"
    assert "too narrow" in details["due"]
    # A column that is not sent may fail as it likes.
    assert not problem_codes(checked(b"id,phone,rate\nK1,6505550101,#N/A\n"))


def test_cells_that_a_row_lacks_are_blank_where_records_are_added() -> None:
    data = b"id,phone,name\nK1,6505550101,A\nK2,6505550102\nK3,6505550103\nK4\n"
    for mode in ("add", "replace"):
        job = checked(data, mode=mode)
        assert spooled(job)[3] == {"id": "K2", "phone": "6505550102", "name": ""}
        assert problem_codes(job) == {"no_phone": 1}
        assert warnings(job) == {("short_rows", ""): 3}


@pytest.mark.parametrize("mode", ["update", "upsert"])
def test_where_records_are_changed_a_person_says_what_missing_cells_mean(mode: str) -> None:
    data = b"id,phone,name\nK1,6505550101,A\nK2,6505550102\n"
    job = checked(data, mode=mode)
    assert problem_codes(job) == {"too_few_cells": 1}
    assert job.report["rows_short"] == 1
    job = check_again(job, short_rows="blank")
    assert spooled(job)[3] == {"id": "K2", "phone": "6505550102"}
    assert (job.report["rows_short"], warnings(job)) == (1, {("short_rows", ""): 1})
    with pytest.raises(UploadRefused, match="none of blank, refuse"):
        check_again(job, short_rows="ignore")


def test_rows_that_a_workbook_hides_are_left_out_unless_somebody_wants_them() -> None:
    rows = [["id", "phone", "name"], *([f"K{n}", f"650555010{n}", "A"] for n in range(1, 6))]
    job = checked(workbook(*rows, hidden=(2, 3, 5)))
    assert list(spooled(job)) == [2, 5]
    assert (job.rows_total, job.report["rows_hidden_left_out"], job.report["rows_hidden"]) == (2, 3, 0)
    assert warnings(job) == {("hidden_left_out", ""): 3}
    job = check_again(job, hidden_rows=SEND)
    assert list(spooled(job)) == [2, 3, 4, 5, 6]
    assert (job.rows_total, job.report["rows_hidden_left_out"], job.report["rows_hidden"]) == (5, 0, 3)
    assert check_again(job, hidden_rows=LEAVE_OUT).rows_total == 2


def test_masks_of_a_workbook_arrive_in_keys_and_phones() -> None:
    fields = (FieldSpec("id", key=True), FieldSpec("phone", FieldType.PHONE), FieldSpec("zip", FieldType.ZIP_CODE))
    job = checked(workbook(["id", "phone", "zip"], [7, 444123456, 501], number_format="0000000000"), fields)
    assert spooled(job) == {2: {"id": "0000000007", "phone": "0444123456", "zip": "0000000501"}}


def test_what_a_workbook_lost_is_told_of_the_columns_that_are_sent() -> None:
    fields = (FIELDS[0], FIELDS[1])
    data = workbook(["id", "phone", "other"], [1234567890123456789, 6505550101, 1234567890123456789])
    job = checked(data, fields)
    assert spooled(job) == {2: {"id": "1234567890123460000", "phone": "6505550101"}}
    assert warnings(job) == {("long_numbers", "id"): 1}


def test_a_header_with_such_signs_is_told_and_its_own_mark_is_not() -> None:
    job = arrived("\ufeffid,ph\u200bone\n1,6505550101\n".encode())
    notices = upload_inspect(job=job).warnings
    assert job.options["header"] == ["id", "phone"]
    assert [(each.code, each.column, each.samples[0]["detail"]) for each in notices] == [
        ("header_signs", "phone", "zero-width space")
    ]
