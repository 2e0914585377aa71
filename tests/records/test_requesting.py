"""Adding requests and putting them back into dialling, against the sandbox's Conpeek server."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bpadmin.acts import Actor
from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.platforms import REGISTRY
from bpadmin.records.named import named_add
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_capabilities
from tests.fixtures_tenants import browser_of
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(sandbox: Any, conpeek_tenant: Tenant) -> str:
    """A voice campaign with one closed request, named in the dashboard; the server's capabilities are known."""
    closed = {"name": "Jan", "contact_number": "48111", "state": "CLOSED", "application_state": "CLOSED"}
    id_ = sandbox.create_voice_campaign("Faktury", requests=[closed])
    named_add(
        tenant=conpeek_tenant,
        info=REGISTRY["conpeek"],
        values={"voice_campaign_id": id_},
        name="Faktury",
        actor=Actor(name="test"),
    )
    tenant_capabilities(conpeek_tenant)
    return id_


def page(name: str, campaign: str) -> str:
    return reverse(f"records:{name}", args=["conpeek", campaign])


def text(response: Any) -> str:
    return response.content.decode()


def stored(sandbox: Any, campaign: str, name: str) -> dict[str, Any]:
    return next(each for each in sandbox.dump_requests(campaign) if each["name"] == name)


def test_a_request_is_added_and_logged(sandbox, conpeek_tenant, campaign):
    client = browser_of(conpeek_tenant)
    assert "Add a request" in text(client.get(page("browse", campaign)))
    said = {"name": "Ewa", "contact_number": "+48 600 100 200", "note": "oddzwonić"}
    answer = client.post(page("request_add", campaign), said, follow=True)
    assert "+48 600 100 200 (Ewa) will be called in “Faktury”." in text(answer)
    assert stored(sandbox, campaign, "Ewa")["note"] == "oddzwonić"
    assert AuditEntry.objects.get(verb=Verb.REQUEST_ADD).outcome == Outcome.DONE


def test_what_is_no_number_is_refused_before_anything_is_sent(sandbox, conpeek_tenant, campaign):
    answer = browser_of(conpeek_tenant).post(page("request_add", campaign), {"name": "Ewa", "contact_number": "ask"})
    assert "That is no number to call" in text(answer)
    assert len(sandbox.dump_requests(campaign)) == 1


def test_a_lost_answer_is_looked_for_and_never_added_again(sandbox, conpeek_tenant, campaign):
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["conpeek.add_request"]}])
    said = {"name": "Ewa", "contact_number": "48600"}
    answer = browser_of(conpeek_tenant).post(page("request_add", campaign), said, follow=True)
    assert "The answer was lost, so it was looked for." in text(answer)
    assert [each["name"] for each in sandbox.dump_requests(campaign)] == ["Jan", "Ewa"]


def test_a_closed_request_is_called_again_on_terms(sandbox, conpeek_tenant, campaign):
    client = browser_of(conpeek_tenant)
    request_id = stored(sandbox, campaign, "Jan")["id"]
    shown = text(client.get(page("record", campaign), {"id": request_id}))
    assert "Call again…" in shown
    said = {"not_before": "2027-01-15T09:30", "from_time": "10:00", "to_time": "18:00"}
    said |= {"priority_change": "ADD", "priority": "50"}
    answer = client.post(f"{page('request_recall', campaign)}?id={request_id}", said, follow=True)
    assert "will be called again." in text(answer)
    now = stored(sandbox, campaign, "Jan")
    assert (now["state"], now["application_state"]) == ("OPEN", "RECALL")
    assert (now["process_not_before"], now["process_from_time"]) == ("2027-01-15 09:30:00", 36000)
    assert now["priority"] == 250


def test_half_a_span_is_refused(sandbox, conpeek_tenant, campaign):
    request_id = stored(sandbox, campaign, "Jan")["id"]
    said = {"from_time": "10:00"}
    answer = browser_of(conpeek_tenant).post(f"{page('request_recall', campaign)}?id={request_id}", said)
    assert "Give both the first and the last time, or neither." in text(answer)
    assert stored(sandbox, campaign, "Jan")["state"] == "CLOSED"


def test_an_older_server_and_a_viewer_are_offered_neither(sandbox, conpeek_tenant, campaign):
    viewer = browser_of(conpeek_tenant, Role.VIEWER, name="viola")
    assert "Add a request" not in text(viewer.get(page("browse", campaign)))
    assert viewer.get(page("request_add", campaign)).status_code == 403
    conpeek_tenant.capabilities = {"held": []}
    conpeek_tenant.save()
    client = browser_of(conpeek_tenant)
    assert "Add a request" not in text(client.get(page("browse", campaign)))
    refused = client.get(page("request_add", campaign))
    assert refused.status_code == 404
    assert "Conpeek does not offer this" in text(refused)


def test_both_are_done_from_the_shell(sandbox, conpeek_tenant, campaign):
    code, said = run("request_add", "conpeek", "Faktury", "--name", "Ewa", "--number", "48600")
    assert (code, said["outcome"]) == (0, "done")
    request_id = stored(sandbox, campaign, "Jan")["id"]
    code, said = run("request_recall", "conpeek", "Faktury", request_id, "--priority", "SET:10")
    assert (code, stored(sandbox, campaign, "Jan")["priority"]) == (0, 10)
    assert run("request_recall", "conpeek", "Faktury", request_id, "--priority", "high")[0] == 1
    assert run("request_recall", "conpeek", "Faktury", "nobody")[0] == 1
