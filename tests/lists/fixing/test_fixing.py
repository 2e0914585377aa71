"""Refused rows corrected on their page: cell by cell, many at once, left out, and sent as one story."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from bpadmin.jobs.files.cleanup import jobs_tidy
from bpadmin.jobs.files.rejects import rejects_lines
from bpadmin.jobs.models import Job, RefusedRow
from bpadmin.uploads.conversion.rules import Conversion
from lists.fixing import services
from lists.uploads.wizard import check_begin
from tests.lists.walking import FIELDS, check_url, ended, post_file, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = "".join(f"G{n},Good,650555{n:04d},2026-03-01\n" for n in range(10))
BAD = (
    "B1,Ann,6505550199,31.12.2026\nB2,Bo,6505550198,30.11.2026\nB3,Cy,555,2026-01-01\nB4,Di,6505550197,never\n"
    "G1,Twice,6505550196,\n,Nobody,6505550195,\n"
)
HEAD = "Account,First name,Phone,Due\n"


def words(page: Any) -> str:
    return " ".join(page.content.decode().split())


@pytest.fixture
def job(supervisor_client: Client, known_list: str) -> Job:
    """An upload of 16 rows of which six came back."""
    job, _ = to_check(supervisor_client, known_list, HEAD + GOOD + BAD)
    supervisor_client.post(check_url(job), shown(job))
    job = ended(job)
    assert (job.n_added, job.n_rejected) == (10, 6)
    return job


def fix_url(job: Job) -> str:
    return f"/t/acme/uploads/{job.pk}/fix/"


def texts(job: Job) -> dict[int, list[str]]:
    return {row.row: row.texts for row in job.refused_rows.all()}


def form_of(page: Any) -> dict[str, Any]:
    """Fill in the page's form as it is shown."""
    grid = page.context["grid"]
    data: dict[str, Any] = {"row": [row.row.number for row in grid.rows], "page": "1"}
    for row in grid.rows:
        data |= {cell.name: cell.value for cell in row.cells}
        if row.row.is_dropped:
            data[f"drop-{row.row.number}"] = "1"
    return data


def sent(client: Client, job: Job, **form: Any) -> Job:
    """Send the rows of the page as they stand, and confirm the check."""
    page = client.post(fix_url(job), {**form_of(client.get(fix_url(job))), **form, "send": "1"}, follow=True)
    correction = Job.objects.latest("id")
    assert correction.parent_id == job.pk, words(page)
    client.post(check_url(correction), shown(correction))
    return ended(correction)


def test_the_grid_shows_why_and_what_the_rules_would_write(supervisor_client: Client, job: Job) -> None:
    assert f'href="{fix_url(job)}"' in words(supervisor_client.get(f"/t/acme/jobs/{job.pk}/"))
    page = supervisor_client.get(fix_url(job))
    said = words(page)
    assert "Row 12" in said
    assert "Not a date in the list's format (3)" in said.replace("&#x27;", "'")
    assert "Write all 2 as suggested" in said
    assert "<code>31.12.2026</code> → <code>2026-12-31</code>" in said
    only = supervisor_client.get(f"{fix_url(job)}?reason=phone_invalid").context["grid"]
    assert [row.row.row for row in only.rows] == [14]
    twice = job.refused_rows.get(row=16)
    assert (twice.code, twice.is_dropped) == ("duplicate_in_file", True)


def test_a_cell_is_judged_and_kept_while_one_types(supervisor_client: Client, job: Job) -> None:
    supervisor_client.get(fix_url(job))
    row = job.refused_rows.get(row=14)
    cell = f"c-{row.number}-2"
    told = supervisor_client.post(f"{fix_url(job)}row/", {"only": row.number, cell: "65055501"})
    assert "Phone" in words(told)
    assert "icon" in words(told)
    told = supervisor_client.post(f"{fix_url(job)}row/", {"only": row.number, cell: "(650) 555-0177"})
    assert "The list takes it like this." in words(told)
    assert texts(job)[14] == ["B3", "Cy", "(650) 555-0177", "2026-01-01"]
    assert 'value="(650) 555-0177"' in words(supervisor_client.get(fix_url(job)))
    whole = supervisor_client.post(f"{fix_url(job)}row/", {"only": row.number, cell: "6505550178", "whole": "1"})
    assert words(whole).startswith("<tr")
    supervisor_client.post(f"{fix_url(job)}row/", {"only": row.number, f"drop-{row.number}": "1"})
    assert job.refused_rows.get(row=14).is_dropped
    # A column that is not sent, and rows that are not there, change nothing.
    assert supervisor_client.post(f"{fix_url(job)}row/", {"only": "99", "c-99-2": "x"}).status_code == 404
    other = {"only": row.number, f"c-{row.number}-9": "x"}
    assert supervisor_client.post(f"{fix_url(job)}row/", other).status_code == 200
    assert job.refused_rows.get(row=14).texts[2] == "6505550178"


def test_a_chain_of_corrections_is_one_story(supervisor_client: Client, job: Job, sandbox: Any) -> None:
    page = supervisor_client.get(fix_url(job))
    kind = page.context["grid"].kinds[0].first.kind
    supervisor_client.post(fix_url(job), {**form_of(page), "mend": kind})
    assert [texts(job)[row][3] for row in (12, 13)] == ["2026-12-31", "2026-11-30"]
    first = sent(supervisor_client, job)
    assert (first.rows_total, first.n_added, first.n_rejected) == (5, 2, 3)
    page = supervisor_client.get(f"/t/acme/jobs/{job.pk}/")
    assert "16 = 10 + 2 + 4" in words(page)
    assert "Fix and send again" not in words(page)
    assert supervisor_client.get(fix_url(job), follow=True).redirect_chain[-1][0] == f"/t/acme/jobs/{job.pk}/"

    rejects = b"".join(rejects_lines(first)).decode().splitlines()
    assert [line.split(",")[4] for line in rejects[1:]] == ["14", "15", "17"]
    page = supervisor_client.get(fix_url(first))
    assert [row.row.row for row in page.context["grid"].rows] == [14, 15, 17]
    numbers = {row.row: row.number for row in first.refused_rows.all()}
    changes = {f"c-{numbers[14]}-2": "6505550177", f"c-{numbers[15]}-3": "", f"drop-{numbers[17]}": "1"}
    second = sent(supervisor_client, first, **changes)
    assert (second.rows_total, second.n_added) == (2, 2)
    for each in (job, first, second):
        assert "16 = 10 + 2 + 2 + 2" in words(supervisor_client.get(f"/t/acme/jobs/{each.pk}/"))
    assert len(sandbox.dump(job.target_id)) == 14


def test_nothing_is_sent_where_every_row_is_left_out(supervisor_client: Client, job: Job) -> None:
    page = supervisor_client.get(fix_url(job))
    data = form_of(page)
    data |= {f"drop-{number}": "1" for number in data["row"]}
    page = supervisor_client.post(fix_url(job), {**data, "send": "1"}, follow=True)
    assert "Every row is left out" in words(page)
    assert Job.objects.count() == 1
    assert job.refused_rows.filter(is_dropped=True).count() == 6


def test_what_is_too_much_for_the_page_goes_along(supervisor_client: Client, job: Job, monkeypatch: Any) -> None:
    monkeypatch.setattr(services, "MOST_ROWS", 2)
    page = supervisor_client.get(fix_url(job))
    assert "4 more refused rows are too many for this page" in words(page)
    assert [row.row.row for row in page.context["grid"].rows] == [12, 13]
    kind = page.context["grid"].kinds[0].first.kind
    supervisor_client.post(fix_url(job), {**form_of(page), "mend": kind})
    correction = sent(supervisor_client, job)
    assert (correction.rows_total, correction.n_added, correction.n_rejected) == (5, 2, 3)


def test_what_was_typed_goes_with_the_files_of_the_job(supervisor_client: Client, job: Job) -> None:
    supervisor_client.get(fix_url(job))
    assert RefusedRow.objects.count() == 6
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=4000))
    jobs_tidy()
    assert RefusedRow.objects.count() == 0
    assert not default_storage.exists(job.upload_path)


def test_who_may_not_send_may_not_fix(client: Client, job: Job, viewer_client: Client) -> None:
    assert viewer_client.get(fix_url(job)).status_code in (302, 403)
    assert viewer_client.post(f"{fix_url(job)}row/", {"only": "1"}).status_code in (302, 403)


def test_what_is_said_of_a_column_is_done_to_what_one_types(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    rules = {"columns": {"3": {"date": "dd.MM.yyyy"}}, "made": [{"title": "Whole", "columns": [4, 5], "joint": ""}]}
    head = "Account,First name,,Due,Area,Local\n"
    rows = "A1,Ann,,31.12.2026,650,5550101\nA2,Bo,,never,650,5550102\nA3,Cy,,30.11.2026,65,5550103\n"
    post_file(supervisor_client, known_list, head + rows)
    job = Job.objects.latest("id")
    check_begin(
        job=job,
        dialect={},
        mapping={"0": "Account", "1": "First name", "3": "Due", "6": "Phone"},
        fields=FIELDS,
        mode="add",
        conversion=Conversion.from_json(rules),
    )
    supervisor_client.post(check_url(job), shown(job))
    job = ended(job)
    assert (job.n_added, job.n_rejected) == (1, 2)

    page = supervisor_client.get(fix_url(job))
    grid, said = page.context["grid"], words(page)
    assert [column.name for column in grid.columns] == ["Account", "First name", "Due", "Area", "Local"]
    assert "dates written dd.MM.yyyy, into the list&#x27;s form" in said
    assert "Whole, which is made of it: it has 9 digits" in said
    second, third = (row.row.number for row in grid.rows)
    told = supervisor_client.post(f"{fix_url(job)}row/", {"only": second, f"c-{second}-3": "24.12.2026"})
    assert "The list takes it like this." in words(told)
    told = supervisor_client.post(f"{fix_url(job)}row/", {"only": third, f"c-{third}-4": "650"})
    assert "The list takes it like this." in words(told)
    assert sent(supervisor_client, job).n_added == 2
    records = {each["Account"]: (each["Phone"], each["Due"]) for each in sandbox.dump(known_list)}
    assert records["A2"] == ("16505550102", "2026-12-24")
    assert records["A3"] == ("16505550103", "2026-11-30")


def test_corrections_are_told_by_the_rows_of_the_file_that_they_correct(supervisor_client: Client, job: Job) -> None:
    shown_form = form_of(supervisor_client.get(fix_url(job)))
    numbers = {row.row.row: row.row.number for row in supervisor_client.get(fix_url(job)).context["grid"].rows}
    assert sorted(numbers) == [12, 13, 14, 15, 16, 17]
    # Row 15 gets the key of row 12, and a date; row 17 gets a key.
    changes = {f"c-{numbers[15]}-0": "B1", f"c-{numbers[15]}-3": "2026-01-02", f"c-{numbers[17]}-0": "B9"}
    changes |= {f"c-{numbers[row]}-3": "2026-01-01" for row in (12, 13)}
    page = supervisor_client.post(fix_url(job), {**shown_form, **changes, "send": "1"}, follow=True)
    said = words(page)
    told = " ".join(re.sub(r"<[^>]+>", " ", said).split())
    assert "Row 15 has the key B1 of row 12" in told
    assert "14 555 It has 3 digits" in told
    correction = Job.objects.latest("id")
    assert {each["row"] for each in correction.report["phones_changed"]["samples"]} == {12, 13, 15, 17}
    supervisor_client.post(check_url(correction), shown(correction))
    correction = ended(correction)
    assert correction.n_added == 3
    lines = b"".join(rejects_lines(correction)).decode("utf-8-sig").splitlines()
    assert [line.split(",")[4] for line in lines[1:]] == ["14", "15"]
    assert "same key as row 12, which counts" in lines[2]
    assert not Job.objects.filter(state="errored").exists()
