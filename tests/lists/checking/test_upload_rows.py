"""Hidden and short rows on the page of the check: told with their number, and taken otherwise at one press."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from django.test import Client

from bpadmin.jobs.models import Job
from tests.lists.walking import check_url, ended, map_url, post_file, said, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = ["Account,First name,Phone,Due", "A1,Ann,6505550100,2026-03-01", "A2,Bo,6505550101,", "A3,Cy,6505550102,"]


def filtered() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(ROWS):
            sheet.write_row(at, 0, row.split(","))
        sheet.autofilter(0, 0, 3, 3)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(3, None, None, {"hidden": True})
    return file.getvalue()


def rows_url(job: Any) -> str:
    return f"/t/acme/uploads/{job.pk}/rows/"


def test_filtered_rows_are_left_out_until_somebody_wants_them(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    post_file(supervisor_client, known_list, filtered(), "spring.xlsx")
    job, page = to_check(supervisor_client, known_list, filtered())
    words = page.content.decode()
    assert job.rows_total == 1
    assert "The workbook hides or filters away 2 more rows. They are left out, and not counted above." in words
    assert "hides or filters away some of its rows" in supervisor_client.get(map_url(job)).content.decode()

    page = supervisor_client.post(rows_url(job), shown(job, hidden_rows="send"), follow=True)
    job.refresh_from_db()
    assert (job.rows_total, job.state) == (3, "ready")
    assert "The workbook hides or filters away 2 of these rows. They are sent as well." in page.content.decode()
    supervisor_client.post(check_url(job), shown(job))
    assert ended(job).n_added == 3
    assert len(sandbox.dump(known_list)) == 3


def test_a_stale_page_changes_nothing(supervisor_client: Client, known_list: str) -> None:
    job, _ = to_check(supervisor_client, known_list, filtered())
    old = {**shown(job), "hidden_rows": "send"}
    supervisor_client.post(rows_url(job), shown(job, hidden_rows="leave-out"))
    supervisor_client.post(rows_url(job), old)
    job.refresh_from_db()
    assert (job.rows_total, job.options["hidden_rows"]) == (1, "leave-out")
    page = supervisor_client.post(rows_url(job), shown(job, hidden_rows="perhaps"), follow=True).content.decode()
    assert "“perhaps” is none of send, leave-out." in page


def test_missing_cells_of_an_update_are_taken_as_blank_at_a_press(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    first, _ = to_check(supervisor_client, known_list, "\n".join(ROWS))
    supervisor_client.post(check_url(first), shown(first))
    ended(first)
    text = "Account,Phone,First name\nA1,6505550199\nA2,6505550198,Bob\n"
    job, page = to_check(supervisor_client, known_list, text, send__mode="update")
    assert "1 row with fewer cells than the header is refused." in page.content.decode()
    page = supervisor_client.post(rows_url(job), shown(job, short_rows="blank"), follow=True)
    assert "those fields stay as they are in the list" in page.content.decode()
    job.refresh_from_db()
    supervisor_client.post(check_url(job), shown(job))
    assert ended(job).n_updated == 2
    assert sandbox.dump(known_list)[0]["First name"] == "Ann"


def test_the_page_does_not_make_up_names_of_fields(supervisor_client: Client, list_id: str) -> None:
    post_file(supervisor_client, list_id, "Account,,Phone\nA1,x,6505550100\n")
    job = Job.objects.latest("pk")
    page = supervisor_client.get(map_url(job))
    data = said(page)
    assert [data.get(f"c{at}-name", "") for at in range(3)] == ["Account", "", "Phone"]
