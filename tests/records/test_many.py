"""Contacts deleted and requests called again as a job: each row once, with one outcome, through cuts and kills."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import AlreadyAsked
from bpadmin.dialler.models import Action
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive, job_resume
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.names import id_of
from bpadmin.platforms.sources import Source
from bpadmin.records.contacts.services import contact_delete
from bpadmin.records.kinds import CONTACTS_DELETE
from bpadmin.records.many import handler
from bpadmin.records.many.rows import MOST, USER_DATA, ManyRefused, fates_counted, fates_now
from bpadmin.records.many.services import many_begin
from bpadmin.records.models import ManyRows
from bpadmin.records.named import named_add
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_capabilities
from tests.fixtures_tenants import browser_of

pytestmark = pytest.mark.django_db(transaction=True)

SAM = Actor(name="sam")


def contacts(sandbox: Any, count: int) -> list[str]:
    """Make contacts; returns their user data."""
    campaign = sandbox.create_jtel_campaign("Herbst")
    names = [f"u{at}" for at in range(count)]
    sandbox.create_jtel_contacts(campaign, [{"Name": name, "UserData": name} for name in names])
    return names


def left(sandbox: Any) -> list[str]:
    return [each["UserData"] for each in sandbox.dump_jtel_contacts()]


def ordered(tenant: Tenant, keys: list[str]) -> Job:
    source = Source(id_of("campaign", "501"), "Herbst")
    return many_begin(
        kind=CONTACTS_DELETE, tenant=tenant, source=source, actor=SAM, keys=keys, by=USER_DATA, ring=False
    )


def driven(job: Job) -> Job:
    job_drive(job_id=job.pk, seconds=60.0, worker="test")
    job.refresh_from_db()
    assert job.accounted == job.rows_total
    return job


@pytest.mark.slow
def test_more_contacts_than_a_page_takes_become_a_job_with_one_outcome_for_each(
    sandbox: Any, jtel_tenant: Tenant
) -> None:
    names = contacts(sandbox, 103)
    browser = browser_of(jtel_tenant)
    address = f"/t/jtel/records/{id_of('campaign', '501')}/contacts/drop/"
    text = "\n".join([*names[:102], "nobody", names[0], ""])
    said = {"sure": "on", "file": SimpleUploadedFile("them.txt", text.encode())}
    answer = browser.post(address, said)
    job = Job.objects.get(kind=CONTACTS_DELETE)
    assert answer.headers["Location"] == reverse("jobs:detail", args=["jtel", job.pk])
    driven(job)
    assert left(sandbox) == [names[102]]
    assert (job.state, job.rows_total, job.n_updated, job.n_rejected) == (JobState.PARTIAL, 103, 102, 1)
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "There is no contact with the user data nobody." in page
    data = b"".join(browser.get(reverse("records:many_rows", args=["jtel", job.pk])).streaming_content)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 103
    assert {row["outcome"] for row in rows} == {"done", "not done"}
    taken = AuditEntry.objects.get(verb=Verb.JOB_REJECTS)
    assert "every row with what became of it" in taken.told_message
    viewer = browser_of(jtel_tenant, Role.VIEWER, name="vi")
    assert viewer.get(reverse("records:many_rows", args=["jtel", job.pk])).status_code == 403


@pytest.mark.parametrize("when", ["before the request", "after the request"])
def test_a_killed_worker_repeats_nothing(
    sandbox: Any, jtel_tenant: Tenant, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    names = contacts(sandbox, 12)
    job = ordered(jtel_tenant, names)
    real, asked = handler.contact_delete_by_user_data, []

    def killed(**said: Any) -> Any:
        if len(asked) == 5 and when == "before the request":
            asked.append("killed")
            raise KeyboardInterrupt
        asked.append(said["user_data"])
        act = real(**said)
        if len(asked) == 6 and when == "after the request":
            raise KeyboardInterrupt
        return act

    monkeypatch.setattr(handler, "contact_delete_by_user_data", killed)
    with pytest.raises(KeyboardInterrupt):
        job_drive(job_id=job.pk, seconds=60.0, worker="one")
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, lease_owner="", lease_until=None)
    driven(job)
    assert (job.state, job.n_updated) == (JobState.SUCCEEDED, 12)
    assert left(sandbox) == []
    marks = list(Action.objects.filter(tenant=jtel_tenant).values_list("mark", flat=True))
    assert len(marks) == len(set(marks)) == 12
    assert [each for each in asked if each != "killed"] == names


def test_nothing_is_asked_twice_under_one_mark(sandbox: Any, jtel_tenant: Tenant) -> None:
    contacts(sandbox, 2)
    contact_delete(tenant=jtel_tenant, contact_id="1", actor=SAM, mark="job:1:0")
    with pytest.raises(AlreadyAsked):
        contact_delete(tenant=jtel_tenant, contact_id="2", actor=SAM, mark="job:1:0")
    assert len(left(sandbox)) == 1


@pytest.fixture
def campaign(sandbox: Any, conpeek_tenant: Tenant) -> str:
    """A voice campaign with 120 closed requests."""
    closed = [
        {"name": f"Jan {at}", "contact_number": f"48{at:07d}", "state": "CLOSED", "application_state": "CLOSED"}
        for at in range(120)
    ]
    id_ = str(sandbox.create_voice_campaign("Faktury", requests=closed))
    values = {"voice_campaign_id": id_}
    named_add(tenant=conpeek_tenant, info=REGISTRY["conpeek"], values=values, name="Faktury", actor=SAM)
    tenant_capabilities(conpeek_tenant)
    return id_


def states(sandbox: Any, campaign: str) -> list[str]:
    return [each["state"] for each in sandbox.dump_requests(campaign)]


@pytest.mark.slow
def test_all_that_a_filter_finds_wait_for_a_yes_and_are_called_again(
    sandbox: Any, conpeek_tenant: Tenant, campaign: str
) -> None:
    browser = browser_of(conpeek_tenant)
    address = reverse("records:requests_recall", args=["conpeek", campaign])
    assert "so this becomes a job" in browser.get(address).content.decode()
    answer = browser.post(address, {"from_time": "10:00", "to_time": "18:00"})
    job = Job.objects.get()
    driven(job)
    assert (job.state, job.rows_total, job.n_not_sent) == (JobState.PAUSED, 120, 120)
    assert set(states(sandbox, campaign)) == {"CLOSED"}
    job_resume(job=job, actor_name="sam")
    assert driven(job).state == JobState.PAUSED, "to resume is no yes"
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "120 records meet the filter" in page
    assert "Go on with exactly these" in page
    browser.post(reverse("records:many_go", args=["conpeek", job.pk]))
    driven(job)
    assert (job.state, job.n_updated) == (JobState.SUCCEEDED, 120)
    assert set(states(sandbox, campaign)) == {"OPEN"}
    assert {each["process_from_time"] for each in sandbox.dump_requests(campaign)} == {36000}


def test_a_yes_before_anything_was_found_is_none(sandbox: Any, conpeek_tenant: Tenant, campaign: str) -> None:
    browser = browser_of(conpeek_tenant)
    browser.post(
        reverse("records:requests_recall", args=["conpeek", campaign]), {"from_time": "10:00", "to_time": "18:00"}
    )
    job = Job.objects.get()
    go = reverse("records:many_go", args=["conpeek", job.pk])
    for state in (job.state, JobState.PAUSED):
        Job.objects.filter(pk=job.pk).update(state=state)
        browser.post(go)
        assert not ManyRows.objects.get(job=job).is_confirmed
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    driven(job)
    job_resume(job=job, actor_name="sam")
    assert driven(job).state == JobState.PAUSED
    assert set(states(sandbox, campaign)) == {"CLOSED"}


def test_a_lost_answer_stays_in_doubt_is_named_and_not_asked_for_again(
    sandbox: Any, conpeek_tenant: Tenant, campaign: str
) -> None:
    browser = browser_of(conpeek_tenant)
    ids = [str(each["id"]) for each in sandbox.dump_requests(campaign)][:101]
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "methods": ["conpeek.set_recall"]}])
    answer = browser.post(
        f"{reverse('records:requests_recall', args=['conpeek', campaign])}?ids", {"ids": "\n".join(ids)}
    )
    job = Job.objects.get()
    driven(job)
    assert (job.state, job.n_updated, job.n_uncertain) == (JobState.PARTIAL, 100, 1)
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "Nobody knows of these whether they were done" in page
    assert ids[0] in page
    act = Action.objects.get(mark=f"job:{job.pk}:0")
    assert act.is_open
    Action.objects.filter(pk=act.pk).update(state="done", open_from=None, look_at=None)
    assert fates_counted(fates_now(ManyRows.objects.get(job=job))[0])[handler.Fate.DONE] == 101


def test_what_is_too_much_or_nothing_is_refused(sandbox: Any, jtel_tenant: Tenant) -> None:
    with pytest.raises(ManyRefused):
        ordered(jtel_tenant, [])
    with pytest.raises(ManyRefused, match="a job takes"):
        ordered(jtel_tenant, [str(at) for at in range(MOST + 1)])
    assert not Job.objects.exists()
