"""What a job has come to is told in the word of its platform, wherever it is told; names are left as they are."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from bpadmin.api.schemas import job_told
from bpadmin.jobs.models import Job, JobState
from bpadmin.notifications.events import jobs_watch, watch_of
from bpadmin.notifications.models import Event
from bpadmin.tenants.models import Tenant
from tests.fixtures_tenants import browser_of

pytestmark = pytest.mark.django_db

STORED = "All rows are in the list “Spring list”. Lists of others were left alone; no Do Not Call list was asked."
TOLD = "All rows are in the campaign “Spring list”. Campaigns of others were left alone; no Do Not Call list was asked."


def ended(tenant: Tenant, kind: str = "list_upload") -> Job:
    now = timezone.now()
    return Job.objects.create(
        tenant=tenant, kind=kind, state=JobState.SUCCEEDED, target_id="501", target_name="Herbst",
        started_at=now, finished_at=now, message=STORED,
    )  # fmt: skip


@pytest.mark.parametrize("platform", ["jtel_tenant", "conpeek_tenant"])
def test_page_api_and_notification_say_campaign(platform: str, request: pytest.FixtureRequest) -> None:
    tenant: Tenant = request.getfixturevalue(platform)
    watch_of(tenant)
    job = ended(tenant)
    assert job.told_message == TOLD
    page = browser_of(tenant).get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert TOLD in page
    assert STORED not in page
    assert job_told(job)["message"] == TOLD
    jobs_watch()
    assert Event.objects.get().words == TOLD


def test_a_list_stays_a_list(tenant: Tenant, jtel_tenant: Tenant) -> None:
    assert ended(tenant).told_message == STORED
    assert ended(jtel_tenant, "dnc_add").told_message == STORED
