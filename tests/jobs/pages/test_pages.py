"""The job pages: what they show, who may do what, and that looking at them costs nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bpadmin.jobs.engine import lanes
from bpadmin.jobs.kinds import kinds
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase, JobState, Wanted, WorkerBeat
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.services import job_cancel, job_drive, job_pause
from dnc.kinds import DNC_DELETE
from lists.kinds import LIST_UPLOAD
from tests.jobs.uploading import KEYLESS, create_list, driven, people, queued_upload, ready_upload
from tests.telling import telling

pytestmark = pytest.mark.django_db(transaction=True)

POLL = {"HX-Request": "true", "HX-Target": "job"}


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)


@pytest.fixture
def list_id(sandbox: Any) -> str:
    return create_list(sandbox)


@pytest.fixture
def done(tenant: Any, list_id: str) -> Job:
    """An upload of 25 rows of which two were refused by the check."""
    rows = [*people(23), {"id": "", "phone": "4930123", "name": "No key"}, {"id": "X", "phone": "", "name": "No phone"}]
    return driven(queued_upload(tenant, list_id, rows))


def url(job: Job, rest: str = "") -> str:
    return f"/t/acme/jobs/{job.pk}/{rest}"


def test_every_row_is_accounted_for_on_screen(viewer_client: Client, done: Job) -> None:
    page = " ".join(viewer_client.get(url(done)).content.decode().split())
    assert "<strong>25 rows</strong> =" in page
    assert "<strong>23</strong> accepted" in page
    assert "<strong>2</strong> rejected" in page
    assert done.file_sha256 in page
    assert "Partly done" in page


def test_an_ended_job_is_not_asked_for_again(viewer_client: Client, done: Job) -> None:
    assert 'hx-trigger="every 1s' not in viewer_client.get(url(done)).content.decode()


def test_a_working_job_asks_again_and_says_that_no_worker_is_there(
    viewer_client: Client, tenant: Any, list_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bpadmin.jobs.queue.worker_health.broker_answers", lambda: True)
    job = queued_upload(tenant, list_id, people(5))
    page = viewer_client.get(url(job)).content.decode()
    assert 'hx-trigger="every 1s' in page
    assert "No worker is running" in page
    # Without JavaScript the page loads itself again, as long as the job works.
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.partition("</head>")[0]
    job_cancel(job=job)
    assert 'http-equiv="refresh"' not in viewer_client.get(url(job)).content.decode().partition("</head>")[0]


def test_a_poll_gets_a_part_of_the_page_without_what_has_not_changed(
    supervisor_client: Client, tenant: Any, list_id: str
) -> None:
    job = queued_upload(tenant, list_id, people(5))
    page = supervisor_client.get(url(job))
    again = supervisor_client.get(url(job), headers={**POLL, "X-Seen": page.context["seen"]}).content.decode()
    assert "<html" not in again
    assert 'id="job-outcome"' in again
    assert "Pause" not in again
    assert 'id="said"' not in again
    driven(job)
    ended = supervisor_client.get(url(job), headers={**POLL, "X-Seen": page.context["seen"]}).content.decode()
    assert 'id="job-head"' in ended
    assert '<p id="said" hx-swap-oob="innerHTML">Every row is in Autumn.</p>' in ended
    facts = ended.split('id="job-facts"')[1]
    assert "Ended" in facts
    assert "rows/s" not in ended  # five rows tell no speed
    assert again.count('id="tray"') == ended.count('id="tray"') == 1  # the tray tells what the page tells
    assert "Working now" in again
    assert "Working now" not in ended
    assert "hx-trigger" not in ended.split('id="job"')[1].split(">")[0]


def test_an_upload_that_added_nothing_does_not_say_that_every_row_is_in(
    supervisor_client: Client, tenant: Any, list_id: str
) -> None:
    driven(queued_upload(tenant, list_id, people(5)))
    again = driven(queued_upload(tenant, list_id, people(5)))
    page = supervisor_client.get(url(again)).content.decode()
    assert "Nothing was added: the keys of all 5 rows were in Autumn already." in page
    assert '<span class="badge badge--warn">Nothing added</span>' in page
    assert "Every row is in" not in page
    more = driven(queued_upload(tenant, list_id, people(8)))
    page = supervisor_client.get(url(more)).content.decode()
    assert "3 rows are in Autumn; the keys of 5 were there already." in page
    table = supervisor_client.get("/t/acme/jobs/").content.decode()
    assert "Nothing added" in table
    assert "Upload into a list" in table
    assert "5 of 5 in the list" in table


def test_a_table_of_jobs_speaks_of_each_in_the_words_of_its_kind(viewer_client: Client, tenant: Any) -> None:
    told = {"tenant": tenant, "target_kind": "dnc", "target_id": "1", "target_name": "Company DNC", "phase": "send"}
    counts = {"state": JobState.SUCCEEDED, "rows_total": 2, "n_added": 2, "options": {"dnc_list": 1}}
    Job.objects.create(kind=DNC_DELETE, **told, **counts)
    page = viewer_client.get("/t/acme/jobs/").content.decode()
    assert "Remove from a Do Not Call list" in page
    assert "2 of 2 out of the list" in page
    assert "In the list" not in page


def test_a_dialler_that_fails_is_what_a_job_waits_for(supervisor_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, people(5))
    WorkerBeat.objects.create(name="w", queues="interactive,bulk,poll", seen_at=timezone.now())
    page = supervisor_client.get(url(job))
    assert "Waiting for a worker to take its turn" in page.content.decode()
    assert "A worker is there and takes it in turn" in page.content.decode()
    Job.objects.filter(pk=job.pk).update(failing_since=timezone.now(), n_not_sent=0, n_uncertain=5)
    poll = supervisor_client.get(url(job), headers={**POLL, "X-Seen": page.context["seen"]}).content.decode()
    assert "Waiting until the dialler answers again" in poll
    assert "A worker tries it again by itself" in poll
    assert "in turn" not in poll
    assert "Waiting for a worker" not in poll
    assert "0 of 5 rows" in " ".join(poll.split())


def test_polls_write_nothing_and_count_nothing(supervisor_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, people(5))
    supervisor_client.get(url(job))
    for address, target in ((url(job), "job"), ("/t/acme/jobs/", "jobs"), ("/t/acme/jobs/tray/", "tray")):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            supervisor_client.get(address, headers={"HX-Request": "true", "HX-Target": target})
        said = [query["sql"] for query in queries]
        assert len(said) <= 8, "\n".join(said)
        assert all(sql.startswith("SELECT") for sql in said), said
        assert not any("COUNT(" in sql for sql in said), said


def test_a_supervisor_pauses_resumes_and_cancels(supervisor_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, people(5))
    for move, state in (("pause", JobState.PAUSED), ("resume", JobState.QUEUED), ("cancel", JobState.CANCELLED)):
        response = supervisor_client.post(url(job, f"{move}/"), follow=True)
        job.refresh_from_db()
        assert job.state == state
        assert response.redirect_chain[-1][0] == url(job)
    assert (job.n_not_sent, job.accounted) == (5, 5)


def test_cancelling_asks_first_and_says_what_stays(supervisor_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, people(5))
    page = supervisor_client.get(url(job, "cancel/")).content.decode()
    assert "5 rows would not be sent" in page
    assert "takes nothing back" in page
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_a_move_that_comes_too_late_says_so(supervisor_client: Client, done: Job) -> None:
    page = supervisor_client.post(url(done, "pause/"), follow=True).content.decode()
    assert "cannot be paused" in page


def test_buttons_fit_the_state(supervisor_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, people(5))
    page = supervisor_client.get(url(job)).content.decode()
    assert 'id="pause"' in page
    assert 'id="resume"' not in page
    job_pause(job=job)
    page = supervisor_client.get(url(job)).content.decode()
    assert 'id="resume"' in page
    assert 'id="pause"' not in page
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, wanted=Wanted.PAUSE)
    assert "Pausing after the requests" in supervisor_client.get(url(job)).content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.PREPARING, wanted=Wanted.CANCEL)
    assert "Cancelling the check…" in supervisor_client.get(url(job)).content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.PAUSED, wanted="")
    job_cancel(job=job)
    page = supervisor_client.get(url(job)).content.decode()
    assert 'id="cancel"' not in page


def test_rejects_stream_with_reasons_and_a_fitting_name(supervisor_client: Client, done: Job) -> None:
    response = supervisor_client.get(url(done, "rejects.csv"))
    assert response.streaming
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "id,phone,name,row,reason_code,reason,suggested_fix"
    assert [line.split(",")[3] for line in lines[1:]] == ["25", "26"]
    assert f"people - rejects of job {done.pk}.csv" in response.headers["Content-Disposition"]


@pytest.fixture
def asking(tenant: Any, sandbox: Any, supervisor_client: Client) -> Job:
    """A job of which nobody can tell whether its last rows arrived."""
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(20), fields=KEYLESS)
    chunk = Chunk.objects.filter(job=job).latest("number")
    Chunk.objects.filter(pk=chunk.pk).update(
        state=ChunkState.ASK, attempt=1, message="The answer to these 10 rows was lost."
    )
    Job.objects.filter(pk=job.pk).update(n_not_sent=10, n_uncertain=10)
    return driven(job)


@pytest.mark.parametrize(
    ("decision", "state", "accepted"),
    [("applied", JobState.SUCCEEDED, 20), ("not_applied", JobState.QUEUED, 10)],
)
def test_a_person_decides_on_rows_whose_answer_was_lost(
    supervisor_client: Client, asking: Job, decision: str, state: JobState, accepted: int
) -> None:
    assert asking.state == JobState.PARTIAL
    page = supervisor_client.get(url(asking)).content.decode()
    assert "Are rows 12 to 21 in the list?" in page
    assert "The answer to these 10 rows was lost." in page
    response = supervisor_client.post(url(asking, "decide/2/"), {"decision": decision})
    assert response.status_code == 302
    asking.refresh_from_db()
    assert (asking.state, asking.n_accepted) == (state, accepted)
    assert asking.accounted == asking.rows_total


def test_a_decision_that_is_none_changes_nothing(supervisor_client: Client, asking: Job) -> None:
    response = supervisor_client.post(url(asking, "decide/2/"), {"decision": "maybe"}, follow=True)
    assert "Say whether the rows are in the list" in response.content.decode()
    asking.refresh_from_db()
    assert asking.n_uncertain == 10


def test_rows_left_unsent_can_be_sent(supervisor_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, people(20))
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, started_at="2026-01-01T00:00Z")
    assert "Send the 20 unsent rows" in supervisor_client.get(url(job)).content.decode()
    supervisor_client.post(url(job, "retry/"))
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED


def test_jobs_are_listed_filtered_and_found(viewer_client: Client, tenant: Any, list_id: str, done: Job) -> None:
    waiting = ready_upload(tenant, list_id, people(3))
    Job.objects.filter(pk=waiting.pk).update(file_name="winter.csv")
    page = viewer_client.get("/t/acme/jobs/").content.decode()
    assert "winter.csv" in page
    assert "people.csv" in page
    assert "people.csv" not in viewer_client.get("/t/acme/jobs/?state=waiting").content.decode()
    assert "winter.csv" not in viewer_client.get("/t/acme/jobs/?q=people").content.decode()
    assert "No job matches" in viewer_client.get("/t/acme/jobs/?q=nothing+like+it").content.decode()


def test_a_long_table_of_jobs_is_paged(viewer_client: Client, tenant: Any) -> None:
    Job.objects.bulk_create(
        Job(tenant=tenant, kind=LIST_UPLOAD, file_name=f"file-{number:03d}.csv") for number in range(35)
    )
    first = viewer_client.get("/t/acme/jobs/").content.decode()
    assert "file-034.csv" in first
    assert "file-004.csv" not in first
    assert "page=2" in first
    second = viewer_client.get("/t/acme/jobs/?page=2").content.decode()
    assert "file-004.csv" in second
    assert "page=3" not in second


def test_an_empty_table_says_what_to_do(viewer_client: Client, tenant: Any) -> None:
    assert "No jobs yet" in viewer_client.get("/t/acme/jobs/").content.decode()


def test_the_tray_shows_what_works_now_and_looks_seldom_when_nothing_does(
    viewer_client: Client, tenant: Any, list_id: str
) -> None:
    assert "every 30s" in viewer_client.get("/t/acme/jobs/tray/").content.decode()
    queued_upload(tenant, list_id, people(5))
    tray = viewer_client.get("/t/acme/jobs/tray/").content.decode()
    assert "every 3s" in tray
    assert "people.csv" in tray


# A kind has pages of its own before it is confirmed, while it works, and after each sort of end.
STATES_OF_ANY_KIND = (JobState.READY, JobState.RUNNING, JobState.PAUSED, JobState.PARTIAL, JobState.ERRORED)


@pytest.mark.parametrize("states", telling([STATES_OF_ANY_KIND, tuple(JobState)], STATES_OF_ANY_KIND), ids=len)
def test_every_state_has_a_page(
    supervisor_client: Client, tenant: Any, list_id: str, states: tuple[JobState, ...]
) -> None:
    job = queued_upload(tenant, list_id, people(5))
    for kind in kinds():
        for state in JobState if kind == LIST_UPLOAD else states:
            Job.objects.filter(pk=job.pk).update(state=state, kind=kind)
            assert supervisor_client.get(url(job)).status_code == 200, (kind, state)
            # What shows jobs of all kinds alike is looked at once for each kind and once for each state.
            if kind == LIST_UPLOAD or state == JobState.RUNNING:
                for address in ("/t/acme/jobs/", "/t/acme/jobs/tray/", url(job, "cancel/")):
                    assert supervisor_client.get(address).status_code == 200, (address, kind, state)


def test_the_bar_does_not_go_back_while_the_list_is_got_ready(viewer_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, [*people(5), {"id": "P6", "phone": "", "name": "Nobody"}])
    assert job.n_rejected_check == 1
    moments = [(JobState.QUEUED, JobPhase.BEGIN), (JobState.RUNNING, JobPhase.BEGIN), (JobState.RUNNING, JobPhase.SEND)]
    for state, phase in moments:
        Job.objects.filter(pk=job.pk).update(state=state, phase=phase)
        page = viewer_client.get(url(job)).content.decode()
        assert 'max="6" value="1"' in page, (state, phase)
        assert (f"Getting {job.target_name} ready" in page) is ((state, phase) == moments[1])


def test_a_viewer_reads_but_cannot_act(viewer_client: Client, tenant: Any, list_id: str) -> None:
    job = queued_upload(tenant, list_id, people(5))
    page = viewer_client.get(url(job)).content.decode()
    assert 'id="pause"' not in page
    for rest in ("pause/", "resume/", "retry/", "cancel/", "decide/0/"):
        assert viewer_client.post(url(job, rest)).status_code == 403
    assert viewer_client.get(url(job, "rejects.csv")).status_code == 403
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_a_stranger_finds_nothing(stranger_client: Client, done: Job) -> None:
    for address in ("/t/acme/jobs/", "/t/acme/jobs/tray/", url(done), url(done, "rejects.csv"), url(done, "cancel/")):
        assert stranger_client.get(address).status_code == 404


def test_an_anonymous_person_is_sent_to_sign_in(client: Client, done: Job) -> None:
    for address in ("/t/acme/jobs/", url(done), url(done, "rejects.csv")):
        assert client.get(address).status_code == 302


def test_a_job_of_another_tenant_is_not_found(supervisor_client: Client, done: Job) -> None:
    from bpadmin.tenants.models import Tenant

    other = Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:9")
    Job.objects.filter(pk=done.pk).update(tenant=other)
    for rest in ("", "rejects.csv", "cancel/"):
        assert supervisor_client.get(url(done, rest)).status_code == 404
    assert supervisor_client.post(url(done, "pause/")).status_code == 404


@pytest.mark.parametrize(("rows", "rate"), [(999, None), (1000, 500.0)])
def test_no_speed_is_told_of_fewer_than_a_thousand_rows(rows: int, rate: float | None) -> None:
    job = Job(state=JobState.RUNNING, kind=LIST_UPLOAD, rows_total=5000, n_not_sent=5000 - rows, seconds_running=2)
    assert JobView(job).progress.rate == rate
