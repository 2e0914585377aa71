"""Deleting records by filter and all of them, through pages, engine and command, against the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.faces import job_view
from bpadmin.jobs.models import Job, JobKind, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.platforms.types import DeletePolicy
from lists.deleting import VALUES_PER_CALL, FilterRefused, RecordFilter, filter_sentence
from tests.lists.walking import shown
from tests.shell import run
from tests.telling import telling

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "id", "type": "OTHER", "key": True, "required": True},
    {"name": "phone", "type": "PHONE"},
    {"name": "region", "type": "OTHER", "searchable": True},
]


def records(count: int) -> list[dict[str, str]]:
    """Give records with ids r0… and the regions north and south in turn."""
    return [{"id": f"r{n}", "phone": str(7000000 + n), "region": ("north", "south")[n % 2]} for n in range(count)]


@pytest.fixture
def spring(sandbox):
    """A list of 200 records, on a tenant that deletes quickly."""
    sandbox.options(delete_min_seconds=0.3)
    return sandbox.create_list("Spring", FIELDS, records=records(200))


def drafted(client, tenant, list_id: str, **said: object) -> Job:
    """Fill in the filter page and give the draft it leads to."""
    answer = client.post(reverse("lists:delete_records", args=[tenant.slug, list_id]), said)
    assert answer.status_code == 302, answer.content.decode()
    return Job.objects.get(kind=JobKind.LIST_DELETE)


def finished(job: Job) -> Job:
    """Drive a job to its end."""
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    return job


def test_a_filter_is_read_back_as_a_sentence():
    criteria = RecordFilter(
        fields=(("accountId", tuple(f"a{n}" for n in range(812))),),
        campaign_id="c",
        campaign_name="Renewals",
        policy=DeletePolicy.ONLY_COMPLETED,
        created_to=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert filter_sentence(criteria, list_name="Spring.csv") == (
        "every record of “Spring.csv” whose accountId is one of 812 values (“a0” … “a811”), that are completed or "
        "expired in campaign “Renewals”, created before 01 March 2026 00:00 UTC, in all campaigns"
    )


def test_an_empty_filter_is_refused_before_anything_is_sent(tenant, sandbox, spring, supervisor_client):
    page = supervisor_client.post(reverse("lists:delete_records", args=[tenant.slug, spring]), {}).content.decode()
    assert "An empty filter deletes nothing" in page
    assert not Job.objects.exists()
    assert not any("delete" in name for name in sandbox.stats()["requests"])


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        (RecordFilter(), "An empty filter"),
        (RecordFilter(fields=(("id", (" ",)),)), "at least one value"),
        (RecordFilter(policy=DeletePolicy.ONLY_COMPLETED, fields=(("id", ("1",)),)), "Choose the campaign"),
        (
            RecordFilter(created_from=datetime(2026, 2, 1, tzinfo=UTC), created_to=datetime(2026, 1, 1, tzinfo=UTC)),
            "before its end",
        ),
    ],
)
def test_a_filter_that_selects_nothing_or_contradicts_itself_is_refused(criteria, words):
    with pytest.raises(FilterRefused, match=words):
        criteria.checked()


def test_thousands_of_values_are_spread_over_calls_that_meet_each_record_once():
    values = tuple(str(n) for n in range(2 * VALUES_PER_CALL + 5))
    calls = RecordFilter(fields=(("id", values), ("region", ("north",)))).calls()
    assert [len(call["id"]) for call in calls] == [VALUES_PER_CALL, VALUES_PER_CALL, 5]
    assert all(call["region"] == ("north",) for call in calls)
    assert tuple(value for call in calls for value in call["id"]) == values


def test_records_are_deleted_by_values_typed_and_from_a_file(tenant, sandbox, spring, supervisor_client):
    file = SimpleUploadedFile("gone.csv", b"name;id\nx;r3\ny;r4\n")
    job = drafted(
        supervisor_client, tenant, spring, field_1="id", values_1="r1\nr2\n", file_1=file, field_2="", values_2=""
    )
    page = supervisor_client.get(reverse("lists:deletion", args=[tenant.slug, job.pk])).content.decode()
    assert "whose id is one of 4 values" in page
    supervisor_client.post(reverse("lists:deletion", args=[tenant.slug, job.pk]), shown(job))
    assert finished(job).state == JobState.SUCCEEDED
    assert {each["id"] for each in sandbox.dump(spring)} == {f"r{n}" for n in range(200)} - {"r1", "r2", "r3", "r4"}
    assert "deleted 4 records" in job.message
    assert "200 records before and has 196 now" in job.message
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert "The records are deleted." in page
    assert "whose id is one of 4 values" in page
    assert "Every row accounted for" not in page
    assert AuditEntry.objects.get(verb="records.delete").details["job"] == job.pk


def test_a_deletion_that_has_begun_shows_as_running_between_two_looks(tenant, sandbox, spring, supervisor_client):
    job = drafted(supervisor_client, tenant, spring, field_1="id", values_1="r1")
    for began, words in ((None, "Queued"), (datetime(2026, 3, 1, tzinfo=UTC), "Running")):
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, started_at=began)
        assert job_view(Job.objects.get(pk=job.pk)).shown_state.label == words
        page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
        assert f">{words}</span>" in page


def test_deleting_all_wants_the_lists_name(tenant, sandbox, spring, supervisor_client):
    job = drafted(supervisor_client, tenant, spring, all="1")
    url = reverse("lists:deletion", args=[tenant.slug, job.pk])
    assert "not the list" in supervisor_client.post(url, shown(job, typed_name="spring")).content.decode()
    supervisor_client.post(url, shown(job, typed_name="Spring"))
    assert finished(job).state == JobState.SUCCEEDED
    assert sandbox.dump(spring) == []


def test_a_deletion_under_way_elsewhere_is_waited_for(tenant, sandbox, spring, supervisor_client):
    from bpadmin.tenants.services import tenant_client

    sandbox.options(delete_min_seconds=2.0)
    with tenant_client(tenant) as client:
        client.delete_many_records(spring, fields={"region": ["north"]})
    job = drafted(supervisor_client, tenant, spring, field_1="region", values_1="south")
    supervisor_client.post(reverse("lists:deletion", args=[tenant.slug, job.pk]), shown(job))
    job_drive(job_id=job.pk, seconds=0.1, worker="test", may_wait=False)
    job.refresh_from_db()
    assert "queued behind it" in job.message
    assert finished(job).state == JobState.SUCCEEDED
    assert sandbox.dump(spring) == []


@pytest.mark.parametrize(
    "kind",
    telling(["http_503", "cut_after", "cut_before", "html", "cut_body", "rate_limit"], "cut_after", "cut_before"),
)
def test_a_deletion_ends_in_the_true_state_whatever_fails(tenant, sandbox, spring, supervisor_client, kind):
    job = drafted(supervisor_client, tenant, spring, field_1="region", values_1="south")
    sandbox.faults([{"kind": kind, "probability": 0.3, "times": 6}])
    supervisor_client.post(reverse("lists:deletion", args=[tenant.slug, job.pk]), shown(job))
    assert finished(job).state == JobState.SUCCEEDED
    assert len(sandbox.dump(spring)) == 100
    assert "has 100 now" in job.message


def test_another_filter_than_was_confirmed_deletes_nothing(tenant, sandbox, spring, supervisor_client):
    job = drafted(supervisor_client, tenant, spring, field_1="region", values_1="south")
    supervisor_client.post(reverse("lists:deletion", args=[tenant.slug, job.pk]), {"revision": "7"})
    assert Job.objects.get(pk=job.pk).state == JobState.DRAFT
    supervisor_client.post(reverse("lists:deletion", args=[tenant.slug, job.pk]), shown(job))
    options = Job.objects.get(pk=job.pk).options
    options["filter"] = {**options["filter"], "fields": [], "is_all": True}
    Job.objects.filter(pk=job.pk).update(options=options)
    assert finished(job).state == JobState.FAILED
    assert "What was confirmed is not what stands here now" in job.message
    assert len(sandbox.dump(spring)) == 200


def test_a_field_that_is_neither_key_nor_searchable_is_refused(tenant, spring, supervisor_client):
    job = drafted(supervisor_client, tenant, spring, field_1="phone", values_1="7000001")
    supervisor_client.post(reverse("lists:deletion", args=[tenant.slug, job.pk]), shown(job))
    assert finished(job).state == JobState.FAILED
    assert job.message


def test_a_viewer_deletes_nothing(tenant, spring, viewer_client):
    assert viewer_client.get(reverse("lists:delete_records", args=[tenant.slug, spring])).status_code == 403


def test_the_command_deletes_and_says_what_went(tenant, sandbox, spring, tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("r5\nr6\n")
    assert run("records_delete", tenant.slug, "Spring", "--field", "id=r1,r2")[0] == 1
    code, said = run("records_delete", tenant.slug, "Spring", "--field-file", f"id={path}", "--yes")
    assert (code, said["deleted"], said["records_after"]) == (0, 2, 198)
    assert run("records_delete", tenant.slug, "Spring", "--yes")[0] == 1
    assert run("records_delete", tenant.slug, "Spring", "--all", "--yes")[0] == 0
    assert sandbox.dump(spring) == []
