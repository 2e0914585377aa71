"""Many who watch the same part: one rendering for all of a role, nothing of a person in it, longer intervals."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bpadmin.jobs.models import Job, JobState
from bpadmin.tenants.models import Role
from bpadmin.web import watching
from bpadmin.web.watching import Watchers
from lists.kinds import LIST_UPLOAD
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

# Session, user, and tenant with the role in it.
GATE = 3


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a rendering serve for as long as a test takes."""
    monkeypatch.setattr(watching, "SECONDS", 600.0)
    monkeypatch.setattr(watching, "_kept", {})
    monkeypatch.setattr(watching, "watchers", Watchers())


@pytest.fixture
def job(tenant: Any) -> Job:
    return Job.objects.create(
        tenant=tenant,
        kind=LIST_UPLOAD,
        state=JobState.RUNNING,
        target_id="L",
        target_name="Spring",
        phase="send",
    )


def look(client: Client, url: str, target: str, **headers: str) -> Any:
    return client.get(url, headers={"HX-Request": "true", "HX-Target": target, **headers})


def job_url(job: Job) -> str:
    return reverse("jobs:detail", args=[job.tenant.slug, job.pk])


@pytest.mark.parametrize("target", ["job", "jobs", "campaigns"])
def test_what_one_was_shown_costs_the_next_no_more_than_the_gate(
    tenant: Any, job: Job, make_member: Any, target: str
) -> None:
    urls = {
        "job": job_url(job),
        "jobs": reverse("jobs:index", args=[tenant.slug]),
        "campaigns": reverse("campaigns:index", args=[tenant.slug]),
    }
    one, other = (signed_in(make_member(name, Role.VIEWER)) for name in ("one", "other"))
    first = look(one, urls[target], target)
    with CaptureQueriesContext(connection) as queries:
        second = look(other, urls[target], target)
    assert second.content == first.content
    assert first.content
    assert len(queries) == GATE
    assert not second.cookies


def test_whoever_has_it_already_is_told_so_before_anything_is_read(job: Job, viewer_client: Client) -> None:
    first = look(viewer_client, job_url(job), "job")
    assert first["ETag"].strip('"') in first.content.decode()
    with CaptureQueriesContext(connection) as queries:
        again = look(viewer_client, job_url(job), "job", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert len(queries) == GATE


def test_roles_tenants_and_strangers_are_kept_apart(
    job: Job, viewer_client: Client, supervisor_client: Client, stranger_client: Client, conpeek_tenant: Any
) -> None:
    url = reverse("jobs:index", args=[job.tenant.slug])
    assert look(viewer_client, url, "jobs")["ETag"]
    assert look(stranger_client, url, "jobs").status_code == 404
    assert look(Client(), url, "jobs")["HX-Refresh"] == "true"
    with CaptureQueriesContext(connection) as queries:
        look(supervisor_client, url, "jobs")
    assert len(queries) > GATE


def test_what_holds_the_token_of_a_person_is_not_shared(job: Job, make_member: Any) -> None:
    one, other = (signed_in(make_member(name, Role.SUPERVISOR)) for name in ("one", "other"))
    first, second = (look(client, job_url(job), "job") for client in (one, other))
    assert "csrfmiddlewaretoken" in first.content.decode()  # its buttons: they have not seen the head yet
    assert "ETag" not in first
    assert first.content != second.content
    seen = first.content.decode().partition('"X-Seen": "')[2].partition('"')[0]
    shown = look(one, job_url(job), "job", **{"X-Seen": seen})
    assert b"csrfmiddlewaretoken" not in shown.content
    assert look(other, job_url(job), "job", **{"X-Seen": seen}).content == shown.content


def test_what_is_shown_follows_what_happens(job: Job, viewer_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = look(viewer_client, job_url(job), "job")
    Job.objects.update(state=JobState.PAUSED)
    assert look(viewer_client, job_url(job), "job").content == first.content
    monkeypatch.setattr(watching, "SECONDS", 0.0)
    news = look(viewer_client, job_url(job), "job", **{"If-None-Match": first["ETag"]})
    assert news.status_code == 200
    assert "Paused" in news.content.decode()


def test_a_whole_page_is_never_shared(job: Job, viewer_client: Client) -> None:
    assert "ETag" not in viewer_client.get(job_url(job))


def test_intervals_grow_with_the_number_of_those_who_watch_and_shrink_again() -> None:
    now = Watchers()
    assert now.interval == 1
    # Two hundred at an interval of one second.
    for _ in range(1000):
        now.answered(1)
    assert now.interval == 4
    # A thousand at five: each comes once in those five seconds.
    for _ in range(1000):
        now.answered(5)
    assert now.interval == 5
    now._answers.clear()
    now._sum = 0
    assert now.interval == 1


def test_the_next_interval_comes_with_the_part(job: Job, viewer_client: Client) -> None:
    assert 'hx-trigger="every 1s, look"' in look(viewer_client, job_url(job), "job").content.decode()
    for _ in range(2000):
        watching.watchers.answered(1)
    assert 'hx-trigger="every 5s, look"' in look(viewer_client, job_url(job), "job").content.decode()
