"""Taking an import back, by page and command, against the sandbox, which dials meanwhile."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.platforms.types import Page, Record, RecordKind, RecordStatus
from bpadmin.tenants.models import Role
from bpadmin.tenants.services import tenant_client
from lists.kinds import LIST_TAKE_BACK
from lists.taking_back import handler
from lists.taking_back.handler import preview_words
from lists.taking_back.rows import RowState
from lists.taking_back.services import take_back_counts, take_back_refusal
from tests.fixtures_tenants import browser_of
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
TWO_KEYS = [*FIELDS, {"name": "part", "type": "OTHER", "key": True}]
SAID = ("--field", "id:OTHER", "--field", "phone:PHONE", "--key", "id")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, sandbox: Any) -> None:
    """Let deletions and calls under way take no time."""
    sandbox.options(delete_min_seconds=0.01)
    for name in ("POLL_SECONDS", "BUSY_SECONDS", "DIALLED_SECONDS", "CALLS_SECONDS"):
        monkeypatch.setattr(f"lists.taking_back.handler.{name}", 0.05)


def uploaded(tenant: Any, tmp_path: Path, rows: list[str], *said: str, header: str = "id,phone") -> Job:
    """Upload rows into Spring and give the job."""
    path = tmp_path / "leads.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    code, told = run("list_upload", tenant.slug, "Spring", str(path), "--send-blocked", *(said or SAID))
    assert code in (0, 3), told
    return Job.objects.get(pk=told["job"])


def lead(number: int) -> str:
    return f"r{number},650{5550000 + number:07}"


def counted(job_id: Any) -> dict[str, int]:
    return {state.name: count for state, count in take_back_counts(Job.objects.get(pk=job_id)).items() if count}


def ids(sandbox: Any, list_id: str) -> set[str]:
    return {each["id"] for each in sandbox.dump(list_id)}


def attempted_in(tenant: Any, campaign: str) -> set[str]:
    """Read which records of Spring were attempted, as the platform tells."""
    with tenant_client(tenant) as client:
        uses = [each.instance_id for each in client.get_campaign(campaign).lists or () if each.list_name == "Spring"]
        pages = [page for use in uses for page in client.walk_records(RecordKind.ALL, campaign, instance_id=use)]
    records = [record for page in pages for record in page.items]
    return {str(each.entry["id"]) for each in records if each.status and each.status.total_attempts}


@pytest.fixture
def campaign(sandbox: Any) -> str:
    """A running campaign that calls once a second of its clock."""
    return str(sandbox.create_campaign("Renewals", rate=1.0, running=True))


def test_what_was_attempted_stays_and_the_rest_goes_each_row_in_one_count(
    tenant, sandbox, campaign, tmp_path, supervisor_client
):
    before = [{"id": "r1", "phone": "6505550001"}]
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=before)
    upload = uploaded(tenant, tmp_path, [*map(lead, range(1, 31))])
    sandbox.advance(8)
    assert run("campaign_stop", tenant.slug, "Renewals")[0] == 0
    attempted = attempted_in(tenant, campaign)
    assert attempted
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, upload.pk])).content.decode()
    address = reverse("lists:take_back", args=[tenant.slug, upload.pk])
    assert address in page
    assert "never attempted" in supervisor_client.get(address).content.decode()
    supervisor_client.post(address)
    job = Job.objects.get(kind=LIST_TAKE_BACK)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.PAUSED
    assert ids(sandbox, spring) == {f"r{n}" for n in range(1, 31)}
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert "Take the removable rows back" in page
    # A plain resume is no yes.
    supervisor_client.post(reverse("jobs:resume", args=[tenant.slug, job.pk]))
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.PAUSED
    assert ids(sandbox, spring) == {f"r{n}" for n in range(1, 31)}
    ours = attempted - {"r1"}
    assert counted(job.pk) == {"REMOVABLE": 29 - len(ours), "ATTEMPTED": len(ours), "BEFORE": 1}
    supervisor_client.post(reverse("lists:take_back_go", args=[tenant.slug, job.pk]), {"disables": "1"})
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert ids(sandbox, spring) == attempted | {"r1"}
    assert counted(job.pk) == {"REMOVED": 29 - len(ours), "ATTEMPTED": len(ours), "BEFORE": 1}
    rows = supervisor_client.get(reverse("lists:take_back_rows", args=[tenant.slug, job.pk]))
    lines = b"".join(rows.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 31
    assert AuditEntry.objects.filter(verb="list.upload.take_back").count() == 1


def test_the_shell_counts_first_and_accounts_for_every_row(tenant, sandbox, campaign, tmp_path):
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign])
    assert run("campaign_stop", tenant.slug, "Renewals")[0] == 0
    upload = uploaded(tenant, tmp_path, [lead(n) for n in range(20)])
    attempted = attempted_in(tenant, campaign)
    path = tmp_path / "rows.csv"
    code, told = run("upload_take_back", tenant.slug, str(upload.pk), "--dry-run")
    assert (code, told["counts"]["removable"]) == (0, 20 - len(attempted))
    assert len(ids(sandbox, spring)) == 20
    assert run("upload_take_back", tenant.slug, str(upload.pk))[0] == 1
    code, told = run("upload_take_back", tenant.slug, str(upload.pk), "--yes", "--rows", str(path))
    assert code == (3 if attempted else 0)
    assert ids(sandbox, spring) == attempted
    with path.open() as file:
        assert len(list(csv.reader(file))) == 21
    code, again = run("upload_take_back", tenant.slug, str(upload.pk), "--yes")
    assert again["counts"]["gone"] == 20 - len(attempted)


def test_nothing_is_deleted_while_a_running_campaign_may_dial_the_list(tenant, sandbox, campaign, tmp_path):
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign])
    upload = uploaded(tenant, tmp_path, [lead(n) for n in range(200)])
    stop = threading.Timer(1.5, lambda: run("list_rebind", tenant.slug, "Renewals", "Spring", "--enabled", "no"))
    stop.start()
    _, told = run("upload_take_back", tenant.slug, str(upload.pk), "--yes", "--keep-enabled")
    stop.join()
    attempted = attempted_in(tenant, campaign)
    assert told["state"] == "succeeded"
    assert ids(sandbox, spring) == attempted
    assert told["counts"]["removed"] == 200 - len(attempted)
    assert told["counts"]["attempted"] == len(attempted)


def test_a_key_of_two_fields_takes_no_combination_that_was_not_sent(tenant, sandbox, campaign, tmp_path):
    others = [{"id": "a", "part": "2", "phone": "6505550001"}, {"id": "b", "part": "1", "phone": "6505550002"}]
    spring = sandbox.create_list("Spring", TWO_KEYS, bind=[campaign], records=others)
    said = (*SAID, "--field", "part:OTHER", "--key", "part")
    assert run("campaign_stop", tenant.slug, "Renewals")[0] == 0
    attempted_before = {(each["id"], each["part"]) for each in sandbox.dump(spring)}
    upload = uploaded(tenant, tmp_path, ["a,1,6505550003", "b,2,6505550004"], *said, header="id,part,phone")
    _, told = run("upload_take_back", tenant.slug, str(upload.pk), "--yes")
    assert told["counts"]["removed"] == 2, told
    assert {(each["id"], each["part"]) for each in sandbox.dump(spring)} == attempted_before


def test_a_record_that_another_upload_made_since_is_outside_the_window(tenant, sandbox, campaign, tmp_path):
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign])
    assert run("campaign_stop", tenant.slug, "Renewals")[0] == 0
    upload = uploaded(tenant, tmp_path, [lead(1), lead(2)])
    assert run("records_delete", tenant.slug, "Spring", "--field", "id=r1", "--yes")[0] == 0
    sandbox.advance(7200)
    assert run("record_add", tenant.slug, "Spring", "id=r1", "phone=6505550001")[0] == 0
    _, told = run("upload_take_back", tenant.slug, str(upload.pk), "--yes")
    assert ids(sandbox, spring) == {"r1"}
    assert (told["counts"]["removed"], told["counts"]["stayed"]) == (1, 1)


def test_where_it_cannot_be_the_reason_is_said(tenant, sandbox, campaign, tmp_path, older_tenant, supervisor_client):
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    upload = uploaded(tenant, tmp_path, [lead(1)])
    update = uploaded(tenant, tmp_path, [lead(1)], "--mode", "update", "--again")
    assert "what they held then was not kept" in take_back_refusal(update)
    update = uploaded(tenant, tmp_path, [lead(1)], "--mode", "update", "--again", "--keep-old")
    assert "Put back what they held" in take_back_refusal(update)
    for suffix in (".json", ".rows"):
        default_storage.delete(upload.spool_path + suffix)
    page = supervisor_client.get(reverse("lists:take_back", args=[tenant.slug, upload.pk])).content.decode()
    assert "no longer kept" in page
    upload.tenant = older_tenant
    assert "spares what was attempted" in take_back_refusal(upload)
    viewer = browser_of(tenant, Role.VIEWER, name="vic")
    assert viewer.post(reverse("lists:take_back", args=[tenant.slug, upload.pk])).status_code == 403


def test_what_cannot_be_taken_back_has_the_reason_in_place_of_the_button(
    tenant, sandbox, campaign, tmp_path, supervisor_client
):
    sandbox.create_list("Spring", [{"name": "phone", "type": "PHONE"}], bind=[campaign])
    keyless = uploaded(tenant, tmp_path, ["6505550001"], "--field", "phone:PHONE", header="phone")
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, keyless.pk])).content.decode()
    assert keyless.n_added == 1
    assert reverse("lists:take_back", args=[tenant.slug, keyless.pk]) not in page
    assert "This upload cannot be taken back. The list has no key" in page


def test_a_list_that_no_campaign_has_is_said_to_need_one(tenant, sandbox, tmp_path):
    sandbox.create_list("Spring", FIELDS)
    upload = uploaded(tenant, tmp_path, [lead(1)])
    code, told = run("upload_take_back", tenant.slug, str(upload.pk), "--yes")
    assert code == 1
    assert "No campaign has this list" in told["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([(False, 1), (False, None)], RowState.ATTEMPTED),
        ([(False, None), (True, 2)], RowState.ATTEMPTED),
        ([(True, None), (False, 1)], RowState.ATTEMPTED),
        ([(True, None)], RowState.OVER),
        ([(True, 0), (False, None)], RowState.OVER),
        ([(True, None), None], RowState.OVER),
        ([None, (False, None)], RowState.UNTOLD),
        ([(False, None), (False, 0)], RowState.REMOVABLE),
    ],
)
def test_what_campaigns_tell_of_a_record_is_held_against_each_other(
    tenant, sandbox, tmp_path, monkeypatch, told, state
):
    """In whatever order they are read; what is completed without an attempt has expired, or was closed."""
    made = sorted(sandbox.create_campaign(f"C{n}", rate=0) for n in range(len(told)))
    sandbox.create_list("Spring", FIELDS, bind=made)
    upload = uploaded(tenant, tmp_path, [lead(1)])
    entry = {"id": "r1", "phone": "6505550001"}
    status = {
        campaign: None if each is None else RecordStatus(completed=each[0], total_attempts=each[1])
        for campaign, each in zip(made, told, strict=True)
    }

    def page(client, use, cursor):
        return iter([Page((Record(entry, status[use.campaign_id]),))])

    monkeypatch.setattr(handler, "_pages", page)
    _, answer = run("upload_take_back", tenant.slug, str(upload.pk), "--dry-run")
    assert {name: count for name, count in answer["counts"].items() if count} == {state.name.lower(): 1}
    assert ("expired or closed" in preview_words(take_back_counts(Job.objects.latest("pk")))) == (
        state is RowState.OVER
    )


def test_words_say_every_state():
    assert all(state.words and state.reason for state in RowState)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_rows_are_taken_back_while_the_dialler_dials(tenant, sandbox, tmp_path):
    campaign = sandbox.create_campaign("Renewals", rate=200.0, running=True)
    others = [{"id": f"o{n}", "phone": f"415{5550000 + n:07}"} for n in range(5000)]
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign])
    other = sandbox.create_list("Other", FIELDS, bind=[campaign], records=others)
    upload = uploaded(tenant, tmp_path, [lead(n) for n in range(100_000)])
    _, told = run("upload_take_back", tenant.slug, str(upload.pk), "--yes")
    attempted = attempted_in(tenant, campaign)
    counts = told["counts"]
    assert told["state"] == "succeeded"
    assert attempted
    assert ids(sandbox, spring) == attempted
    assert (counts["attempted"], counts["removed"]) == (len(attempted), 100_000 - len(attempted))
    assert sum(counts.values()) == 100_000
    assert len(sandbox.dump(other)) == 5000
