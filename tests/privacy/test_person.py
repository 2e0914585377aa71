"""A person found and erased by page and command, with the proof of what went and what stays."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from bpadmin.audit.models import ERASED, AuditEntry
from bpadmin.audit.proof import log_prove
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.models import Action, ActionState, CatalogueCampaign
from bpadmin.jobs.models import Job, JobState
from bpadmin.plans.models import HolidayCalendar, Plan
from bpadmin.privacy.matching import MARK
from bpadmin.privacy.removal import RowEncoder
from bpadmin.results.models import Attempt, Disposition, ResultSource
from bpadmin.tenants.models import Tenant
from dnc.models import DncEntry, DncList, DncSource
from lists.kinds import LIST_UPLOAD
from tests.conftest import signed_in
from tests.jobs.uploading import create_list, people, ready_upload
from tests.shell import run

pytestmark = pytest.mark.django_db

NUMBER = "16505550100"
FILE = b"Account;Phone\r\n1;(650) 555-0100\r\n2;16505550177\r\n"


def act(tenant: Tenant, **more: Any) -> Action:
    now = timezone.now()
    said = {"verb": Verb.RECORD_ERASE, "actor_name": "sam", "asked": f"erase {NUMBER}", "asked_at": now, "lasts": 1.0}
    return Action.objects.create(tenant=tenant, **said, **more)


def upload(tenant: Tenant, state: JobState, content: bytes = FILE) -> Job:
    path = default_storage.save("uploads/1/test", ContentFile(content))
    return Job.objects.create(
        tenant=tenant, kind=LIST_UPLOAD, state=state, upload_path=path, finished_at=timezone.now(),
        file_name="leads.csv", report={"samples": [NUMBER, "fine"]},
    )  # fmt: skip


def protected(tenant: Tenant) -> None:
    """Rows that may not go before others: an attempt with its disposition, a plan with its calendar."""
    now = timezone.now()
    source = ResultSource.objects.create(tenant=tenant, source_id="c")
    busy = Disposition.objects.create(tenant=tenant, name="Busy")
    Attempt.objects.create(source=source, mark=1, record=1, at=now, disposition=busy)
    holidays = HolidayCalendar.objects.create(tenant=tenant, name="Holidays")
    Plan.objects.create(tenant=tenant, name="Open", kind="campaign.start", campaign_id="c", campaign_name="C",
                        target_key="k", time_zone="UTC", times="09:00", first_day=now.date(), calendar=holidays,
                        owner_name="sam", created_at=now)  # fmt: skip


@pytest.fixture
def kept(tenant: Tenant) -> dict[str, Any]:
    """The person in every kind of place, and somebody else beside."""
    details = {"values": {"phone": NUMBER}}
    entry = audit_record(
        verb=Verb.RECORD_UPDATE, tenant=tenant, actor=None, message=f"{NUMBER} changed", details=details
    )
    other = audit_record(verb=Verb.RECORD_UPDATE, tenant=tenant, actor=None, message="16505550177 changed")
    dnc_list = DncList.objects.create(tenant=tenant, remote_id="d", name="Company")
    source = DncSource.objects.create(tenant=tenant, by_name="sam", text="typed in")
    now = timezone.now()
    DncEntry.objects.create(dnc_list=dnc_list, key=NUMBER, source=source, added_at=now, changed_at=now)
    return {
        "entry": entry,
        "other": other,
        "done": act(tenant, state=ActionState.DONE),
        "open": act(tenant, open_from=now + timedelta(minutes=1), look_at=now),
        "job": upload(tenant, JobState.SUCCEEDED),
        "busy": upload(tenant, JobState.PAUSED),
        "stranger": upload(tenant, JobState.SUCCEEDED, b"Account;Phone\r\n2;16505550177\r\n"),
    }


def test_the_command_says_where_and_changes_nothing(tenant: Tenant, kept: dict[str, Any]) -> None:
    code, told = run("person_find", tenant.slug, "+1 650 555 0100")
    assert code == 0
    places: Any = {each["place"].split(",")[0]: each["ids"] for each in told["goes"]}  # type: ignore[attr-defined]
    assert places["What the activity log tells of people"] == [str(kept["entry"].pk)]
    assert places["Acts on the dialler"] == [str(kept["done"].pk)]
    assert places["Uploaded files"] == [str(kept["job"].pk)]
    assert kept["job"].pk == Job.objects.get(pk=kept["job"].pk, report__samples=[NUMBER, "fine"]).pk
    assert NUMBER not in str(told)


def test_erasing_takes_what_may_go_and_says_what_stays(tenant: Tenant, kept: dict[str, Any]) -> None:
    code, told = run("person_erase", tenant.slug, "+1 650 555 0100", "--yes")
    assert code == 0
    assert AuditEntry.objects.get(pk=kept["entry"].pk).told_message == ERASED
    assert AuditEntry.objects.get(pk=kept["other"].pk).told_message == "16505550177 changed"
    assert log_prove(chain=tenant.pk).is_good
    assert Action.objects.get(pk=kept["done"].pk).asked == MARK
    assert NUMBER in Action.objects.get(pk=kept["open"].pk).asked
    job = Job.objects.get(pk=kept["job"].pk)
    assert (job.upload_path, job.report) == ("", {"samples": [MARK, "fine"]})
    assert not default_storage.exists(kept["job"].upload_path)
    assert default_storage.exists(kept["stranger"].upload_path)
    stays: Any = {each["place"]: each["why"] for each in told["stays"]}  # type: ignore[attr-defined]
    assert "law obliges" in stays["Do Not Call entries"]
    assert "settled first" in stays["Acts whose outcome nobody knows yet"]
    assert "End or cancel" in stays["Uploaded files of jobs that have not ended"]
    # Once more: only what stays is found, and the log tells who erased, not whom.
    again = run("person_find", tenant.slug, "+1 650 555 0100")[1]
    assert again["goes"] == []
    entry = AuditEntry.objects.get(verb=Verb.PERSON_ERASE)
    assert entry.actor_name == "shell"
    assert NUMBER not in str(entry.told)


def test_the_page_finds_then_erases_for_administrators_alone(
    tenant: Tenant, kept: dict[str, Any], admin_client: Client, supervisor_client: Client
) -> None:
    url = f"/t/{tenant.slug}/person/"
    assert supervisor_client.get(url).status_code == 403
    page = admin_client.post(url, {"known_by": NUMBER, "what": "find"}).content.decode()
    assert "Can be erased" in page
    assert "Erase what may be erased" in page
    page = admin_client.post(url, {"known_by": NUMBER, "what": "erase"}).content.decode()
    assert "Proof, to be kept with the request" in page
    assert "too short" in admin_client.post(url, {"known_by": "Ann"}).content.decode()


def test_a_tenant_goes_with_its_data_after_an_export(tenant: Tenant, kept: dict[str, Any], tmp_path: Path) -> None:
    number = tenant.pk
    protected(tenant)
    code, told = run("tenant_remove", tenant.slug, "--yes")
    assert (code, "Settle them first" in str(told["error"])) == (1, True)
    Action.objects.filter(pk=kept["open"].pk).update(state=ActionState.DONE, open_from=None, look_at=None)
    assert "Export everything first" in str(run("tenant_remove", tenant.slug, "--yes")[1]["error"])
    out = tmp_path / "acme.zip"
    assert run("tenant_export", tenant.slug, str(out))[0] == 0
    with zipfile.ZipFile(out) as archive:
        names = set(archive.namelist())
        assert {
            "jobs.Job.jsonl",
            "dnc.DncEntry.jsonl",
            "results.Attempt.jsonl",
            "audit.AuditEntry.jsonl",
            f"uploads/{kept['job'].pk}",
        } <= names
        assert NUMBER.encode() in archive.read("dnc.DncEntry.jsonl")
        assert b"secrets" not in archive.read("tenants.Tenant.jsonl")
    assert run("tenant_remove", tenant.slug, "--yes")[0] == 0
    assert not Tenant.objects.exists()
    assert not DncEntry.objects.exists()
    assert not default_storage.exists(kept["job"].upload_path)
    assert AuditEntry.objects.get(pk=kept["other"].pk).told_message == ERASED
    assert AuditEntry.objects.get(verb=Verb.TENANT_REMOVE).tenant_id is None
    assert log_prove(chain=number).is_good


def test_a_tenant_that_was_read_and_uploaded_to_is_exported_and_removed(
    tenant: Tenant, sandbox: Any, administrator: User, tmp_path: Path
) -> None:
    """Some tables keep bytes: names in their order, a job's tally, what is known of each row."""
    campaign = sandbox.create_campaign("Spring")
    browser = signed_in(administrator)
    assert browser.get(f"/t/{tenant.slug}/campaigns/").status_code == 200
    job = ready_upload(tenant, create_list(sandbox, records=people(2)), people(3, start=10))
    Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED)
    answer = browser.post(f"/t/{tenant.slug}/export/")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        (row,) = map(json.loads, archive.read("dialler.CatalogueCampaign.jsonl").splitlines())
        assert (row["remote_id"], bytes.fromhex(row["name_key"])) == (
            campaign,
            CatalogueCampaign.objects.values_list("name_key", flat=True).get(),
        )
    assert json.dumps(memoryview(b"\x00\xff"), cls=RowEncoder) == '"00ff"'
    assert run("tenant_remove", tenant.slug, "--yes")[0] == 0
    assert not Tenant.objects.exists()


def test_the_page_asks_for_the_name(tenant: Tenant, admin_client: Client) -> None:
    url = f"/t/{tenant.slug}/remove/"
    assert "Export everything first" in admin_client.get(url).content.decode()
    export = admin_client.post(f"/t/{tenant.slug}/export/")
    assert export.headers["Content-Type"] == "application/zip"
    assert b"".join(export.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    admin_client.post(url, {"name": "something else"})
    assert Tenant.objects.exists()
    assert admin_client.post(url, {"name": tenant.name.upper()}).status_code == 302
    assert not Tenant.objects.exists()
    assert User.objects.exists()
