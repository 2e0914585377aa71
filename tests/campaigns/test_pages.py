"""The campaign table and the campaign page, against the sandbox."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

INDEX = "/t/acme/campaigns/"


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Three campaigns: one running, one stopped, one disabled."""
    sandbox.seed("small")


def page(sandbox: Any, name: str, screen: str = "detail") -> str:
    return reverse(f"campaigns:{screen}", kwargs={"slug": "acme", "campaign_id": sandbox.campaign_id(name)})


def text(response: Any) -> str:
    """Return the words of a page, single-spaced."""
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(bare.split())


def names(response: Any) -> list[str]:
    return re.findall(r'class="table__main"><a[^>]*>(?:<bdi>)?([^<]+)(?:</bdi>)?</a>', response.content.decode())


def poll(client: Client, target: str) -> Any:
    """Get the part, and get it again as its next poll would; anew where a minute has just ended between the two."""
    headers = {"HX-Request": "true", "HX-Target": target}
    for _ in range(2):
        seen = re.search(r'"X-Seen": "([^"]+)"', client.get(INDEX, headers=headers).content.decode())
        assert seen
        again = client.get(INDEX, headers={**headers, "X-Seen": seen[1]})
        if "HX-Reswap" in again.headers:
            break
    return again, {**headers, "X-Seen": seen[1]}


def test_the_table_shows_names_and_states(viewer_client: Client, tenant: Any) -> None:
    response = viewer_client.get(INDEX)
    assert response.status_code == 200
    assert names(response) == ["Renewals", "Win back"]
    assert "badge--running" in response.content.decode()
    assert "badge--stopped" in response.content.decode()


def test_tabs_filter_by_state_and_count(viewer_client: Client, tenant: Any) -> None:
    response = viewer_client.get(INDEX, {"state": "running"})
    assert names(response) == ["Renewals"]
    assert "All 2 Running 1 Stopped 1" in text(response)


def test_search_looks_into_names_and_ids(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    assert names(viewer_client.get(INDEX, {"q": "win"})) == ["Win back"]
    assert names(viewer_client.get(INDEX, {"q": sandbox.campaign_id("Renewals").lower()})) == ["Renewals"]


def test_a_search_without_a_match_says_what_to_do(viewer_client: Client, tenant: Any) -> None:
    response = viewer_client.get(INDEX, {"q": "zzz"})
    assert "No campaign matches" in text(response)
    assert "Show all campaigns" in text(response)


def test_sorting_is_in_the_query_string_and_turns_round(viewer_client: Client, tenant: Any) -> None:
    assert names(viewer_client.get(INDEX, {"sort": "-name"})) == ["Win back", "Renewals"]
    assert names(viewer_client.get(INDEX, {"sort": "state"})) == ["Renewals", "Win back"]
    body = viewer_client.get(INDEX, {"q": "e", "sort": "name"}).content.decode()
    assert 'aria-sort="ascending"' in body
    assert f"{INDEX}?q=e&amp;sort=-name" in body


@pytest.mark.parametrize("query", ["sort=nonsense", "page=-1", "page=999", "state=odd", "page=%00", "q=%00"])
def test_a_query_that_makes_no_sense_is_no_error(viewer_client: Client, tenant: Any, query: str) -> None:
    assert names(viewer_client.get(f"{INDEX}?{query}")) in (["Renewals", "Win back"], [])


def test_the_fragment_is_the_same_as_on_the_page(viewer_client: Client, tenant: Any) -> None:
    whole = viewer_client.get(INDEX, headers={"HX-Request": "true", "HX-Target": "elsewhere"}).content.decode()
    part = viewer_client.get(INDEX, headers={"HX-Request": "true", "HX-Target": "campaigns"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert "Renewals" in part


def test_a_poll_without_news_answers_the_age_alone(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    again, _ = poll(viewer_client, "campaigns")
    assert again.headers["HX-Reswap"] == "none"
    assert 'id="campaigns-age" hx-swap-oob="true"' in again.content.decode()
    assert "Renewals" not in again.content.decode()


def test_a_change_is_seen_by_everybody_on_the_next_poll(
    viewer_client: Client, supervisor_client: Client, tenant: Any, sandbox: Any
) -> None:
    _, headers = poll(viewer_client, "campaigns")
    supervisor_client.post(page(sandbox, "Win back", "start"))
    news = viewer_client.get(INDEX, headers=headers)
    assert "HX-Reswap" not in news.headers
    assert news.content.decode().count("badge--running") == 2
    assert "Started by sam" in text(news)


@pytest.mark.slow
def test_a_hundred_requests_cost_the_tenant_one_call(
    viewer_client: Client, tenant: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)  # on a busy machine they take longer than an interval
    for _ in range(100):
        assert viewer_client.get(INDEX).status_code == 200
    assert sandbox.stats()["requests"]["get_campaigns"] == 1


def test_an_unreachable_tenant_shows_the_last_state_and_a_banner(
    viewer_client: Client, tenant: Any, sandbox: Any
) -> None:
    from bpadmin.dialler.catalogue import campaigns_forget

    campaign_id = sandbox.campaign_id("Renewals")
    assert names(viewer_client.get(INDEX)) == ["Renewals", "Win back"]
    viewer_client.get(page(sandbox, "Renewals"))
    tenant.base_url = "http://127.0.0.1:9"
    tenant.save()
    campaigns_forget(tenant=tenant, campaign_id=campaign_id)
    response = viewer_client.get(INDEX)
    assert response.status_code == 200
    assert names(response) == ["Renewals", "Win back"]
    assert "You see the campaigns as of" in text(response)
    assert "banner--warn" in response.content.decode()
    detail = viewer_client.get(page(sandbox, "Renewals"))
    assert "You see this campaign as of" in text(detail)
    assert "Customers.csv" in text(detail)


def test_a_tenant_that_was_never_reached_says_so(viewer_client: Client, tenant: Any) -> None:
    tenant.base_url = "http://127.0.0.1:9"
    tenant.save()
    response = viewer_client.get(INDEX)
    assert response.status_code == 200
    assert "Nothing was read before" in text(response)
    assert viewer_client.get(f"{INDEX}00000000-0000-0000-0000-000000000000/").status_code == 200


def test_no_enabled_campaign_is_explained(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    sandbox.reset()
    assert "No campaign to show" in text(viewer_client.get(INDEX))


def test_the_page_shows_lists_with_their_properties(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    words = text(viewer_client.get(page(sandbox, "Renewals")))
    assert "Customers.csv" in words
    assert "Enabled" in words
    assert "As loaded" in words
    assert " 120 " in words


def test_the_page_shows_dnc_lists_with_type_and_disposition(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    words = text(viewer_client.get(page(sandbox, "Win back")))
    for expected in (
        "Company DNC Phone numbers (internal)",
        "Area codes Area codes · US",
        "Postal codes Postal codes · US",
        "States States or provinces · US",
        "Paid accounts Records left out · by the field id",
        "A match gets the disposition",
        "Number matches DNC",
    ):
        assert expected in words


def test_the_page_shows_the_jobs_on_its_lists(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    from bpadmin.jobs.models import Job, JobState
    from lists.kinds import LIST_UPLOAD

    Job.objects.create(
        tenant=tenant,
        kind=LIST_UPLOAD,
        state=JobState.PARTIAL,
        target_id=sandbox.list_id("Customers.csv"),
        target_name="Customers.csv",
        file_name="march.csv",
        rows_total=10,
        n_added=8,
        n_rejected=2,
    )
    Job.objects.create(tenant=tenant, kind=LIST_UPLOAD, target_id=sandbox.list_id("Empty.csv"), file_name="other.csv")
    words = text(viewer_client.get(page(sandbox, "Renewals")))
    assert "march.csv" in words
    assert "8 of 10 in" in words
    assert "other.csv" not in words


def test_a_disabled_campaign_says_so_and_offers_no_button(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    response = supervisor_client.get(page(sandbox, "Old survey"))
    assert "This campaign is disabled" in text(response)
    assert page(sandbox, "Old survey", "start") not in response.content.decode()


def test_an_unknown_campaign_is_not_found(viewer_client: Client, tenant: Any) -> None:
    assert viewer_client.get(f"{INDEX}00000000-0000-0000-0000-000000000000/").status_code == 404


def test_somebody_who_has_not_signed_in_is_asked_to(client: Client, tenant: Any, sandbox: Any) -> None:
    for address in (INDEX, page(sandbox, "Renewals"), page(sandbox, "Renewals", "stop")):
        response = client.get(address)
        assert response.status_code == 302
        assert reverse("sign_in") in response.headers["Location"]


def test_a_stranger_is_told_nothing(stranger_client: Client, tenant: Any, sandbox: Any) -> None:
    for address in (INDEX, page(sandbox, "Renewals"), page(sandbox, "Renewals", "stop")):
        assert stranger_client.get(address).status_code == 404
    assert stranger_client.post(page(sandbox, "Renewals", "stop")).status_code == 404
    assert sandbox.stats()["requests_total"] == 0


def test_a_viewer_sees_no_buttons_and_cannot_act(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    assert page(sandbox, "Renewals", "stop") not in viewer_client.get(INDEX).content.decode()
    assert page(sandbox, "Renewals", "stop") not in viewer_client.get(page(sandbox, "Renewals")).content.decode()
    response = viewer_client.get(page(sandbox, "Renewals", "stop"))
    assert response.status_code == 403
    assert "Supervisor" in text(response)
    assert viewer_client.post(page(sandbox, "Renewals", "stop")).status_code == 403
    assert "stop" not in sandbox.stats()["requests"]


def test_the_table_takes_the_same_queries_for_two_rows_as_for_forty(
    viewer_client: Client, tenant: Any, sandbox: Any
) -> None:
    from bpadmin.audit.services import audit_record
    from bpadmin.audit.verbs import Verb
    from bpadmin.dialler.catalogue import campaigns_forget

    headers = {"HX-Request": "true", "HX-Target": "campaigns"}
    viewer_client.get(INDEX, headers=headers)  # opens the connection
    with CaptureQueriesContext(connection) as few:
        viewer_client.get(INDEX, headers=headers)
    for number in range(40):
        campaign_id = sandbox.create_campaign(f"Campaign {number}")
        for _ in range(3):
            audit_record(
                verb=Verb.CAMPAIGN_START, tenant=tenant, actor=None, target_kind="campaign", target_id=campaign_id
            )
    campaigns_forget(tenant=tenant, campaign_id="")
    viewer_client.get(INDEX, headers=headers)  # waits for them
    with CaptureQueriesContext(connection) as many:
        response = viewer_client.get(INDEX, headers=headers)
    assert len(names(response)) == 15
    assert len(many) == len(few) <= 9
