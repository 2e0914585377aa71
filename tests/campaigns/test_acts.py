"""Starting and stopping through the pages: the question first, then the act, then words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

INDEX = "/t/acme/campaigns/"


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Three campaigns: one running, one stopped, one disabled."""
    sandbox.seed("small")


def page(sandbox: Any, name: str, screen: str) -> str:
    return reverse(f"campaigns:{screen}", kwargs={"slug": "acme", "campaign_id": sandbox.campaign_id(name)})


def text(response: Any) -> str:
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(bare.split())


def state_of(sandbox: Any, name: str) -> str:
    return next(each["state"] for each in sandbox.state()["campaigns"] if each["name"] == name)


def test_asking_changes_nothing(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    response = supervisor_client.get(page(sandbox, "Renewals", "stop"))
    assert response.status_code == 200
    assert state_of(sandbox, "Renewals") == "RUNNING"


def test_the_question_before_a_stop_says_what_is_known(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    words = text(supervisor_client.get(page(sandbox, "Renewals", "stop")))
    assert "stays stopped until somebody starts it again" in words
    assert "What happens to calls in progress is not documented" in words
    assert "The gentle way is to disable its list on the campaign's page first" in words


def test_the_question_before_a_start_names_what_will_be_dialled(
    supervisor_client: Client, tenant: Any, sandbox: Any
) -> None:
    campaign_id = sandbox.create_campaign("Spring offer")
    sandbox.create_list(
        "Spring.csv",
        [{"name": "phone", "type": "PHONE", "key": True}],
        bind=[campaign_id],
        records=[{"phone": f"1650555{n:04d}"} for n in range(3)],
    )
    words = text(supervisor_client.get(page(sandbox, "Spring offer", "start")))
    assert "1 enabled list with 3 records" in words
    assert "Spring.csv" in words
    assert "No Do Not Call list is attached" in words


def test_the_question_before_a_start_warns_when_no_list_is_enabled(
    supervisor_client: Client, tenant: Any, sandbox: Any
) -> None:
    assert "None of its lists is enabled" in text(supervisor_client.get(page(sandbox, "Win back", "start")))


def test_a_start_that_makes_no_sense_offers_no_button(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    running = text(supervisor_client.get(page(sandbox, "Renewals", "start")))
    assert "It is running already" in running
    assert "Start campaign" not in running
    disabled = text(supervisor_client.get(page(sandbox, "Old survey", "start")))
    assert "It is disabled" in disabled
    assert "Start campaign" not in disabled


def test_the_dialog_gets_the_same_question_without_the_page(
    supervisor_client: Client, tenant: Any, sandbox: Any
) -> None:
    headers = {"HX-Request": "true", "HX-Target": "act-body"}
    body = supervisor_client.get(page(sandbox, "Win back", "start"), headers=headers).content.decode()
    assert "<html" not in body
    assert 'id="act-title"' in body
    assert "csrfmiddlewaretoken" in body


def test_it_starts_and_says_so_where_it_was_asked(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    response = supervisor_client.post(
        page(sandbox, "Win back", "start"), {"next": f"{INDEX}?state=stopped"}, follow=True
    )
    assert response.redirect_chain == [(f"{INDEX}?state=stopped", 302)]
    assert "“Win back” is running." in text(response)
    assert "banner--ok" in response.content.decode()
    assert state_of(sandbox, "Win back") == "RUNNING"


def test_it_stops_and_shows_the_campaign(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    response = supervisor_client.post(page(sandbox, "Renewals", "stop"), follow=True)
    assert response.redirect_chain == [(page(sandbox, "Renewals", "detail"), 302)]
    assert "“Renewals” is stopped." in text(response)
    assert state_of(sandbox, "Renewals") == "STOPPED"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_never_leads_elsewhere(supervisor_client: Client, tenant: Any, sandbox: Any, address: str) -> None:
    response = supervisor_client.post(page(sandbox, "Renewals", "stop"), {"next": address})
    assert response.headers["Location"] == page(sandbox, "Renewals", "detail")
    asked = supervisor_client.get(page(sandbox, "Renewals", "start"), {"next": address})
    assert "evil.example" not in asked.content.decode()


def test_a_conflict_is_said_in_words(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    response = supervisor_client.post(page(sandbox, "Renewals", "start"), follow=True)
    assert "“Renewals” is already running." in text(response)
    assert "banner--bad" in response.content.decode()


def test_a_stop_needs_a_post_with_a_token(supervisor: Any, tenant: Any, sandbox: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(supervisor)
    assert strict.post(page(sandbox, "Renewals", "stop")).status_code == 403
    assert state_of(sandbox, "Renewals") == "RUNNING"


def test_it_acts_even_when_the_page_could_not_be_read(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    # Stopping must not depend on reading first: somebody may be in a hurry.
    sandbox.faults([{"kind": "html", "paths": ["getCampaign/"]}])
    response = supervisor_client.post(page(sandbox, "Renewals", "stop"))
    assert response.status_code == 302
    assert state_of(sandbox, "Renewals") == "STOPPED"


def test_an_unknown_campaign_cannot_be_acted_on(supervisor_client: Client, tenant: Any) -> None:
    assert supervisor_client.post(f"{INDEX}00000000-0000-0000-0000-000000000000/stop/").status_code == 404
