"""One number from the page to the job, and from there to the dialler."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.queue import turn
from bpadmin.logs import log_context, log_with
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from lists.kinds import LIST_UPLOAD
from tests.platforms.scripted_server import Say, ScriptedServer

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_carries_its_number_to_the_dialler(tenant: Tenant) -> None:
    with ScriptedServer(Say(b"[]"), Say(b"[]")) as server:
        Tenant.objects.update(base_url=server.url)
        tenant.refresh_from_db()
        with log_with(request="request-0001"), tenant_client(tenant) as client:
            client.get_campaigns()
        with tenant_client(tenant) as client:
            client.get_campaigns()
        first, second = [seen for seen in server.seen if "campaign" in seen.path]
    assert first.headers.get("X-Request-ID") == "request-0001"
    assert second.headers.get("X-Request-ID") is None


def test_a_job_keeps_the_number_of_the_page_that_made_it(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    with log_with(request="request-0002"):
        job = Job.objects.create(tenant=tenant, kind=LIST_UPLOAD, state=JobState.QUEUED)
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(turn, "job_turn", lambda **_: not seen.append(log_context()))
    turn.turn_take(hint=job.pk, queue=None, worker="w")
    assert seen[0] == {"job": job.pk, "request": "request-0002"}


def test_what_is_logged_of_an_act_carries_the_number_of_its_request(
    tenant: Tenant, sandbox: Any, supervisor_client: Any
) -> None:
    campaign = sandbox.create_campaign("Spring")
    url = f"/t/{tenant.slug}/campaigns/{campaign}/stop/"
    supervisor_client.post(url, headers={"X-Request-ID": "request-0003"}, REMOTE_ADDR="203.0.113.9")
    entries = AuditEntry.every.filter(verb=Verb.CAMPAIGN_STOP)
    assert {(entry.request, entry.address) for entry in entries} == {("request-0003", "203.0.113.9")}
