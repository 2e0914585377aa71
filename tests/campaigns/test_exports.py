"""Exporting results, through handler, pages and command, against the sandbox."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from bpadmin.acts import Actor
from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job, JobKind, JobState
from bpadmin.jobs.services import job_cancel, job_drive, job_pause, job_resume
from bpadmin.platforms.types import RecordKind
from bpadmin.tabular.formula import unguard
from campaigns import export_writing, exports
from campaigns.export_order import ExportFormat, ExportOrder, ExportRefused
from campaigns.export_orders import export_start, exports_expire
from tests.chaos.stack import Stack
from tests.platforms.scripted_server import Say, ScriptedServer

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "id", "type": "OTHER", "key": True, "required": True},
    {"name": "phone", "type": "PHONE"},
    {"name": "note", "type": "OTHER"},
]


def records(count: int, prefix: str = "r") -> list[dict[str, str]]:
    """Give records with ids r0…; every third note would be a formula in a spreadsheet."""
    notes = ("plain", "=1+1", "'quoted")
    return [{"id": f"{prefix}{n}", "phone": str(7000000 + n), "note": notes[n % 3]} for n in range(count)]


class World:
    """A campaign that was called for a while, with two lists of which the second was never reached."""

    def __init__(self, sandbox, count: int = 2500) -> None:
        self.sandbox = sandbox
        self.campaign = sandbox.create_campaign("Renewals", running=True, rate=2.0, custom_fields=["mood"])
        self.list = sandbox.create_list("Spring", FIELDS, bind=[self.campaign], records=records(count))
        sandbox.advance(200)
        self.count = count

    def order(self, **options) -> ExportOrder:
        """Give an order of the campaign."""
        return ExportOrder(campaigns=((self.campaign, "Renewals"),), **options)


@pytest.fixture
def world(sandbox):
    """The campaign with its list of 2,500 records."""
    return World(sandbox)


@pytest.fixture
def small(sandbox):
    """The same with 60 records."""
    return World(sandbox, 60)


@pytest.fixture
def one_page_a_turn(monkeypatch):
    """Let a turn of the engine read one page only."""
    monkeypatch.setattr(exports, "TURN_SECONDS", 0.0)


def started(tenant, order: ExportOrder) -> Job:
    """Order an export."""
    return export_start(tenant=tenant, order=order, actor=Actor(name="test"), ring=False)


def finished(tenant, order: ExportOrder) -> Job:
    """Order an export and drive it to its end."""
    job = started(tenant, order)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    return job


def turn(job: Job) -> Job:
    """Drive a job for one turn."""
    job_drive(job_id=job.pk, seconds=0.1, worker="test", may_wait=False)
    job.refresh_from_db()
    return job


def content(job: Job) -> bytes:
    """Give the finished file."""
    assert job.state in (JobState.SUCCEEDED, JobState.PARTIAL), job.message
    with default_storage.open(job.report["result_path"], "rb") as file:
        return file.read()


def table(job: Job) -> list[dict[str, str]]:
    """Give the rows of a CSV file."""
    raw = content(job)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_every_record_is_exported_once_with_its_results(tenant, world):
    job = finished(tenant, world.order())
    rows = table(job)
    assert sorted(row["id"] for row in rows) == sorted(f"r{n}" for n in range(world.count))
    assert {unguard(row["note"]) for row in rows} == {"plain", "=1+1", "'quoted"}
    assert not any(row["note"].startswith(("=", "'q")) for row in rows)
    tried = [row for row in rows if row["status.totalAttempts"] != "0"]
    assert tried
    assert all(row["status.lastDate"] for row in tried)
    assert "status.custom_mood" in rows[0]
    assert job.report["result"]["complete"] is True
    assert f"{world.count:,} rows" in job.message
    assert "read to its end" in job.message
    assert job.work_done == job.work_total == world.count


def test_completed_and_tried_records_are_told_apart(tenant, small):
    everything = table(finished(tenant, small.order()))
    completed = table(finished(tenant, small.order(kind=RecordKind.COMPLETED)))
    tried = table(finished(tenant, small.order(kind=RecordKind.UPDATED)))
    assert {row["id"] for row in completed} == {row["id"] for row in everything if row["status.completed"] == "true"}
    assert {row["id"] for row in tried} == {row["id"] for row in everything if row["status.lastDate"]}
    assert completed


def test_a_time_window_holds_what_happened_in_it(tenant, small):
    job = finished(tenant, small.order(kind=RecordKind.COMPLETED))
    times = sorted(datetime.fromisoformat(row["status.completedTime"]) for row in table(job))
    result = job.report["result"]
    assert datetime.fromisoformat(result["first_time"]) == times[0]
    assert datetime.fromisoformat(result["last_time"]) == times[-1]
    start, end = times[1], times[-1]
    narrowed = table(finished(tenant, small.order(kind=RecordKind.COMPLETED, start=start, end=end)))
    assert len(narrowed) == sum(start <= moment < end for moment in times)


def test_all_records_have_no_time_window(small):
    with pytest.raises(ExportRefused, match="never called has none"):
        small.order(start=datetime(2026, 1, 1, tzinfo=UTC)).checked()


def test_attempts_stand_in_one_cell_or_on_rows_of_their_own(tenant, small):
    for _ in range(3):
        small.sandbox.advance(40_000)
        finished(tenant, small.order())  # the sandbox makes its calls when somebody asks
    kept = {row["id"]: json.loads(row["attempts"]) for row in table(finished(tenant, small.order(attempts=True)))}
    job = finished(tenant, small.order(per_attempt=True))
    rows = table(job)
    assert len(rows) == job.report["result"]["rows"] == sum(max(1, len(attempts)) for attempts in kept.values())
    assert job.report["result"]["records"] == len(kept) == small.count
    assert max(len(attempts) for attempts in kept.values()) > 1
    for record, attempts in kept.items():
        dates = [row["attempt.date"] for row in rows if row["id"] == record]
        assert dates == ([attempt["date"] for attempt in attempts] or [""])
    assert "attempt.custom_mood" in rows[0]


def test_chosen_columns_come_in_the_order_chosen(tenant, small):
    chosen = ("status.lastDate", "id", "nowhere", "place.list")
    rows = table(finished(tenant, small.order(columns=chosen)))
    assert tuple(rows[0]) == chosen
    assert rows[0]["place.list"] == "Spring"
    assert rows[0]["nowhere"] == ""
    rows = table(finished(tenant, small.order(columns=("entry.*", "status.completed"))))
    assert tuple(rows[0]) == ("id", "phone", "note", "status.completed")


def test_a_field_that_only_a_later_list_has_is_not_lost(tenant, small):
    fields = [*FIELDS, {"name": "late", "type": "OTHER"}]
    small.sandbox.create_list(
        "Late", fields, bind=[small.campaign], records=[{"id": "x", "phone": "1", "late": "here", "note": ""}]
    )
    rows = table(finished(tenant, small.order()))
    assert {row["place.list"] for row in rows} == {"Spring", "Late"}
    assert [row["late"] for row in rows if row["id"] == "x"] == ["here"]
    assert len(rows) == small.count + 1


def test_several_campaigns_go_into_one_file(tenant, small):
    other = small.sandbox.create_campaign("Winback")
    small.sandbox.create_list("Autumn", FIELDS, bind=[other], records=records(7, "o"))
    order = ExportOrder(campaigns=((small.campaign, "Renewals"), (other, "Winback")))
    job = finished(tenant, order)
    rows = table(job)
    assert sum(row["place.campaign"] == "Winback" for row in rows) == 7
    assert len(rows) == small.count + 7
    assert [place["records"] for place in job.report["result"]["places"]] == [small.count, 7]


def test_an_ndjson_file_ends_with_its_own_summary(tenant, small):
    lines = content(finished(tenant, small.order(format=ExportFormat.NDJSON, attempts=True))).splitlines()
    objects = [json.loads(line) for line in lines]
    assert len(objects) == small.count + 1
    assert objects[-1]["summary"]["records"] == small.count
    assert objects[-1]["summary"]["complete"] is True
    assert objects[0].keys() == {"entry", "status", "attempts"}
    assert objects[0]["entry"]["id"] == "r0"


def test_a_workbook_goes_on_in_another_sheet_and_sums_itself_up(tenant, small, monkeypatch):
    monkeypatch.setattr(export_writing, "SHEET_ROWS", 41)
    job = finished(tenant, small.order(format=ExportFormat.XLSX))
    book = openpyxl.load_workbook(io.BytesIO(content(job)))
    assert book.sheetnames == ["Results", "Results 2", "Summary"]
    first, second = (list(book[name].iter_rows(values_only=True)) for name in book.sheetnames[:2])
    assert (len(first), len(second)) == (41, 21)
    assert first[0] == second[0]
    at = first[0].index("id")
    assert [row[at] for row in first[1:] + second[1:]] == [f"r{n}" for n in range(60)]
    assert {row[first[0].index("note")] for row in first[1:]} == {"plain", "=1+1", "'quoted"}
    assert ("records", "60") in list(book["Summary"].iter_rows(values_only=True))


FAULTS = ["http_500", "http_502", "http_503", "rate_limit", "cut_before", "cut_after", "cut_body", "html", "slow"]


@pytest.mark.parametrize("kind", [*FAULTS, "revoke_token", "hang"])
def test_each_record_is_there_once_whatever_fails(tenant, sandbox, one_page_a_turn, kind):
    world = World(sandbox, 8_500)
    seconds = {"rate_limit": 0.1, "slow": 0.1, "hang": 0.5}
    fault = {"kind": kind, "probability": 0.1, "times": 12, "methods": ["get_all_records"]}
    # One at the very least, so that the test is one; then one request out of ten.
    sandbox.faults(
        [
            {**fault, "probability": 1.0, "times": 1, "after": 3, "seconds": seconds.get(kind, 0.1)},
            {**fault, "seconds": seconds.get(kind, 0.1)},
        ]
    )
    job = finished(tenant, world.order())
    assert sorted(row["id"] for row in table(job)) == sorted(f"r{n}" for n in range(world.count))
    assert job.report["result"]["complete"] is True


def test_what_was_read_and_not_stored_is_read_again(tenant, world, one_page_a_turn):
    job = turn(started(tenant, world.order()))
    assert (job.state, job.work_done) == (JobState.QUEUED, 1000)
    before = Job.objects.filter(pk=job.pk).values("remote", "work_done", "work_total").get()
    turn(job)
    # As if the process had died between keeping the second part and storing that it is kept.
    Job.objects.filter(pk=job.pk).update(**before)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert [row["id"] for row in table(job)] == [f"r{n}" for n in range(world.count)]


def test_a_killed_process_loses_nothing_and_repeats_nothing(tenant, sandbox):
    world = World(sandbox, 12_000)
    job = started(tenant, world.order())
    stack = Stack()
    sandbox.latency(0.1)
    script = (
        "import django; django.setup(); from campaigns import exports; exports.PART_SECONDS = 0.3; "
        f"from bpadmin.jobs.services import job_drive; job_drive(job_id={job.pk}, seconds=None, worker='doomed')"
    )
    process = subprocess.Popen([sys.executable, "-c", script], env=stack.environment(), cwd=Path(__file__).parents[2])
    until = time.monotonic() + 60
    while not (done := Job.objects.values_list("work_done", flat=True).get(pk=job.pk)) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < done < world.count
    sandbox.latency(0)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert [row["id"] for row in table(job)] == [f"r{n}" for n in range(world.count)]


def test_an_export_pauses_goes_on_and_is_cancelled(tenant, world, one_page_a_turn):
    job = turn(started(tenant, world.order()))
    job_pause(job=job)
    assert turn(job).state == JobState.PAUSED
    job_resume(job=job)
    assert turn(job).work_done == 2000
    job_cancel(job=job)
    assert turn(job).state == JobState.CANCELLED
    assert "there is no file" in job.message
    exports_expire()
    assert not default_storage.exists(f"exports/{job.pk}")


def test_an_export_makes_no_other_job_wait(tenant, world, one_page_a_turn):
    first, second = turn(started(tenant, world.order())), turn(started(tenant, world.order()))
    assert (first.work_done, second.work_done) == (1000, 1000)


def test_a_list_that_was_unbound_meanwhile_is_named_and_the_rest_exported(tenant, small, one_page_a_turn):
    from bpadmin.tenants.services import tenant_client

    small.sandbox.create_list("Gone", FIELDS, bind=[small.campaign], records=records(5, "g"))
    job = started(tenant, small.order())
    turn(job)
    with tenant_client(tenant) as client:
        binding = next(each for each in client.get_campaign(small.campaign).lists if each.list_name == "Gone")
        client.unbind_list(small.campaign, instance_id=binding.instance_id)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.PARTIAL
    assert "NOT COMPLETE: 1 of 2 lists" in job.message
    assert len(table(job)) == small.count
    assert [place["complete"] for place in job.report["result"]["places"]] == [True, False]


def test_a_campaign_without_lists_is_refused_in_words(tenant, sandbox):
    campaign = sandbox.create_campaign("Empty")
    job = finished(tenant, ExportOrder(campaigns=((campaign, "Empty"),)))
    assert job.state == JobState.FAILED
    assert "no calling list is bound" in job.message


def test_a_supervisor_orders_fetches_and_is_logged(tenant, small, supervisor_client):
    url = reverse("campaigns:export", args=[tenant.slug, small.campaign])
    campaign_page = supervisor_client.get(reverse("campaigns:detail", args=[tenant.slug, small.campaign]))
    assert url in campaign_page.content.decode()
    assert "Spring" in supervisor_client.get(url).content.decode()
    said = {"kind": "all", "rows": "record", "format": "csv"}
    refused = supervisor_client.post(url, {**said, "start": "2026-01-01T00:00"}).content.decode()
    assert "never called has none" in refused
    assert supervisor_client.post(url, said).status_code == 302
    job = Job.objects.get(kind=JobKind.RESULTS_EXPORT)
    file_url = reverse("campaigns:export_file", args=[tenant.slug, job.pk])
    assert supervisor_client.get(file_url).status_code == 404
    job_drive(job_id=job.pk, seconds=None, worker="test")
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert file_url in page
    assert "The export is ready." in page
    assert "every list was read to its end" in page
    answer = supervisor_client.get(file_url)
    assert "Renewals - all results" in answer["Content-Disposition"]
    assert len(b"".join(answer.streaming_content).splitlines()) == small.count + 1
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert [verb for verb in verbs if verb.startswith("results")] == ["results.export", "results.download"]
    summary = supervisor_client.get(reverse("campaigns:export_summary", args=[tenant.slug, job.pk]))
    assert summary.json()["records"] == small.count


def test_several_campaigns_are_chosen_on_a_page(tenant, small, supervisor_client):
    url = reverse("campaigns:export_several", args=[tenant.slug])
    assert "Renewals" in supervisor_client.get(url).content.decode()
    said = {"kind": "updated", "rows": "attempt", "format": "ndjson", "entry_columns": ["entry.*"]}
    assert "at least one campaign" in supervisor_client.post(url, said).content.decode()
    supervisor_client.post(url, {**said, "campaigns": [small.campaign]})
    job = Job.objects.get(kind=JobKind.RESULTS_EXPORT)
    assert job.options["export"]["columns"] == ["entry.*", "attempt.*"]


def test_a_viewer_neither_orders_nor_fetches(tenant, small, viewer_client):
    job = finished(tenant, small.order())
    for name, args in (
        ("export", [small.campaign]),
        ("export_several", []),
        ("export_file", [job.pk]),
        ("export_summary", [job.pk]),
    ):
        assert viewer_client.get(reverse(f"campaigns:{name}", args=[tenant.slug, *args])).status_code == 403


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
    answer = supervisor_client.get(reverse("campaigns:export_file", args=[tenant.slug, job.pk]))
    assert answer.status_code == 404
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert "no longer kept" in page
    job.delete()
    (Path(settings.MEDIA_ROOT) / "exports" / "987").mkdir(parents=True)
    assert exports_expire() == 1


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    """Run a command with --json and give exit code and last line."""
    out, code = io.StringIO(), 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, json.loads(out.getvalue().splitlines()[-1])


def test_the_command_writes_the_file_and_its_summary_beside(tenant, small, tmp_path):
    path = tmp_path / "out.ndjson"
    code, said = run("results_export", tenant.slug, "Renewals", "--list", "spring", "--attempts", "-o", str(path))
    assert (code, said["records"], said["complete"]) == (0, small.count, True)
    assert len(path.read_bytes().splitlines()) == small.count + 1
    assert json.loads((tmp_path / "out.ndjson.summary.json").read_text())["rows"] == small.count
    assert run("results_export", tenant.slug, "Renewals", "--from", "2026-01-01")[0] == 1
    assert run("results_export", tenant.slug, "Renewals", "--list", "nope")[0] == 1
    assert run("results_export", tenant.slug, "Renewals", "-o", str(tmp_path / "no" / "x.csv"))[0] == 1


def test_a_circle_of_cursors_over_many_turns_ends_in_words(db, one_page_a_turn):
    from bpadmin.tenants.services import tenant_create

    binding = {"id": "L", "name": "Spring", "instanceId": "I", "instanceName": "", "totalRecords": 5000}
    binding |= {"enabled": True, "order": 1, "dialingRatio": 1, "sortingOrder": {"type": "natural"}}
    campaign = {"name": "Renewals", "enabled": True, "state": "RUNNING", "lists": [binding], "dncLists": []}
    page = [{"entry": {"id": n}, "status": {"completed": False}} for n in range(1000)]
    circle = [Say({"next_cursor": cursor, "records": page}) for cursor in ("a", "b", "c", "d", "e")] * 4
    with ScriptedServer(Say(campaign), *circle) as server:
        credentials = {"client_id": "reader", "client_secret": "secret"}
        tenant = tenant_create(
            slug="circle", name="Circle", platform="brightpattern", base_url=server.url, credentials=credentials
        )
        job = finished(tenant, ExportOrder(campaigns=(("C", "Renewals"),)))
    assert job.state == JobState.FAILED
    assert "leads in a circle" in job.message
    assert "result_path" not in job.report
