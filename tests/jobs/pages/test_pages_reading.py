"""A question whose list can be read back: what page and command offer, to whom, and what they say of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase, JobState
from tests.jobs.uploading import KEYLESS, accounted, counts, driven, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": field.name, "type": str(field.type)} for field in KEYLESS]


@pytest.fixture
def make_asking(tenant: Any, sandbox: Any) -> Any:
    """Make a job of 30 rows of which two requests were lost, the first after it was applied and the second before."""

    def make(*, is_bound: bool = True, ghosts: int = 0) -> Job:
        bind = [sandbox.create_campaign("Winter")] if is_bound else []
        rows = people(30)
        for row in rows[:ghosts]:
            row["name"] = "ghost"
        sandbox.options(vanishing_value="ghost")
        list_id = sandbox.create_list("Autumn", FIELDS, bind=bind)
        sandbox.faults([{"methods": ["add_many_records"], "kind": "cut_after", "times": 1}])
        sandbox.faults([{"methods": ["add_many_records"], "kind": "cut_before", "times": 1}])
        job = queued_upload(tenant, list_id, rows, fields=KEYLESS)
        Job.objects.filter(pk=job.pk).update(remote={"foreign": True})
        job = driven(job)
        assert counts(job) == {"added": 10, "uncertain": 20}
        return job

    return make


def url(job: Job, rest: str = "") -> str:
    return f"/t/acme/jobs/{job.pk}/{rest}"


def shown(client: Client, job: Job, rest: str = "") -> str:
    return " ".join(client.get(url(job, rest)).content.decode().split())


def test_a_question_offers_to_read_the_list_back_through_its_campaign(
    supervisor_client: Client, make_asking: Any
) -> None:
    page = shown(supervisor_client, make_asking())
    assert "Let bpadmin look for the 20 rows" in page
    assert "all 20 records of Autumn back through campaign Winter" in page
    assert page.count("Read the list back</button>") == 1
    assert page.count("They are in the list</button>") == 2


def test_a_list_that_no_campaign_has_is_not_offered(supervisor_client: Client, make_asking: Any) -> None:
    page = shown(supervisor_client, make_asking(is_bound=False))
    assert "Read the list back" not in page
    assert page.count("They are in the list</button>") == 2


def test_it_is_read_in_the_background_and_the_page_says_so(supervisor_client: Client, make_asking: Any) -> None:
    job = make_asking()
    assert supervisor_client.post(url(job, "read-back/")).status_code == 302
    job.refresh_from_db()
    assert (job.state, job.phase) == (JobState.QUEUED, JobPhase.READ_BACK)
    page = shown(supervisor_client, job)
    assert "They are in the list</button>" not in page
    assert "Finding out how much there is to read" in page
    assert 'id="pause"' in page
    assert "Stop reading" in page
    assert "The rows in question stay in question" in shown(supervisor_client, job, "cancel/")
    job = driven(job)
    page = shown(supervisor_client, job)
    assert counts(job) == {"added": 20, "not_sent": 10}
    assert "10 are in it and count as accepted, 10 are not in it and can be sent again" in page
    assert "Send the 10 unsent rows" in page
    assert "Read the list back" not in page


def test_a_reading_is_shown_with_what_was_compared(supervisor_client: Client, make_asking: Any) -> None:
    job = make_asking()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, phase=JobPhase.READ_BACK, work_done=400, work_total=1000
    )
    page = shown(supervisor_client, job)
    assert "Reading Autumn back to find 20 rows in question. Nothing is sent." in page
    assert "400 of 1,000 records compared" in page
    assert "40 %" in page


def test_what_is_there_in_part_is_shown_with_numbers_and_a_file(supervisor_client: Client, make_asking: Any) -> None:
    job = make_asking(ghosts=3)
    supervisor_client.post(url(job, "read-back/"))
    job = driven(job)
    page = shown(supervisor_client, job)
    assert "7 of 10 rows were found in it, 3 were not" in page
    assert "Count the 7 as there and the 3 as missing</button>" in page
    assert "the 7 that were found would be in the list twice" in page
    file = supervisor_client.get(url(job, "question/1.csv"))
    assert f"people - rows 2 to 11 of job {job.pk}.csv" in file.headers["Content-Disposition"]
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[4] for line in lines[1:]] == ["missing"] * 3 + ["found"] * 7
    supervisor_client.post(url(job, "decide/1/"), {"decision": "applied"})
    assert counts(accounted(job)) == {"added": 17, "unaccounted": 3, "not_sent": 10}
    assert supervisor_client.get(url(job, "question/1.csv")).status_code == 404


def test_a_viewer_sees_the_question_and_cannot_have_the_list_read(viewer_client: Client, make_asking: Any) -> None:
    job = make_asking()
    assert "Read the list back" not in shown(viewer_client, job)
    assert viewer_client.post(url(job, "read-back/")).status_code == 403
    assert viewer_client.get(url(job, "question/1.csv")).status_code == 403


def test_a_job_without_a_question_says_that_there_is_none(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    job = driven(queued_upload(tenant, sandbox.create_list("Autumn", FIELDS), people(5), fields=KEYLESS))
    page = supervisor_client.post(url(job, "read-back/"), follow=True).content.decode()
    assert "no rows in question any more" in page


@pytest.fixture
def reconcile(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command; returns exit code, the JSON line and what was said."""

    def run(*arguments: Any) -> Any:
        code = 0
        try:
            call_command("job_reconcile", "acme", *map(str, arguments), "--json")
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]), err

    return run


def test_the_command_ends_with_3_while_rows_are_not_in(reconcile: Any, make_asking: Any) -> None:
    job = make_asking()
    code, data, said = reconcile(job.pk)
    assert code == 3
    assert (data["state"], data["accepted"], data["not_sent"], data["questions"]) == ("partial", 20, 10, 0)
    assert "10 are not in it and can be sent again" in said


def test_the_command_sends_what_is_not_there_and_ends_with_0(reconcile: Any, make_asking: Any, sandbox: Any) -> None:
    job = make_asking()
    code, data, _ = reconcile(job.pk, "--send")
    assert (code, data["state"], data["accepted"]) == (0, "succeeded", 30)
    assert len(sandbox.dump(job.target_id)) == 30


def test_the_command_ends_with_1_in_words_when_the_list_cannot_be_read(reconcile: Any, make_asking: Any) -> None:
    job = make_asking(is_bound=False)
    code, data, said = reconcile(job.pk)
    assert (code, data["uncertain"]) == (1, 20)
    assert "No campaign has this list" in said
    assert Chunk.objects.filter(job=job, state=ChunkState.ASK).count() == 2


def test_the_command_refuses_a_job_that_is_not_there(reconcile: Any, tenant: Any) -> None:
    code, data, _ = reconcile(4711)
    assert code == 1
    assert "has no job 4711" in data["error"]
