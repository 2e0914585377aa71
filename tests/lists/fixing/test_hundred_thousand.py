"""A messy file of 100,000 rows, from the file to the closed sum, without a spreadsheet: by page and by shell."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive, job_prepare_now
from tests.lists.fixing.test_fixing import fix_url, form_of, words
from tests.lists.walking import check_url, ended, map_url, post_file, said, shown
from tests.shell import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(900)]

ROWS, BAD = 100_000, 30
NAMES = ("Jürgen", "Zoë", "Søren", "Chloé", "Müller-Lüdenscheidt", "Ann", "Bo", "Łukasz".replace("Ł", "L"))


def messy(rows: int = ROWS) -> bytes:
    """Return a file as a spreadsheet in Germany saves it; thirty rows hold a number that no rule takes."""
    text = io.StringIO()
    text.write("Account;First name;Phone;Due\r\n")
    for at in range(rows):
        local = 2_000_000 + at
        phone = f"(415) {local // 10_000}-{local % 10_000:04}" if at % 3 else f"1415{local}"
        if at % (rows // BAD) == 7 and at // (rows // BAD) < BAD:
            phone = f"415-{local // 10_000} ext {at % 90 + 10}"
        due = "" if at % 11 == 0 else f"{1 + at % 28:02}.{1 + at % 12:02}.2026"
        text.write(f"A{at:06};{NAMES[at % len(NAMES)]};{phone};{due}\r\n")
        if at % 5000 == 0:
            text.write(";;;\r\n")
    return text.getvalue().encode("cp1252")


def checked(job: Job) -> Job:
    """Let a worker check the file."""
    job_prepare_now(job_id=job.pk, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.READY, job.message
    return job


def test_by_page(supervisor_client: Client, known_list: str, sandbox: Any) -> None:
    post_file(supervisor_client, known_list, messy())
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    # Dates in the other form are one press away.
    page = supervisor_client.post(map_url(job), {**said(page), "dates": "3:dd.MM.yyyy"})
    supervisor_client.post(map_url(job), said(page))
    job = checked(job)
    assert (job.rows_total, job.n_not_sent, job.n_rejected_check) == (ROWS, ROWS - BAD, BAD)
    supervisor_client.post(check_url(job), shown(job))
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job = ended(job)
    assert (job.n_added, job.n_rejected) == (ROWS - BAD, BAD)

    grid = supervisor_client.get(fix_url(job)).context["grid"]
    assert (grid.n_rows, len(grid.rows)) == (BAD, 25)
    for number in (1, 2):
        page = supervisor_client.get(f"{fix_url(job)}?page={number}")
        data = form_of(page)
        data |= {f"c-{row.row.number}-2": f"415777{row.row.number:04}" for row in page.context["grid"].rows}
        supervisor_client.post(fix_url(job), {**data, "save": "1"})
    supervisor_client.post(fix_url(job), {"send": "1"})
    correction = Job.objects.latest("id")
    supervisor_client.post(check_url(correction), shown(correction))
    assert ended(correction).n_added == BAD
    assert f"{ROWS:,} = {ROWS - BAD:,} + {BAD}" in words(supervisor_client.get(f"/t/acme/jobs/{job.pk}/"))
    records = sandbox.dump(known_list)
    assert len({record["Account"] for record in records}) == len(records) == ROWS
    # Lanes send side by side, so the list's order is not the file's.
    assert next(each for each in records if each["Account"] == "A000001")["Due"] == "2026-02-02"
    assert {record["First name"] for record in records} == set(NAMES)


def test_by_shell(tenant: Any, known_list: str, sandbox: Any, tmp_path: Path) -> None:
    path, rejects, recipe = (tmp_path / name for name in ("leads.csv", "rejects.csv", "recipe.json"))
    path.write_bytes(messy())
    recipe.write_text(
        '{"columns": [{"column": "Account", "field": "Account"}, {"column": "First name", "field": "First name"},'
        ' {"column": "Phone", "field": "Phone"},'
        ' {"column": "Due", "field": "Due", "rule": {"date": "dd.MM.yyyy"}}]}'
    )
    upload = ["list_upload", "acme", "Spring", str(path), "--recipe", str(recipe), "--rejects", str(rejects)]
    code, told = run(*upload)
    assert (code, told["accepted"], told["rejected"]) == (3, ROWS - BAD, BAD), told
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == BAD + 1
    mended = [line.replace(line.split(";")[2], f"415777{at:04}") for at, line in enumerate(lines[1:])]
    path.write_text("\n".join([lines[0], *mended]) + "\n")
    code, told = run(*upload[:-2])
    assert (code, told["accepted"]) == (0, BAD), told
    assert len(sandbox.dump(known_list)) == ROWS
