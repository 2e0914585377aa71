"""Exports ordered and fetched on pages and from the shell, and how long their files stay."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import job_drive
from bpadmin.records.exports.services import exports_expire
from bpadmin.records.kinds import RESULTS_EXPORT
from tests.campaigns.exporting import (
    finished,
)
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_supervisor_orders_fetches_and_is_logged(tenant, small, supervisor_client):
    url = reverse("campaigns:export", args=[tenant.slug, small.campaign])
    campaign_page = supervisor_client.get(reverse("campaigns:detail", args=[tenant.slug, small.campaign]))
    assert url in campaign_page.content.decode()
    assert "Spring" in supervisor_client.get(url).content.decode()
    said = {"kind": "all", "rows": "record", "format": "csv"}
    refused = supervisor_client.post(url, {**said, "start": "2026-01-01T00:00"}).content.decode()
    assert "never called has none" in refused
    assert supervisor_client.post(url, said).status_code == 302
    job = Job.objects.get(kind=RESULTS_EXPORT)
    file_url = reverse("records:export_file", args=[tenant.slug, job.pk])
    assert supervisor_client.get(file_url).status_code == 409
    job_drive(job_id=job.pk, seconds=None, worker="test")
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert file_url in page
    assert "The export is ready: " in page
    assert "every list was read to its end" in page
    answer = supervisor_client.get(file_url)
    assert "Renewals - all results" in answer["Content-Disposition"]
    assert len(b"".join(answer.streaming_content).splitlines()) == small.count + 1
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert [verb for verb in verbs if verb.startswith("results")] == ["results.export", "results.download"]
    summary = supervisor_client.get(reverse("records:export_summary", args=[tenant.slug, job.pk]))
    assert summary.json()["records"] == small.count


def test_several_campaigns_are_chosen_on_a_page(tenant, small, supervisor_client):
    url = reverse("campaigns:export_several", args=[tenant.slug])
    assert "Renewals" in supervisor_client.get(url).content.decode()
    said = {"kind": "updated", "rows": "attempt", "format": "ndjson", "entry_columns": ["entry.*"]}
    assert "at least one campaign" in supervisor_client.post(url, said).content.decode()
    supervisor_client.post(url, {**said, "campaigns": [small.campaign]})
    job = Job.objects.get(kind=RESULTS_EXPORT)
    assert job.options["export"]["columns"] == ["entry.*", "attempt.*"]


def test_a_viewer_neither_orders_nor_fetches(tenant, small, viewer_client):
    job = finished(tenant, small.order())
    for name, args in (
        ("campaigns:export", [small.campaign]),
        ("campaigns:export_several", []),
        ("records:export_file", [job.pk]),
        ("records:export_summary", [job.pk]),
    ):
        assert viewer_client.get(reverse(name, args=[tenant.slug, *args])).status_code == 403


def test_a_file_goes_when_its_days_are_over_and_its_summary_stays(tenant, small, supervisor_client, settings):
    job = finished(tenant, small.order())
    path = job.report["result_path"]
    assert exports_expire() == 0
    assert default_storage.exists(path)
    Job.objects.filter(pk=job.pk).update(
        finished_at=timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS, hours=1)
    )
    assert exports_expire() == 1
    assert not default_storage.exists(path)
    answer = supervisor_client.get(reverse("records:export_file", args=[tenant.slug, job.pk]))
    assert answer.status_code == 410
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert "no longer kept" in page
    job.delete()
    (Path(settings.MEDIA_ROOT) / "exports" / "987").mkdir(parents=True)
    assert exports_expire() == 1


def test_the_command_writes_the_file_and_its_summary_beside(tenant, small, tmp_path):
    path = tmp_path / "out.ndjson"
    code, said = run("results_export", tenant.slug, "Renewals", "--list", "spring", "--attempts", "-o", str(path))
    assert (code, said["records"], said["complete"]) == (0, small.count, True)
    assert len(path.read_bytes().splitlines()) == small.count
    assert json.loads((tmp_path / "out.ndjson.summary.json").read_text())["rows"] == small.count
    assert run("results_export", tenant.slug, "Renewals", "--from", "2026-01-01")[0] == 1
    assert run("results_export", tenant.slug, "Renewals", "--list", "nope")[0] == 1
    assert run("results_export", tenant.slug, "Renewals", "-o", str(tmp_path / "no" / "x.csv"))[0] == 1
