"""The page and the commands of acts whose outcome nobody knows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.dialler import actions
from bpadmin.dialler.catalogue import campaign_now
from bpadmin.dialler.models import Action, ActionState
from bpadmin.tenants.models import Tenant
from tests.dialler.acting import ACTS, FIELDS, learnt, overdue
from tests.dnc.files.filing import known_list
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def left_open(tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Action:
    """An act that was done and whose outcome was not written down."""
    ready = ACTS["list create"](sandbox, tenant)
    with monkeypatch.context() as patch:
        patch.setattr(actions, "_ended_for_sure", lambda *_, **__: None)
        ready.ask()
    overdue(Action.objects.select_related("tenant").get())
    return Action.objects.get()


@pytest.fixture
def newer(tenant: Tenant, sandbox: Any) -> Tenant:
    """The tenant with the newer methods, known to have them."""
    sandbox.options(newer_dnc=True)
    return learnt(tenant)


def address(name: str, tenant: Tenant, *arguments: int) -> str:
    return reverse(f"dialler:{name}", args=[tenant.slug, *arguments])


def test_every_page_says_that_an_outcome_is_unknown_and_leads_to_it(
    tenant: Tenant, left_open: Action, viewer_client: Client
) -> None:
    for page in (reverse("jobs:index", args=[tenant.slug]), reverse("audit:index", args=[tenant.slug])):
        text = viewer_client.get(page).content.decode()
        assert "1 act has an unknown outcome." in text
        assert address("open", tenant) in text
    text = viewer_client.get(address("open", tenant)).content.decode()
    assert "asked to create the list “Summer”" in text
    assert "It was done" not in text, "a viewer settles nothing"


def test_the_banner_costs_one_query(
    tenant: Tenant, left_open: Action, viewer_client: Client, django_assert_num_queries: Any
) -> None:
    from bpadmin.dialler.services import actions_open_count

    with django_assert_num_queries(1) as asked:
        assert actions_open_count(tenant=tenant) == 1
    assert "COUNT" in asked.captured_queries[0]["sql"]


def test_reading_again_settles_it(tenant: Tenant, left_open: Action, supervisor_client: Client) -> None:
    answer = supervisor_client.post(address("read", tenant, left_open.pk), follow=True)
    text = answer.content.decode()
    assert "found so when it was read again" in text
    assert "Every outcome is known" in text
    assert "unknown outcome" not in supervisor_client.get(reverse("jobs:index", args=[tenant.slug])).content.decode()


def test_a_persons_word_settles_it_and_is_logged(tenant: Tenant, left_open: Action, supervisor_client: Client) -> None:
    url = address("settle", tenant, left_open.pk)
    text = supervisor_client.post(url, {"outcome": "refused"}, follow=True).content.decode()
    assert "sam says that it was not done" in text
    entry = AuditEntry.objects.get(act=left_open.pk)
    assert (entry.verb, entry.actor_name, entry.outcome) == ("act.settle", "sam", Outcome.REFUSED)
    assert "known already" in supervisor_client.post(url, {"outcome": "done"}, follow=True).content.decode()
    left_open.refresh_from_db()
    assert left_open.state == ActionState.REFUSED


def test_viewers_and_strangers_settle_nothing(
    tenant: Tenant, left_open: Action, viewer_client: Client, stranger_client: Client
) -> None:
    for name in ("read", "settle"):
        assert viewer_client.post(address(name, tenant, left_open.pk), {"outcome": "done"}).status_code == 403
        assert stranger_client.post(address(name, tenant, left_open.pk), {"outcome": "done"}).status_code == 404
    assert stranger_client.get(address("open", tenant)).status_code == 404
    left_open.refresh_from_db()
    assert left_open.state == ActionState.ASKED


def test_the_shell_lists_and_settles(tenant: Tenant, left_open: Action) -> None:
    code, said = run("acts_open", tenant.slug)
    assert (code, said["count"], said["acts"][0]["asked"]) == (0, 1, "create the list “Summer”")
    assert run("act_settle", tenant.slug, "999", "--done")[0] == 1
    assert run("act_settle", tenant.slug, str(left_open.pk), "--read-again")[1]["outcome"] == "done"
    assert run("acts_open", tenant.slug)[1]["count"] == 0
    assert "known already" in run("act_settle", tenant.slug, str(left_open.pk), "--not-done")[1]["error"]


def test_the_activity_shows_an_act_once(
    tenant: Tenant, sandbox: Any, left_open: Action, supervisor_client: Client
) -> None:
    page = reverse("audit:index", args=[tenant.slug])
    text = supervisor_client.get(page).content.decode()
    assert text.count("</strong> created list") == 1
    assert "Asked, outcome unknown" in text
    supervisor_client.post(address("read", tenant, left_open.pk))
    text = supervisor_client.get(page).content.decode()
    assert "Asked, outcome unknown" not in text
    assert AuditEntry.every.filter(act=left_open.pk).count() == 2


def test_an_unreadable_secret_is_words_on_every_page_that_acts(
    tenant: Tenant, sandbox: Any, supervisor_client: Client
) -> None:
    dnc_list = known_list(tenant, sandbox)
    Tenant.objects.update(secrets="unreadable")
    owned = {"typed_name": "Company DNC", "reason": "old"}
    acts = {
        reverse("dnc:add", args=[tenant.slug, dnc_list.pk]): {"text": "6505550100"},
        reverse("dnc:remove", args=[tenant.slug, dnc_list.pk]): {
            "text": "6505550100",
            "reason": "wrong",
            "typed_name": "Company DNC",
        },
        reverse("dnc:everywhere", args=[tenant.slug]): {"number": "6505550100", "shown": "1", "lists": [dnc_list.pk]},
        reverse("dnc:clear", args=[tenant.slug, dnc_list.pk]): owned,
        reverse("campaigns:start", args=[tenant.slug, "C-1"]): {},
        reverse("lists:build", args=[tenant.slug]): {
            "name": "Autumn",
            "field-TOTAL_FORMS": "1",
            "field-INITIAL_FORMS": "0",
            "field-0-name": "phone",
            "field-0-type": "PHONE",
        },
    }
    for url, said in acts.items():
        answer = supervisor_client.post(url, said, follow=True)
        assert answer.status_code == 200, url
    assert Action.objects.exclude(state=ActionState.REFUSED).count() == 0
    assert Action.objects.count() >= 5


def test_nothing_that_is_sent_to_a_tenants_pages_breaks_when_its_secret_cannot_be_read(
    newer: Tenant, sandbox: Any, supervisor_client: Client
) -> None:
    dnc_list, campaign = known_list(newer, sandbox), sandbox.create_campaign("Renewals")
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign])
    instance = campaign_now(tenant=newer, campaign_id=campaign).lists[0].instance_id  # type: ignore[index]
    Tenant.objects.update(secrets="unreadable")
    supervisor_client.raise_request_exception = False
    words = {"list_pk": dnc_list.pk, "list_id": list_id, "campaign_id": campaign}
    words |= {"instance_id": instance, "source_id": list_id, "slug": newer.slug}
    seen = 0
    for namespace in ("campaigns", "lists", "dnc", "records"):
        for name, patterns in addresses(namespace):
            if set(patterns) <= set(words):
                url = reverse(f"{namespace}:{name}", kwargs={each: words[each] for each in ("slug", *patterns)})
                assert supervisor_client.post(url, {"reason": "r"}).status_code < 500, url
                seen += 1
    assert seen > 40


def addresses(namespace: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the names of a screen's addresses with their parts."""
    resolver = get_resolver().namespace_dict[namespace][1]
    names = [name for name in resolver.reverse_dict if isinstance(name, str)]
    return [(name, tuple(resolver.reverse_dict.getlist(name)[0][0][0][1])) for name in names]
