"""Rows whose key was in the list already: downloaded, sent as an update, and called "there before" only where known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bpadmin.jobs.models import Job
from lists.formats.services import format_remember
from tests.jobs.uploading import KEYLESS, create_list, driven, people, queued_upload
from tests.lists.walking import FIELDS, GOOD, SANDBOX_FIELDS, check_url, ended, shown, to_check
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)
MORE = GOOD.replace("Ann", "Anna") + "A3,Cy,6505550102,2026-03-03\n"


def test_rows_already_there_are_downloaded_and_sent_as_an_update(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    for text in (GOOD, MORE):
        job, _ = to_check(supervisor_client, known_list, text)
        supervisor_client.post(check_url(job), shown(job))
        job = ended(job)
    assert (job.n_added, job.n_already_there) == (1, 2)
    page = supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "2 rows left the records in the list as they were." in page
    there = b"".join(supervisor_client.get(f"/t/acme/uploads/{job.pk}/there.csv")).decode().splitlines()
    assert [line.split(",")[:2] for line in there[1:]] == [["A1", "Anna"], ["A2", "Zoë"]]
    supervisor_client.post(f"/t/acme/uploads/{job.pk}/update-there/", follow=True)
    update = Job.objects.latest("id")
    assert (update.state, update.options["mode"], update.parent) == ("ready", "update", None)
    supervisor_client.post(check_url(update), shown(update))
    assert ended(update).n_updated == 2
    assert {record["First name"] for record in sandbox.dump(known_list)} == {"Anna", "Zoë", "Cy"}
    assert not supervisor_client.get(f"/t/acme/jobs/{update.pk}/").context["view"].there_url


def test_the_shell_writes_them_to_a_file(known_list: str, tmp_path: Path) -> None:
    first, second, there = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "there.csv"
    first.write_text(GOOD)
    second.write_text(MORE)
    run("list_upload", "acme", "Spring", str(first))
    code, told = run("list_upload", "acme", "Spring", str(second), "--already-there", str(there))
    assert (code, told["already_there"]) == (0, 2)
    assert len(there.read_text().splitlines()) == 3


def test_there_before_is_not_said_after_the_list_was_emptied_nor_of_identical_rows(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(3))
    assert "3 there before" in driven(queued_upload(tenant, list_id, people(5))).message
    job = driven(queued_upload(tenant, create_list(sandbox, KEYLESS), [*people(2), *people(2)], fields=KEYLESS))
    assert "before" not in job.message


@pytest.fixture
def compared_list(tenant: Any, sandbox: Any) -> str:
    """A list in a campaign, which can be read, with the records of GOOD and one more."""
    campaign = sandbox.create_campaign("Dialling")
    records = [
        {"Account": "A1", "First name": "Ann", "Phone": "6505550100", "Due": "2026-03-01"},
        {"Account": "A2", "First name": "Zoë", "Phone": "6505550101", "Due": "2026-03-02"},
        {"Account": "A9", "First name": "Eve", "Phone": "6505550109", "Due": ""},
    ]
    list_id = sandbox.create_list("Spring", SANDBOX_FIELDS, records=records, bind=[campaign])
    format_remember(tenant=tenant, list_id=list_id, list_name="Spring", format_id="", format_name="", fields=FIELDS)
    return list_id


def test_what_differs_is_found_by_reading_the_list_and_only_that_is_updated(
    supervisor_client: Client, compared_list: str, sandbox: Any
) -> None:
    job, _ = to_check(supervisor_client, compared_list, MORE)
    supervisor_client.post(check_url(job), shown(job))
    job = ended(job)
    assert (job.n_added, job.n_already_there) == (1, 2)
    page = supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "The whole list is read: 4 records, 1 request." in page
    page = supervisor_client.post(f"/t/acme/uploads/{job.pk}/update-there/", {"only_changed": "1"}, follow=True)
    said = " ".join(page.content.decode().split())
    assert "1 row differs from the list; 1 row is in it just so and left out. 4 records were read." in said
    assert "Row 2, First name</span> <code>Ann</code>" in said
    update = Job.objects.latest("id")
    assert (update.rows_total, update.n_not_sent) == (1, 1)
    supervisor_client.post(check_url(update), shown(update))
    assert ended(update).n_updated == 1
    assert {record["First name"] for record in sandbox.dump(compared_list)} == {"Anna", "Zoë", "Eve", "Cy"}
    page = supervisor_client.post(f"/t/acme/uploads/{job.pk}/update-there/", {"only_changed": "1"}, follow=True)
    assert "There is nothing to update." in page.content.decode()


def test_the_shell_sends_only_rows_that_change_something(compared_list: str, sandbox: Any, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    # The second row of a key counts; a blank cell leaves what is there.
    path.write_text(MORE + "A9,,6505550109,\nA1,Anne,(650) 555-0100,2026-03-01\n")
    said = ["list_upload", "acme", "Spring", str(path), "--mode", "upsert", "--only-changed"]
    code, told = run(*said, "--dry-run")
    assert (code, told["check"]["compared"]["same"], told["check"]["compared"]["new"]) == (0, 2, 1)
    first = told["check"]["compared"]["samples"][0]
    assert first == {"row": 2, "field": "First name", "before": "Ann", "after": "Anna"}
    code, told = run(*said)
    assert (code, told["added"], told["updated"], told["rejected"]) == (3, 1, 1, 1)
    names = {record["Account"]: record["First name"] for record in sandbox.dump(compared_list)}
    assert names == {"A1": "Anne", "A2": "Zoë", "A9": "Eve", "A3": "Cy"}
    code, told = run("list_upload", "acme", "Spring", str(path), "--again", "--only-changed")
    assert (code, "Only an update can leave out rows" in str(told["error"])) == (1, True)


def test_a_list_that_no_campaign_has_cannot_be_compared(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    for text in (GOOD, MORE):
        job, _ = to_check(supervisor_client, known_list, text)
        supervisor_client.post(check_url(job), shown(job))
        job = ended(job)
    page = supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "No campaign has this list" in page
    page = supervisor_client.post(f"/t/acme/uploads/{job.pk}/update-there/", {"only_changed": "1"}, follow=True)
    assert "No campaign has this list" in page.content.decode()
    assert Job.objects.count() == 2
