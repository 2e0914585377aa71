"""The table of calling lists and the page of one list, against the sandbox."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bpadmin.dialler.catalogue import list_find, lists_forget, lists_read
from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.types import FieldSpec, FieldType
from lists.kinds import LIST_UPLOAD

INDEX = "/t/acme/lists/"
PHONE = [{"name": "phone", "type": "PHONE", "key": True}]
NOWHERE = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Four lists: Customers (120 records, bound), Callbacks (30, bound), Accounts (40), Empty (0)."""
    sandbox.seed("small")


def page(sandbox: Any, name: str, screen: str = "detail") -> str:
    return reverse(f"lists:{screen}", kwargs={"slug": "acme", "list_id": sandbox.list_id(name)})


def text(response: Any) -> str:
    """Return the words of a page, single-spaced."""
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(bare.split())


def names(response: Any) -> list[str]:
    return re.findall(r'class="table__main"><a[^>]*>(?:<bdi>)?([^<]+)(?:</bdi>)?</a>', response.content.decode())


def upload(tenant: Any, sandbox: Any, name: str, **values: Any) -> Job:
    kind = {"tenant": tenant, "kind": LIST_UPLOAD, "target_id": sandbox.list_id(name), "target_name": name}
    return Job.objects.create(**kind, **values)


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


def test_the_table_shows_every_list_with_its_records_and_format(viewer_client: Client, tenant: Any) -> None:
    response = viewer_client.get(INDEX)
    assert response.status_code == 200
    assert names(response) == ["Accounts.csv", "Callbacks.csv", "Customers.csv", "Empty.csv"]
    words = text(response)
    assert "Customers.csv 120 Customers" in words
    assert "4 lists" in words


def test_it_walks_over_all_pages_of_the_platform(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    for number in range(230):
        sandbox.create_list(f"Batch {number}", PHONE)
    assert "234 lists" in text(viewer_client.get(INDEX))
    assert sandbox.stats()["requests"]["get_lists"] == 3
    assert names(viewer_client.get(INDEX, {"q": "batch 229"})) == ["Batch 229"]


def test_long_tables_are_paged_here_in_natural_order(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    for number in range(60):
        sandbox.create_list(f"Batch {number}", PHONE)
    first = viewer_client.get(INDEX, {"q": "batch"})
    assert names(first)[:3] == ["Batch 0", "Batch 1", "Batch 2"]
    assert len(names(first)) == 25
    assert "1–25 of 60 lists" in text(first)
    assert names(viewer_client.get(INDEX, {"q": "batch", "page": "3"}))[-1] == "Batch 59"


def test_search_looks_into_names_formats_and_ids(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    assert names(viewer_client.get(INDEX, {"q": "callb"})) == ["Callbacks.csv"]
    assert names(viewer_client.get(INDEX, {"q": "customers"})) == ["Customers.csv", "Empty.csv"]
    assert names(viewer_client.get(INDEX, {"q": sandbox.list_id("Empty.csv")})) == ["Empty.csv"]
    assert "No list matches" in text(viewer_client.get(INDEX, {"q": "zzz"}))


def test_it_sorts_by_records_either_way(viewer_client: Client, tenant: Any) -> None:
    assert names(viewer_client.get(INDEX, {"sort": "-records"}))[0] == "Customers.csv"
    assert names(viewer_client.get(INDEX, {"sort": "records"}))[0] == "Empty.csv"


@pytest.mark.slow
def test_a_hundred_requests_cost_the_tenant_one_walk(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    for _ in range(100):
        viewer_client.get(INDEX)
    assert sandbox.stats()["requests"]["get_lists"] == 1


def test_read_again_walks_anew(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    viewer_client.get(INDEX)
    sandbox.create_list("Brand new.csv", PHONE)
    assert "Brand new.csv" not in names(viewer_client.get(INDEX))
    response = viewer_client.post("/t/acme/read-lists-again/", {"next": f"{INDEX}?sort=-name"}, follow=True)
    assert response.redirect_chain == [(f"{INDEX}?sort=-name", 302)]
    assert "Brand new.csv" in names(response)


def test_read_again_never_leads_elsewhere(viewer_client: Client, tenant: Any) -> None:
    response = viewer_client.post("/t/acme/read-lists-again/", {"next": "https://evil.example/"})
    assert response.headers["Location"] == INDEX
    assert viewer_client.get("/t/acme/read-lists-again/").status_code == 405


def test_the_table_shows_the_last_job_of_each_list(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    upload(tenant, sandbox, "Accounts.csv", state=JobState.FAILED)
    last = upload(tenant, sandbox, "Accounts.csv", state=JobState.SUCCEEDED)
    body = viewer_client.get(INDEX).content.decode()
    assert reverse("jobs:detail", args=["acme", last.pk]) in body
    assert "Succeeded" in body
    assert "Failed" not in body


def test_the_table_takes_the_same_queries_for_four_rows_as_for_a_full_page(
    viewer_client: Client, tenant: Any, sandbox: Any
) -> None:
    headers = {"HX-Request": "true", "HX-Target": "lists"}
    viewer_client.get(INDEX, headers=headers)  # opens the connection
    with CaptureQueriesContext(connection) as few:
        viewer_client.get(INDEX, headers=headers)
    for number in range(60):
        sandbox.create_list(f"Batch {number}", PHONE)
        upload(tenant, sandbox, f"Batch {number}", state=JobState.SUCCEEDED)
    lists_forget(tenant=tenant)
    viewer_client.get(INDEX, headers=headers)  # waits for them
    with CaptureQueriesContext(connection) as many:
        response = viewer_client.get(INDEX, headers=headers)
    assert len(names(response)) == 25
    assert len(many) == len(few) <= 9


def test_a_poll_without_news_answers_the_age_alone(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    again, headers = poll(viewer_client, "lists")
    assert again.headers["HX-Reswap"] == "none"
    upload(tenant, sandbox, "Accounts.csv", state=JobState.RUNNING)
    news = viewer_client.get(INDEX, headers=headers)
    assert "Running" in text(news)


def test_an_unreachable_tenant_shows_the_last_lists_and_a_banner(
    viewer_client: Client, tenant: Any, sandbox: Any
) -> None:
    viewer_client.get(INDEX)
    viewer_client.get(page(sandbox, "Customers.csv"))
    tenant.base_url = "http://127.0.0.1:9"
    tenant.save()
    lists_forget(tenant=tenant, list_id=sandbox.list_id("Customers.csv"))
    response = viewer_client.get(INDEX)
    assert "Customers.csv" in names(response)
    assert "You see the lists as of" in text(response)
    detail = viewer_client.get(page(sandbox, "Customers.csv"))
    assert "You see this list as of" in text(detail)
    assert "120" in text(detail)


def test_the_page_of_a_list_that_was_never_read_still_shows_its_jobs(
    viewer_client: Client, tenant: Any, sandbox: Any
) -> None:
    upload(tenant, sandbox, "Customers.csv", state=JobState.SUCCEEDED, file_name="march.csv")
    tenant.base_url = "http://127.0.0.1:9"
    tenant.save()
    response = viewer_client.get(page(sandbox, "Customers.csv"))
    assert response.status_code == 200
    assert "Nothing was read before" in text(response)
    assert "march.csv" in text(response)


def test_the_page_shows_records_campaigns_and_jobs(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    upload(
        tenant,
        sandbox,
        "Customers.csv",
        state=JobState.PARTIAL,
        file_name="march.csv",
        rows_total=9,
        n_added=4,
        n_rejected=5,
    )
    response = viewer_client.get(page(sandbox, "Customers.csv"))
    words = text(response)
    assert "120 records" in words
    assert "Format Customers" in words
    assert "march.csv" in words
    assert "4 of 9 in" in words
    campaign = reverse("campaigns:detail", args=["acme", sandbox.campaign_id("Renewals")])
    assert campaign in response.content.decode()


def test_rows_that_were_there_before_count_as_in(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    counts = {"rows_total": 5, "n_added": 1, "n_already_there": 4}
    upload(tenant, sandbox, "Customers.csv", state=JobState.SUCCEEDED, file_name="march.csv", **counts)
    assert "5 of 5 in the list" in text(viewer_client.get(page(sandbox, "Customers.csv")))


def test_a_list_bound_to_nothing_says_so(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    assert "It is bound to no campaign" in text(viewer_client.get(page(sandbox, "Accounts.csv")))


def test_unknown_fields_are_explained_and_a_supervisor_may_say_them(
    viewer_client: Client, supervisor_client: Client, tenant: Any, sandbox: Any
) -> None:
    address = page(sandbox, "Accounts.csv", "format")
    seen = viewer_client.get(page(sandbox, "Accounts.csv"))
    assert "The dialler cannot tell which fields a list has" in text(seen)
    assert address not in seen.content.decode()
    assert address in supervisor_client.get(page(sandbox, "Accounts.csv")).content.decode()


def test_known_fields_are_shown_with_their_source(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    from lists.formats.services import format_say

    fields = [
        FieldSpec("phone", FieldType.PHONE, required=True, phone_type="US_CANADA"),
        FieldSpec("id", FieldType.ACCOUNT, key=True),
    ]
    format_say(tenant=tenant, list_id=sandbox.list_id("Accounts.csv"), list_name="Accounts.csv", fields=fields)
    words = text(viewer_client.get(page(sandbox, "Accounts.csv")))
    assert "phone Phone number United States and Canada Required" in words
    assert "id Account number Key" in words
    assert "Set by a supervisor" in words


def test_an_upload_is_one_press_away_for_a_supervisor_only(
    viewer_client: Client, supervisor_client: Client, tenant: Any, sandbox: Any
) -> None:
    address = page(sandbox, "Customers.csv", "upload")
    for place in (INDEX, page(sandbox, "Customers.csv")):
        assert address in supervisor_client.get(place).content.decode()
        assert address not in viewer_client.get(place).content.decode()


def test_an_unknown_list_is_not_found(viewer_client: Client, tenant: Any) -> None:
    assert viewer_client.get(f"{INDEX}{NOWHERE}/").status_code == 404


def test_somebody_who_has_not_signed_in_is_asked_to(client: Client, tenant: Any, sandbox: Any) -> None:
    for address in (INDEX, page(sandbox, "Customers.csv"), page(sandbox, "Customers.csv", "format")):
        assert reverse("sign_in") in client.get(address).headers["Location"]


def test_a_stranger_is_told_nothing(stranger_client: Client, tenant: Any, sandbox: Any) -> None:
    for address in (INDEX, page(sandbox, "Customers.csv"), page(sandbox, "Customers.csv", "format")):
        assert stranger_client.get(address).status_code == 404
    assert stranger_client.post("/t/acme/read-lists-again/").status_code == 404
    assert sandbox.stats()["requests_total"] == 0


def test_a_tenant_without_lists_says_what_to_do(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    sandbox.reset()
    assert "No calling list yet" in text(viewer_client.get(INDEX))


def test_a_missing_privilege_is_told_instead_of_an_empty_table(viewer_client: Client, tenant: Any) -> None:
    from bpadmin.tenants.services import tenant_update

    tenant_update(
        tenant=tenant,
        name=tenant.name,
        base_url=tenant.base_url,
        credentials={"client_id": "viewer-only", "client_secret": "sandbox-secret"},
        time_zone="UTC",
        lanes=1,
        chunk_size=100,
    )
    words = text(viewer_client.get(INDEX))
    assert "Manage Lists" in words
    assert "No calling list yet" not in words


def test_a_list_is_found_by_name_or_id(tenant: Any, sandbox: Any) -> None:
    assert list_find(tenant=tenant, name_or_id="customers.CSV").id == sandbox.list_id("Customers.csv")
    assert list_find(tenant=tenant, name_or_id=sandbox.list_id("Empty.csv")).name == "Empty.csv"


def test_what_was_read_carries_the_time_of_creation(tenant: Any) -> None:
    assert all(each.created is not None for each in lists_read(tenant).value)


@pytest.mark.django_db(transaction=True)
def test_all_campaigns_that_dial_a_list_are_stopped_from_its_page_after_the_question(
    supervisor_client: Client, viewer_client: Client, tenant: Any, sandbox: Any
) -> None:
    shown = supervisor_client.get(page(sandbox, "Customers.csv")).content.decode()
    form = shown[shown.index('action="/t/acme/several-campaigns/"') :]
    said = {"wanted": "stop", "campaign": re.findall(r'name="campaign" value="([^"]+)"', form)}
    asked = supervisor_client.post("/t/acme/several-campaigns/", said, follow=True)
    assert "Stop 1 campaign?" in text(asked)
    assert "What happens to calls in progress is not documented" in text(asked)
    assert {each["name"]: each["state"] for each in sandbox.state()["campaigns"]}["Renewals"] == "RUNNING"
    supervisor_client.post("/t/acme/several-campaigns/", {**said, "sure": "1"})
    assert {each["name"]: each["state"] for each in sandbox.state()["campaigns"]}["Renewals"] == "STOPPED"
    assert "several-campaigns" not in viewer_client.get(page(sandbox, "Customers.csv")).content.decode()
    assert "several-campaigns" not in supervisor_client.get(page(sandbox, "Empty.csv")).content.decode()
