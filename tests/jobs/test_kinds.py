"""A kind of job is declared in one place: engine and pages take what they need there, and the database any text."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from bpadmin.jobs.kinds import Effect, JobKind, KindWords, TargetKind, _kinds, kind_label, kinds, kinds_register
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive

AUDIT = JobKind("list_audit", "Look through a list", "tests.jobs.test_kinds.AuditHandler", Effect.READS,
                words=KindWords(running="Looking through {target}", done="Nothing odd was found."))  # fmt: skip


class AuditHandler:
    """A job that finds nothing."""

    def begin(self, job: Job, *, client: Any) -> None:
        return None

    def may_resend(self, job: Job) -> bool:
        return True

    def lanes(self, job: Job) -> int:
        return 1

    def finish(self, job: Job) -> str:
        return "Looked through."


@pytest.fixture
def audit() -> Iterator[JobKind]:
    kinds_register(AUDIT)
    yield AUDIT
    del _kinds[str(AUDIT)]


@pytest.mark.django_db(transaction=True)
def test_another_kind_needs_its_own_place_only(
    audit: JobKind, tenant: Any, sandbox: Any, supervisor_client: Client
) -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())
    job = Job.objects.create(tenant=tenant, kind=audit, state=JobState.QUEUED, target_id="l", target_name="Leads")
    assert (job.target_kind, job.kind_label) == (TargetKind.LIST, "Look through a list")
    assert job_drive(job_id=job.pk, seconds=None, worker="test") == JobState.SUCCEEDED
    page = supervisor_client.get(f"/t/{tenant.slug}/jobs/{job.pk}/").content.decode()
    assert "Nothing odd was found." in page
    assert "Look through a list" in supervisor_client.get(f"/t/{tenant.slug}/jobs/").content.decode()


def test_a_kind_that_no_app_knows_is_called_by_its_text() -> None:
    assert "of_a_later_version" not in {str(kind) for kind in kinds()}
    assert kind_label("of_a_later_version") == "of_a_later_version"
