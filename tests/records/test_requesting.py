"""Adding requests and putting them back into dialling, against the sandbox's Conpeek server."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
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


def test_all_that_a_filter_finds_are_called_again_on_the_same_terms(sandbox, conpeek_tenant, campaign):
    more = [{"name": f"N{n}", "contact_number": f"4811{n}", "state": "CLOSED"} for n in range(3)]
    busy = {"name": "Busy", "contact_number": "4899", "state": "PROCESSING"}
    sandbox.create_requests(campaign, [*more, busy, {"name": "Open", "contact_number": "4800"}])
    client = browser_of(conpeek_tenant)
    where = "?f0=state&v0=CLOSED"
    assert "Call all again…" in text(client.get(f"{page('browse', campaign)}{where}", follow=True))
    url = f"{page('requests_recall', campaign)}{where}"
    shown = client.get(url)
    assert "4 requests" in text(shown)
    said = {"id": shown.context["found"], "from_time": "10:00", "to_time": "18:00"}
    answer = client.post(url, {**said, "priority_change": "ADD", "priority": "5"})
    assert "4 of 4 put back into dialling" in text(answer)
    now = {each["name"]: each for each in sandbox.dump_requests(campaign)}
    assert [now[name]["priority"] for name in ("Jan", "N0", "N2", "Open")] == [205, 205, 205, 200]
    assert now["N1"]["process_from_time"] == 36000
    assert now["Open"]["application_state"] == "NEW"
    assert AuditEntry.objects.filter(verb=Verb.REQUEST_RECALL).count() == 4


def test_the_shell_recalls_by_filter_and_by_file(sandbox, conpeek_tenant, campaign, tmp_path):
    where = '[{"name": "state", "value": ["CLOSED"]}]'
    code, said = run("requests_recall", "conpeek", "Faktury", "--filter", where)
    assert code == 1
    assert "1 request would go back" in str(said)
    terms = ["--times", "10:00..18:00", "--days", "2027-01-04..2027-01-08", "--yes"]
    code, said = run("requests_recall", "conpeek", "Faktury", "--filter", where, *terms)
    assert (code, said["recalled"]) == (0, 1)
    now = stored(sandbox, campaign, "Jan")
    assert (now["process_date"], now["process_to_date"], now["process_to_time"]) == ("RANGE", "2027-01-08", 64800)
    path = tmp_path / "ids.txt"
    path.write_text(f"{now['id']}\nnobody\n", encoding="utf-8")
    code, said = run("requests_recall", "conpeek", "Faktury", "--file", str(path), "--yes")
    assert (code, said["recalled"]) == (3, 1)
    assert run("requests_recall", "conpeek", "Faktury", "--yes")[0] == 1
    assert run("requests_recall", "conpeek", "Faktury", "--filter", where, "--times", "18:00..10:00", "--yes")[0] == 1


def test_requests_named_by_their_ids_are_called_again_on_days_and_in_hours(sandbox, conpeek_tenant, campaign):
    now = stored(sandbox, campaign, "Jan")
    url = f"{page('requests_recall', campaign)}?ids"
    said = {"ids": f"{now['id']}\n\n{now['id']}\n", "days": "1, 2,FRI", "from_time": "10:00", "to_time": "18:00"}
    answer = browser_of(conpeek_tenant).post(url, said)
    assert "1 of 1 put back into dialling" in text(answer)
    now = stored(sandbox, campaign, "Jan")
    assert (now["process_days"], now["process_from_time"], now["process_to_time"]) == ([1, 2, "FRI"], 36000, 64800)


def test_a_page_stops_asking_when_it_took_long_and_says_who_was_not_asked(
    sandbox, conpeek_tenant, campaign, monkeypatch
):
    monkeypatch.setattr("bpadmin.dialler.services.PAGE_SECONDS", 0.0)
    made = sandbox.create_requests(campaign, [{"name": f"N{n}", "contact_number": f"4811{n}"} for n in range(2)])
    url = f"{page('requests_recall', campaign)}?ids"
    answer = text(browser_of(conpeek_tenant).post(url, {"ids": "\n".join(made)}))
    assert "1 of 1 put back into dialling" in answer
    assert f"1 more was not asked</strong>, since a page takes only so long: {made[1]}" in answer


def test_of_many_the_one_whose_answer_was_lost_is_named(sandbox, conpeek_tenant, campaign):
    sandbox.create_requests(campaign, count=2)
    first, second, _ = [each["id"] for each in sandbox.dump_requests(campaign)]
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["conpeek.set_recall"]}])
    said = {"ids": f"{first}\n{second}"}
    answer = browser_of(conpeek_tenant).post(f"{page('requests_recall', campaign)}?ids", said)
    assert f"asked to put Request {first} back into dialling in “Faktury”, but the answer was lost" in text(answer)
    assert f"Request {second} will be called again." in text(answer)
