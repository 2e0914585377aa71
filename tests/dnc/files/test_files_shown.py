"""Files of keys: what a workbook hides goes in and is not taken out, and keys are what is seen of them."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bpadmin.jobs.models import Job
from dnc.kinds import DNC_ADD
from tests.dnc.files.filing import checked_file, finished, known_list
from tests.dnc.files.test_pages_upload import confirmed, step, to_check

pytestmark = pytest.mark.django_db(transaction=True)


def hiding() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["number", "6505550100", "6505550101"])
        sheet.set_row(2, None, None, {"hidden": True})
    return file.getvalue()


@pytest.mark.parametrize(("what", "rows"), [("add", 2), ("delete", 1)])
def test_what_a_workbook_hides_blocks_and_is_not_set_free(
    tenant: Any, sandbox: Any, supervisor_client: Client, what: str, rows: int
) -> None:
    dnc_list = known_list(tenant, sandbox, ["16505550100", "16505550101"] if what == "delete" else [])
    url = reverse("dnc:upload", args=[tenant.slug, dnc_list.pk])
    supervisor_client.post(f"{url}?what={what}", {"file": SimpleUploadedFile("numbers.xlsx", hiding())})
    job = Job.objects.latest("pk")
    page = to_check(supervisor_client, job, "key", what=what, **{"send-comment": "by letter"})
    assert job.rows_total == rows
    assert "hides or filters away" in page
    said = {"revision": str(job.revision), "hidden_rows": "send" if what == "delete" else "leave-out"}
    supervisor_client.post(step(job, "rows"), said)
    job.refresh_from_db()
    assert job.rows_total == 3 - rows
    confirmed(supervisor_client, job, "Company DNC")
    finished(job)
    assert len(sandbox.dump_dnc(dnc_list.remote_id)) == (0 if what == "delete" else 1)


def test_keys_are_what_is_seen_of_them(tenant: Any, sandbox: Any) -> None:
    dnc_list = known_list(tenant, sandbox)
    lines = ["\u202a+1 650 555 0100\u202c,\ufeffasked", "１6505550101,x", "+٤٩30123456,y", "#REF!,z", "6505550103"]
    job = checked_file(dnc_list, DNC_ADD, lines, header="number,comment")
    codes = {each["code"]: each["count"] for each in job.report["problems"]}
    assert codes == {"spreadsheet_error": 1}
    assert job.n_not_sent == 4
    warnings = {(each["code"], each["field"]): each["count"] for each in job.report["warnings"]}
    assert warnings == {
        ("invisible_signs", "key"): 3,
        ("invisible_signs", "comment"): 1,
        ("taken_for_us", "key"): 3,
        ("short_rows", ""): 1,
    }
