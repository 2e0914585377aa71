"""Exporting results: every kind, whatever fails, each record exactly once."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_cancel, job_drive, job_pause, job_resume
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.types import RecordKind
from bpadmin.records.exports import reader, writer
from bpadmin.records.exports.columns import lines_of
from bpadmin.records.exports.order import ExportFormat, ExportOrder, ExportRefused
from bpadmin.records.exports.services import exports_expire
from bpadmin.records.exports.walks import Walks
from bpadmin.tabular.formula import unguard
from bpadmin.tenants.services import tenant_client
from tests.campaigns.exporting import (
    FIELDS,
    World,
    content,
    finished,
    records,
    started,
    table,
    turn,
)
from tests.chaos.stack import Stack
from tests.platforms.scripted_server import Say, ScriptedServer
from tests.telling import telling

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_record_is_exported_once_with_its_results(tenant, world):
    job = finished(tenant, world.order())
    rows = table(job)
    assert sorted(row["id"] for row in rows) == sorted(f"r{n}" for n in range(world.count))
    assert {unguard(row["note"]) for row in rows} == {"plain", "=1+1", "'quoted"}
    assert not any(row["note"].startswith("=") for row in rows)
    tried = [row for row in rows if row["status.totalAttempts"] != "0"]
    assert tried
    assert all(row["status.lastDate"] for row in tried)
    assert "status.custom_mood" in rows[0]
    assert job.report["result"]["complete"] is True
    assert f"{world.count:,} rows" in job.message
    assert "read to its end" in job.message
    assert job.work_done == job.work_total == world.count


def test_a_list_whose_pages_end_early_is_not_told_as_whole(tenant, world, monkeypatch):
    honest = BrightPatternClient.get_all_records

    def cut_short(self, *arguments, **named):
        page = honest(self, *arguments, **named)
        return replace(page, items=page.items[:2])

    monkeypatch.setattr(BrightPatternClient, "get_all_records", cut_short)
    job = finished(tenant, world.order())
    assert job.report["result"]["records"] < world.count
    assert "gave 2 of the " in job.message
    assert "compare it with the dialler" in job.message


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


def test_times_are_those_of_the_chosen_zone_with_their_offset_and_real_dates_in_a_sheet(tenant, small):
    utc = {
        row["id"]: row["status.lastDate"] for row in table(finished(tenant, small.order())) if row["status.lastDate"]
    }
    assert utc
    assert all(text.endswith("Z") for text in utc.values())
    there = replace(small.order(), time_zone="Asia/Kathmandu")
    local = {row["id"]: row["status.lastDate"] for row in table(finished(tenant, there))}
    for id_, text in utc.items():
        assert local[id_].endswith("+05:45")
        assert datetime.fromisoformat(local[id_]) == datetime.fromisoformat(text)
    job = finished(tenant, replace(there, format=ExportFormat.XLSX))
    book = openpyxl.load_workbook(io.BytesIO(content(job)))
    header, *rows = book["Results"].iter_rows(values_only=True)
    at, key = header.index("status.lastDate"), header.index("id")
    for row in rows:
        if row[key] in utc:
            shown = datetime.fromisoformat(local[row[key]]).replace(tzinfo=None)
            assert abs((row[at] - shown).total_seconds()) < 1
    assert ("time_zone", "Asia/Kathmandu") in list(book["Summary"].iter_rows(values_only=True))
    with pytest.raises(ExportRefused, match="no time zone"):
        replace(there, time_zone="Mars/Olympus").checked()


def test_all_records_have_no_time_window(small):
    with pytest.raises(ExportRefused, match="never called has none"):
        small.order(start=datetime(2026, 1, 1, tzinfo=UTC)).checked()


def test_attempts_stand_in_one_cell_or_on_rows_of_their_own(tenant, small):
    for _ in range(3):
        small.sandbox.advance(40_000)
        finished(tenant, small.order())  # the sandbox makes its calls when somebody asks
    small.stop(tenant)
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


def test_an_ndjson_file_holds_records_only(tenant, small):
    job = finished(tenant, small.order(format=ExportFormat.NDJSON, attempts=True))
    objects = [json.loads(line) for line in content(job).splitlines()]
    assert len(objects) == small.count == job.report["result"]["records"]
    assert job.report["result"]["complete"] is True
    assert objects[0].keys() == {"entry", "status", "attempts"}
    assert objects[0]["entry"]["id"] == "r0"


def test_a_workbook_goes_on_in_another_sheet_and_sums_itself_up(tenant, small, monkeypatch):
    monkeypatch.setattr(writer, "SHEET_ROWS", 41)
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


@pytest.mark.parametrize("kind", telling([*FAULTS, "revoke_token", "hang"], "cut_body", "revoke_token"))
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
        "import django; django.setup(); from bpadmin.records.exports import reader; reader.PART_SECONDS = 0.3; "
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


def lists_of_their_own_fields(world: World, count: int = 1200) -> None:
    """Bind three more lists, each with a field that no other has."""
    for number, name in enumerate(("Summer", "Autumn", "Winter")):
        fields = [*FIELDS, {"name": f"only {name}", "type": "OTHER"}]
        each = [row | {f"only {name}": f'{n},"{n}"\nx'} for n, row in enumerate(records(count, f"{number}-"))]
        world.sandbox.create_list(name, fields, bind=[world.campaign], records=each)


def test_lists_are_read_at_the_same_time_and_follow_each_other_in_the_file(tenant, world):
    lists_of_their_own_fields(world)
    world.stop(tenant)
    job = finished(tenant, world.order())
    tenant.lanes = 1
    tenant.save()
    one_by_one = finished(tenant, world.order())
    assert content(job) == content(one_by_one)
    rows = table(job)
    assert list(dict.fromkeys(row["place.list"] for row in rows)) == ["Spring", "Summer", "Autumn", "Winter"]
    assert [row["id"] for row in rows] == [
        *(f"r{n}" for n in range(world.count)),
        *(f"{number}-{n}" for number in range(3) for n in range(1200)),
    ]
    assert [row["only Autumn"] for row in rows if row["place.list"] == "Autumn"][7] == '7,"7"\nx'
    assert {row["only Autumn"] for row in rows if row["place.list"] != "Autumn"} == {""}
    assert [place["records"] for place in job.report["result"]["places"]] == [world.count, 1200, 1200, 1200]


@pytest.mark.parametrize("lanes", [1, 3])
def test_no_more_lists_are_read_at_a_time_than_the_tenant_has_lanes(tenant, small, monkeypatch, lanes):
    lists_of_their_own_fields(small, 5)
    tenant.lanes = lanes
    tenant.save()
    at_a_time = []
    begin = Walks.begin

    def noted(walks, at):
        begin(walks, at)
        at_a_time.append(len(walks))

    monkeypatch.setattr(Walks, "begin", noted)
    assert len(table(finished(tenant, small.order()))) == small.count + 15
    assert (len(at_a_time), max(at_a_time)) == (4, lanes)


def test_no_page_is_asked_for_twice_or_in_vain(tenant, world):
    lists_of_their_own_fields(world, 1001)
    before = world.sandbox.stats()["requests"].get("get_all_records", 0)
    finished(tenant, world.order())
    assert world.sandbox.stats()["requests"]["get_all_records"] - before == 3 + 3 * 2


def test_several_lists_are_each_there_once_whatever_fails(tenant, world, monkeypatch):
    lists_of_their_own_fields(world, 4500)
    monkeypatch.setattr(reader, "PART_SECONDS", 0.0)
    world.sandbox.faults([{"kind": "http_500", "probability": 0.3, "times": 12, "methods": ["get_all_records"]}])
    rows = table(finished(tenant, world.order()))
    assert sorted(row["id"] for row in rows) == sorted(
        [*(f"r{n}" for n in range(world.count)), *(f"{number}-{n}" for number in range(3) for n in range(4500))]
    )


def test_an_export_goes_on_that_was_begun_before_lists_were_read_at_the_same_time(tenant, world, one_page_a_turn):
    world.stop(tenant)
    wanted = content(finished(tenant, world.order()))
    job = turn(started(tenant, world.order()))
    remote = Job.objects.get(pk=job.pk).remote
    # As it was kept then: the page as lines of JSON, one cursor for all, names without the places that have them.
    with tenant_client(tenant) as client:
        place = remote["places"][0]
        page = next(client.walk_source(place["source_id"], limit=1000))
    old = default_storage.save(f"exports/{job.pk}/old.part", ContentFile(lines_of(0, page.items)))
    remote |= {"parts": [old], "cursor": place.pop("cursor"), "watch": place.pop("watch")}
    remote["gathered"] |= {
        name: [each[0] for each in remote["gathered"][name]] for name in ("entry", "status", "attempt")
    }
    Job.objects.filter(pk=job.pk).update(remote=remote)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert content(job) == wanted


def test_a_part_that_was_cut_short_is_noticed(tenant, world, one_page_a_turn):
    job = turn(started(tenant, world.order()))
    ((name, *_),) = Job.objects.get(pk=job.pk).remote["parts"]
    with default_storage.open(name, "rb") as file:
        whole = file.read()
    default_storage.delete(name)
    assert default_storage.save(name, ContentFile(whole[: whole.rindex(b"\r\n", 0, -2) + 2])) == name
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "not kept as it was written" in job.message
