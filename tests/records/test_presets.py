"""Exports that are kept under a name: yesterday, my columns, my zone; used on the page and in the shell."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job
from bpadmin.records.exports.options import export_order
from bpadmin.records.exports.presets import Period
from bpadmin.records.models import ExportPreset
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("period", "zone", "start", "end"),
    [
        # The night in which clocks are put forward is an hour shorter.
        ("yesterday", "Europe/Berlin", "2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"),
        ("yesterday", "UTC", "2026-03-29T00:00:00+00:00", "2026-03-30T00:00:00+00:00"),
        ("today", "America/New_York", "2026-03-30T04:00:00+00:00", None),
        ("last-7-days", "UTC", "2026-03-23T00:00:00+00:00", "2026-03-30T00:00:00+00:00"),
        ("last-month", "UTC", "2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"),
    ],
)
def test_a_period_is_meant_anew_each_time_on_the_clock_of_the_export(period, zone, start, end):
    found = Period(period).window(zone, datetime(2026, 3, 30, 9, 30, tzinfo=UTC))
    assert [moment and moment.astimezone(UTC).isoformat() for moment in found] == [start, end]


def test_an_export_is_kept_on_the_page_and_used_there_and_in_the_shell(tenant, sandbox, supervisor_client, tmp_path):
    sandbox.seed("small")
    campaign = sandbox.state()["campaigns"][0]
    url = f"/t/acme/campaigns/{campaign['id']}/export/"
    said = {"kind": "completed", "rows": "record", "format": "csv", "time_zone": "UTC", "period": "yesterday"}
    said |= {"status_columns": ["status.completedTime"], "preset_name": "Daily"}
    answer = supervisor_client.post(url, said)
    assert answer.status_code == 302, answer.content.decode()
    first = export_order(Job.objects.get())
    assert (first.kind, bool(first.said("start_time")), bool(first.said("end_time"))) != ("all", False, False)
    assert ExportPreset.objects.get().content["period"] == "yesterday"
    assert AuditEntry.objects.filter(message="Export preset “Daily” kept.").exists()

    page = supervisor_client.get(f"{url}?preset={ExportPreset.objects.get().pk}")
    form = page.context["form"]
    assert [form[name].value() for name in ("kind", "period", "time_zone")] == ["completed", "yesterday", "UTC"]
    assert form["status_columns"].value() == ["status.completedTime"]
    both = supervisor_client.post(
        url, {**said, "start_0": "2026-01-01", "start_1": "00:00", "start": "2026-01-01T00:00"}
    )
    assert "Say either which days" in both.content.decode()

    path = tmp_path / "daily.csv"
    code, told = run("results_export", "acme", campaign["name"], "--preset", "daily", "-o", str(path))
    assert (code, told["state"]) == (0, "succeeded"), told
    assert export_order(Job.objects.latest("pk")).columns == first.columns
    assert Path(path).read_text(encoding="utf-8-sig").splitlines()[0] == "status.completedTime"
    code, told = run("results_export", "acme", campaign["name"], "--preset", "Weekly", "-o", str(path))
    assert (code, "There is no export preset “Weekly” (there are “Daily”)." in told["error"]) == (1, True)
    again = ("--preset", "Daily", "--zone", "Europe/Berlin", "--keep-preset", "Berlin", "-o", str(path))
    assert run("results_export", "acme", campaign["name"], *again)[0] == 0
    assert ExportPreset.objects.get(name="Berlin").content["time_zone"] == "Europe/Berlin"
    supervisor_client.post(f"/t/acme/export-presets/{ExportPreset.objects.get(name='Daily').pk}/delete/")
    assert [each.name for each in ExportPreset.objects.all()] == ["Berlin"]
