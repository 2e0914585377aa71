"""Rows that come more than once, and the very same file: said and chosen on the pages and in the shell."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from bpadmin.jobs.models import Job
from tests.lists.walking import GOOD, check_url, ended, map_url, post_file, said, shown, to_check
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)
DOUBLES = GOOD + "A1,Ann again,6505550104,2026-03-04\nA3,Cy,6505550105,2026-03-04\n"


def words(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_which_row_of_a_key_counts_is_said_with_the_check_and_chosen(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    job, page = to_check(supervisor_client, known_list, DOUBLES)
    assert "2 rows share one key. The first row of a key counts" in words(page)
    assert "Row 4 has the key <code>A1</code> of row 2" in words(page)
    assert '<span class="found__number">3</span> of 4 rows can be sent' in words(page)
    assert "Send 3 rows to Spring" in words(page)
    rows_url = f"/t/acme/uploads/{job.pk}/rows/"
    page = supervisor_client.post(rows_url, shown(job, doubles="last"), follow=True)
    assert "The last row of a key counts" in words(page)
    supervisor_client.post(rows_url, shown(job, doubles="nothing"), follow=True)
    supervisor_client.post(check_url(job), shown(job))
    job = ended(job)
    assert (job.n_added, job.n_rejected) == (3, 1)
    assert "Ann again" in {record["First name"] for record in sandbox.dump(known_list)}
    page = supervisor_client.get(f"/t/acme/jobs/{job.pk}/")
    assert "Leave it out: another row of its key counts." in words(page)


def test_the_same_file_is_said_before_the_mapping_and_needs_a_tick(
    supervisor_client: Client, known_list: str, tenant: Any
) -> None:
    first, page = to_check(supervisor_client, known_list)
    assert "The very same file" not in words(supervisor_client.get(map_url(first)))
    supervisor_client.post(check_url(first), shown(first))
    first = ended(first)
    post_file(supervisor_client, known_list)
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    assert f"The very same file was sent to Spring before: on {first.started_at.day} " in words(page)
    assert f"by {first.owner_name} (job {first.pk}); 2 of 2 rows were taken." in words(page)
    form = said(page)
    page = supervisor_client.post(map_url(job), form)
    assert "Tick “Send it again”" in words(page)
    page = supervisor_client.post(map_url(job), {**form, "again": "1"}, follow=True)
    job.refresh_from_db()
    assert job.state == "ready"
    assert job.options["again"] is True
    assert 'name="again" value="1" required checked' in words(supervisor_client.get(map_url(job)))


def test_the_shell_says_and_refuses_the_same(known_list: str, sandbox: Any, tmp_path: Path) -> None:
    file = tmp_path / "spring.csv"
    file.write_text(DOUBLES)
    args = ["list_upload", "acme", "Spring", str(file)]
    code, told = run(*args, "--doubles", "last")
    assert (code, told["doubles"]["how"], told["doubles"]["rows"]) == (3, "last", 2)
    code, told = run(*args)
    assert code == 1
    assert "The very same file was sent to Spring before" in told["error"]
    assert "--again" in told["error"]
    code, told = run(*args, "--again", "--doubles", "refuse")
    assert (code, told["rejected"], told["already_there"]) == (3, 2, 2)
    with pytest.raises(SystemExit):
        call_command(*args, "--again", stdout=(out := io.StringIO()), stderr=io.StringIO())
    line = "2 rows share one key. The first row of a key counts; should the dialler refuse it, the next one is sent."
    assert f"{line} (--doubles last or --doubles refuse)" in out.getvalue()
    assert "3 of 4 rows can be sent." in out.getvalue()
    assert len(sandbox.dump(known_list)) == 3


def test_the_same_file_for_a_do_not_call_list_is_sent_on_a_word(tenant: Any, sandbox: Any, tmp_path: Path) -> None:
    sandbox.create_dnc_list("National", "INTERNAL", [], bind=[sandbox.create_campaign("Winter")])
    file = tmp_path / "dnc.csv"
    file.write_text("number\n6505550100\n6505550101\n")
    assert run("dnc_add", "acme", "National", "--file", str(file))[0] == 0
    code, told = run("dnc_add", "acme", "National", "--file", str(file))
    assert (code, "was sent to National before" in str(told["error"])) == (1, True)
    assert run("dnc_delete", "acme", "National", "--file", str(file), "--reason", "asked", "--yes")[0] == 0
    assert run("dnc_add", "acme", "National", "--file", str(file), "--again")[0] == 0
