"""Exports of any source: with its conditions, in one go where it comes in one answer, by page and by command."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.jobs.engine.dispatch import BULK, queue_of
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive, job_pause
from bpadmin.platforms.names import id_of
from bpadmin.platforms.sources import Condition, Source
from bpadmin.records.exports import reader
from bpadmin.records.exports.options import Place
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.exports.services import export_start
from tests.campaigns.exporting import content, finished, table
from tests.fixtures_tenants import browser_of, connect
from tests.lists.records.test_records import text
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

CONTACTS = Source("all", "All contacts", is_whole=True)


@pytest.fixture
def contacts(sandbox) -> int:
    """A jtel campaign with 2,500 contacts."""
    campaign = sandbox.create_jtel_campaign("Winback")
    sandbox.create_jtel_contacts(campaign, count=2_500)
    return campaign


@pytest.fixture
def voice(sandbox) -> str:
    """A voice campaign with 1,200 requests."""
    campaign = sandbox.create_voice_campaign("Recalls")
    sandbox.create_requests(campaign, [{"contact_number": "48500100200", "custom": {"city": "Kraków"}}], count=1_199)
    return campaign


def test_contacts_that_come_in_one_answer_are_exported_once_each(jtel_tenant, contacts, sandbox):
    job = finished(jtel_tenant, ExportOrder(sources=(CONTACTS,)))
    rows = table(job)
    assert sorted(row["ID"] for row in rows) == sorted(str(each["ID"]) for each in sandbox.dump_jtel_contacts())
    assert not any(name.startswith("status.") for name in rows[0])
    assert "Every source was read to its end" in job.message
    assert job.report["file_name"].startswith("All contacts - contacts")
    assert sandbox.stats()["requests"]["jtel.get_contacts"] == 1


def test_a_server_that_gives_fewer_requests_at_once_is_read_until_a_page_is_empty(conpeek_tenant, voice, sandbox):
    sandbox.options(conpeek_page_most=500)
    job = finished(conpeek_tenant, ExportOrder(sources=(Source(voice, "Recalls"),)))
    assert sorted(row["id"] for row in table(job)) == sorted(each["id"] for each in sandbox.dump_requests(voice))
    assert "Every source was read to its end" in job.message
    # Pages of 500, 500 and 200, and one behind them in which nothing is: only that says that this was all.
    assert sandbox.stats()["requests"]["conpeek.read_requests"] == 4


def main_of(page: str) -> str:
    """Return the words of a page without the navigation, which calls the screen “Records” everywhere."""
    inner = re.search(r"<main.*</main>", page, re.S)[0].replace('/">Records</a>', '/"></a>')
    return " ".join(re.sub(r"<[^>]+>", " ", inner).split())


@pytest.mark.parametrize(("platform", "noun"), [("jtel", "contact"), ("conpeek", "request")])
def test_an_export_uses_the_platforms_own_word(platform, noun, contacts, voice, sandbox):
    tenant = connect(sandbox, platform)
    client = browser_of(tenant)
    source = CONTACTS.id if platform == "jtel" else voice
    if platform == "conpeek":
        client.post(reverse("records:add", args=[tenant.slug]), {"voice_campaign_id": voice, "name": "Recalls"})
    url = reverse("records:export", args=[tenant.slug, source])
    order = main_of(client.get(url).content.decode())
    assert f"Which {noun}s" in order
    assert f"fields that turn up only in some {noun}s" in order
    assert ("A row for each request, with all its attempts in one cell" in order) == (platform == "conpeek")
    job_url = client.post(url, {"rows": "record", "format": "csv", "columns": "all"}).headers["Location"]
    queued = main_of(client.get(job_url).content.decode())
    job = Job.objects.get()
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert f" {noun}s. Every source" in job.message
    assert f" - {noun}s, job" in job.report["file_name"]
    assert [f"{noun.capitalize()}s", "all"] in job.options["facts"]
    assert ["Rows", f"one for each {noun}"] in job.options["facts"]
    done = main_of(client.get(job_url).content.decode())
    logged = AuditEntry.objects.get(verb=Verb.RESULTS_EXPORT).told_message
    assert logged == f"Job {job.pk}: all {noun}s as CSV"
    assert [words for words in (order, queued, done, job.message) if "record" in words.lower()] == []


def test_a_source_of_unknown_length_does_not_stand_in_the_way_of_small_work(jtel_tenant, contacts):
    job = export_start(tenant=jtel_tenant, order=ExportOrder(sources=(CONTACTS,)), actor=Actor(name="test"), ring=False)
    job_drive(job_id=job.pk, seconds=0.0, worker="test", may_wait=False)
    job.refresh_from_db()
    assert (job.state, queue_of(job)) == (JobState.QUEUED, BULK)


def test_one_answer_is_one_turn_however_short_the_turns_and_begins_anew_after_a_pause(
    jtel_tenant, contacts, monkeypatch
):
    monkeypatch.setattr(reader, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(reader, "LOOK_SECONDS", 0.0)
    job = export_start(tenant=jtel_tenant, order=ExportOrder(sources=(CONTACTS,)), actor=Actor(name="test"), ring=False)
    job_drive(job_id=job.pk, seconds=0.0, worker="test", may_wait=False)
    take = reader._Part.take

    def take_and_pause(part, at, page):
        take(part, at, page)
        job_pause(job=Job.objects.get(pk=job.pk))

    with monkeypatch.context() as patched:
        patched.setattr(reader._Part, "take", take_and_pause)
        job_drive(job_id=job.pk, seconds=0.1, worker="test", may_wait=False)
    job.refresh_from_db()
    assert (job.state, job.work_done, job.remote["parts"]) == (JobState.PAUSED, 0, [])


def test_an_answer_that_is_cut_is_read_anew(jtel_tenant, contacts, sandbox):
    sandbox.faults([{"kind": "cut_body", "probability": 1.0, "times": 1, "methods": ["jtel.get_contacts"]}])
    job = finished(jtel_tenant, ExportOrder(sources=(CONTACTS,)))
    assert len(table(job)) == 2_500
    assert job.report["result"]["complete"] is True


def test_requests_are_exported_by_their_filter_with_what_is_nested(conpeek_tenant, voice):
    source = Source(voice, "Recalls")
    everything = finished(conpeek_tenant, ExportOrder(sources=(source,)))
    assert len(table(everything)) == 1_200
    chosen = (Condition("custom_fields", "Kraków", key="city"),)
    job = finished(conpeek_tenant, ExportOrder(sources=(source,), conditions=chosen))
    rows = table(job)
    assert [row["contact_number"] for row in rows] == ["48500100200"]
    assert rows[0]["custom.city"] == "Kraków"
    assert job.report["result"]["conditions"] == [chosen[0].as_json()]


def test_a_supervisor_exports_what_the_page_shows(conpeek_tenant, voice):
    client = browser_of(conpeek_tenant)
    client.post(reverse("records:add", args=[conpeek_tenant.slug]), {"voice_campaign_id": voice, "name": "Recalls"})
    url = reverse("records:browse", args=[conpeek_tenant.slug, voice])
    client.post(f"{url}columns/", {"column": ["field:contact_number", "field:state"]})
    query = "?f1=contact_number&v1=48500100200"
    assert f'href="{url}export/{query.replace("&", "&amp;")}"' in client.get(url + query).content.decode()
    assert "Contact number : 48500100200" in text(client.get(f"{url}export/{query}"))
    said = {"rows": "record", "format": "ndjson", "columns": "seen"}
    job_url = client.post(f"{url}export/{query}", said).headers["Location"]
    job = Job.objects.get()
    assert job.options["export"]["columns"] == ["state", "contact_number"]
    assert ["Contact number", "48500100200"] in job.options["facts"]
    job_drive(job_id=job.pk, seconds=None, worker="test")
    assert "every source was read to its end" in text(client.get(job_url))
    job.refresh_from_db()
    lines = [json.loads(line) for line in content(job).splitlines()]
    assert lines[0]["entry"].keys() == {"contact_number", "state"}
    assert len(lines) == 1


def test_the_command_takes_a_name_or_an_id_and_a_filter(conpeek_tenant, voice, tmp_path):
    path = str(tmp_path / "out.csv")
    given = json.dumps([{"property": "contact_number", "value": "48500100200"}])
    code, said = run("records_export", conpeek_tenant.slug, voice, "--filter", given, "-o", path)
    assert (code, said["records"], said["complete"]) == (0, 1, True)
    client = browser_of(conpeek_tenant)
    client.post(reverse("records:add", args=[conpeek_tenant.slug]), {"voice_campaign_id": voice, "name": "Recalls"})
    assert run("records_export", conpeek_tenant.slug, "recalls", "-o", path)[1]["records"] == 1_200


@pytest.mark.parametrize(
    ("source", "given", "words"),
    [
        ("Nowhere!", "", "There is no source “Nowhere!”"),
        ("Recalls", "{", "is no JSON"),
        ("Recalls", '{"name": "state"}', "JSON list"),
        ("Recalls", '[{"name": "mood", "value": "good"}]', "cannot be filtered by “mood”"),
    ],
)
def test_the_command_refuses_in_words(conpeek_tenant, sandbox, source, given, words):
    campaign = sandbox.create_voice_campaign("Recalls")
    client = browser_of(conpeek_tenant)
    client.post(reverse("records:add", args=[conpeek_tenant.slug]), {"voice_campaign_id": campaign, "name": "Recalls"})
    code, said = run("records_export", conpeek_tenant.slug, source, "--filter", given)
    assert code == 1
    assert words in said["error"]


def test_orders_from_before_there_were_sources_are_still_read():
    old = {
        "campaigns": [["C", "Renewals"]],
        "instances": ["I"],
        "list_name": "Spring",
        "kind": "completed",
        "start": "2026-01-01T00:00:00+00:00",
        "end": "",
        "attempts": True,
        "per_attempt": False,
        "columns": ["id"],
        "format": "csv",
    }
    order = ExportOrder.from_json(old)
    assert order.conditions == (Condition("kind", "completed"), Condition("startTime", "2026-01-01T00:00:00+00:00"))
    assert (order.kind, order.name, order.instances) == ("completed", "Spring in Renewals", ("I",))
    assert ExportOrder.from_json(order.as_json()) == order
    assert Place.from_json({"campaign_id": "C", "instance_id": "I"}).source_id == id_of("C", "I")
