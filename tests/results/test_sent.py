"""What Conpeek sends by itself is counted as what is read is: once, whichever came first, in whatever order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.dialler.types import Actor
from bpadmin.records.models import NamedSource
from bpadmin.results.figures.stock import stock_sum, stocks_of
from bpadmin.results.hooks.counting import sent_results_count
from bpadmin.results.models import Attempt, ResultHook, SentResult
from bpadmin.results.reading.identity import settings_of
from bpadmin.results.reading.lease import Lease
from bpadmin.results.reading.turns import tenant_read
from bpadmin.results.services import recount_ask, sources_of
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_client
from tests.fixtures_tenants import browser_of, connect
from tests.shell import run

PHONE = "48601234567"


class Voice:
    """A voice campaign whose events come here, and what is known of it."""

    def __init__(self, sandbox: Any, tenant: Tenant, address: str, *, requests: int = 3) -> None:
        self.sandbox, self.tenant, self.address = sandbox, tenant, address
        self.campaign = sandbox.create_voice_campaign("Callbacks")
        people = [{"name": f"Person {n}", "contact_number": f"{PHONE}{n}"} for n in range(requests)]
        self.ids = sandbox.create_requests(self.campaign, people)
        sandbox.hook(address)

    def call(self, which: int, **said: Any) -> list[int]:
        """Have somebody called."""
        self.sandbox.advance(60)
        return self.sandbox.voice_call(self.campaign, self.ids[which], **said)

    def count(self) -> int:
        """Count what was sent."""
        return sent_results_count(tenant_id=self.tenant.pk)

    def read(self) -> None:
        """Read all of it, as polling does."""
        if sources := sources_of(tenant=self.tenant):
            recount_ask(tenant=self.tenant, sources=sources, actor=Actor(name="test"))
        tenant_read(tenant=self.tenant, heeds_budget=False)

    def known(self) -> dict[str, int]:
        """Return what is known: attempts, records completed and open, and those never attempted."""
        stock = stock_sum(list(stocks_of(sources_of(tenant=self.tenant)).values()))
        attempts = Attempt.objects.filter(source__tenant=self.tenant).count()
        return {"attempts": attempts, "completed": stock.completed, "open": stock.open, "never": stock.never or 0}

    def truth(self) -> dict[str, int]:
        """Return the same as the server has it."""
        found = self.sandbox.dump_requests(self.campaign)
        tried = [each for each in found if each["contact_try"]]
        closed = sum(each["state"] == "CLOSED" for each in tried)
        return {
            "attempts": sum(len(each["call_history"]) for each in found),
            "completed": closed,
            "open": len(tried) - closed,
            "never": len(found) - len(tried),
        }


@pytest.fixture
def voice(transactional_db: None, live_server: Any, sandbox: Any) -> Voice:
    """A voice campaign of three, read once, whose events are sent here over HTTP."""
    cache.clear()
    tenant = connect(sandbox, "conpeek")
    voice = Voice(sandbox, tenant, live_server.url + json_of(tenant, "--renew")["address"])
    browser_of(tenant).post(reverse("records:add", args=[tenant.slug]), {"voice_campaign_id": voice.campaign})
    voice.read()
    return voice


def json_of(tenant: Tenant, *arguments: str) -> dict[str, Any]:
    """Run the command and return what it prints for scripts."""
    return run("results_hook", tenant.slug, *arguments)[1]


def test_a_closed_request_is_counted_without_reading_and_reading_counts_nothing_twice(voice: Voice) -> None:
    assert voice.known() == {"attempts": 0, "completed": 0, "open": 0, "never": 3}
    assert voice.call(0, seconds=40) == [200]
    assert voice.count() == 1
    assert voice.known() == voice.truth() == {"attempts": 1, "completed": 1, "open": 0, "never": 2}
    voice.read()
    assert voice.known() == voice.truth()


def test_what_was_read_first_is_not_counted_again_when_it_is_sent(voice: Voice) -> None:
    voice.sandbox.faults([{"kind": "hook_held", "times": 1}])
    assert voice.call(0) == []
    voice.read()
    assert voice.known()["attempts"] == 1
    assert voice.call(1) == [200, 200]
    voice.count()
    assert voice.known() == voice.truth() == {"attempts": 2, "completed": 2, "open": 0, "never": 1}


def test_an_event_that_comes_three_times_counts_once(voice: Voice) -> None:
    voice.sandbox.faults([{"kind": "hook_repeated", "times": 2}])
    assert voice.call(0) == [200, 200, 200]
    assert voice.count() == 1
    assert voice.call(1) == [200, 200, 200]
    assert (voice.count(), voice.count()) == (1, 0)
    assert voice.known() == voice.truth()


def test_a_retry_that_comes_after_the_end_opens_nothing_again(voice: Voice) -> None:
    voice.sandbox.faults([{"kind": "hook_held", "times": 1}])
    assert voice.call(0, closes=False, reason="NO_USER_RESPONSE") == []
    assert voice.call(0) == [200, 200]
    voice.count()
    assert voice.known() == voice.truth() == {"attempts": 2, "completed": 1, "open": 0, "never": 2}
    voice.read()
    assert voice.known() == voice.truth()


def test_a_retry_tells_how_a_request_stands_and_its_call_is_read_later(voice: Voice) -> None:
    assert voice.call(0, closes=False, reason="NO_USER_RESPONSE") == [200]
    voice.count()
    assert voice.known() == {**voice.truth(), "attempts": 0}
    voice.read()
    assert voice.known() == voice.truth()


def test_an_event_cut_in_the_middle_changes_nothing_and_reading_finds_it(voice: Voice) -> None:
    voice.sandbox.faults([{"kind": "hook_cut", "times": 1}])
    assert voice.call(0) == [0]
    assert voice.count() == 0
    assert voice.known()["attempts"] == 0
    voice.read()
    assert voice.known() == voice.truth()


def test_an_old_event_does_not_close_what_was_put_back_since(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    voice.sandbox.faults([{"kind": "hook_held", "times": 1}])
    voice.call(0)
    now = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: now)
    with tenant_client(voice.tenant) as client:
        client.set_recall(voice.campaign, voice.ids[0], {})
    voice.read()
    assert voice.known()["open"] == 1
    assert voice.call(1) == [200, 200]
    voice.count()
    assert voice.known() == voice.truth() == {"attempts": 2, "completed": 1, "open": 1, "never": 1}


def test_a_campaign_that_nobody_named_becomes_known_by_its_first_event(voice: Voice) -> None:
    other = voice.sandbox.create_voice_campaign("Renewals")
    (request,) = voice.sandbox.create_requests(other, [{"name": "Ann", "contact_number": PHONE}])
    assert voice.sandbox.voice_call(other, request) == [200]
    voice.count()
    named = NamedSource.objects.get(source_id=other)
    assert (named.name, named.named_by_name) == ("Renewals", "Conpeek")
    assert Attempt.objects.filter(source__campaign_name="Renewals").count() == 1


def test_what_is_sent_while_results_are_read_waits_for_whoever_reads(voice: Voice) -> None:
    lease = Lease(settings_of(voice.tenant))
    assert lease.take()
    voice.call(0)
    assert voice.count() == 0
    assert SentResult.objects.count() == 1
    lease.give_back()
    tenant_read(tenant=voice.tenant, heeds_budget=False)
    assert not SentResult.objects.exists()
    assert voice.known() == voice.truth()


def test_no_name_and_no_number_is_kept_of_what_waits(voice: Voice) -> None:
    voice.call(0)
    (sent,) = SentResult.objects.all()
    assert PHONE not in json.dumps(sent.facts)
    assert "Person" not in json.dumps(sent.facts)


def test_another_address_takes_the_place_of_the_former_and_closing_ends_it(voice: Voice) -> None:
    administrator = browser_of(voice.tenant, Role.ADMINISTRATOR, name="ada")
    page = administrator.post(reverse("results:hook", args=[voice.tenant.slug]), {"do": "renew"}, follow=True)
    assert json_of(voice.tenant)["address"] in page.content.decode()
    assert voice.call(0) == [404]
    voice.sandbox.hook(voice.address.partition("/hooks/")[0] + json_of(voice.tenant)["address"])
    assert voice.call(1) == [200]
    assert json_of(voice.tenant, "--close")["address"] is None
    assert voice.call(2) == [404]
    assert AuditEntry.objects.filter(verb="results.hook").count() == 3


@pytest.fixture
def hook_path(db: None, sandbox: Any) -> str:
    """The path to which a tenant's platform sends."""
    cache.clear()
    return str(json_of(connect(sandbox, "conpeek"), "--renew")["address"])


EVENT = {
    "event_name": "voice_campaign_request_closed",
    "event_time": "2018-05-02 23:39:18",
    "event_type": "voice_campaign",
    "data": {"id": "5b9a80037bfc84794477fef1", "voice_campaign_id": "5b7c389fe8df7b60af688989", "state": "CLOSED"},
}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "an object"),
        (b"{", "no JSON"),
        (b"[]", "an object"),
        (json.dumps({**EVENT, "event_name": ""}).encode(), "event_name"),
        (json.dumps({**EVENT, "event_time": "yesterday"}).encode(), "event_time"),
        (json.dumps({**EVENT, "data": {"id": "1"}}).encode(), "voice_campaign_id"),
        (json.dumps({**EVENT, "data": None}).encode(), "data"),
    ],
)
def test_what_is_no_event_is_refused_in_words_and_counted(hook_path: str, body: bytes, word: str) -> None:
    answer = Client().post(hook_path, body, content_type="application/json")
    assert answer.status_code == 400
    assert word in answer.json()["problem"]
    hook = ResultHook.objects.get()
    assert (hook.refused, hook.taken) == (1, 0)
    assert word in hook.trouble


def test_an_event_of_another_kind_is_passed_over(hook_path: str) -> None:
    other = {**EVENT, "event_name": "voice_campaign_request_created"}
    answer = Client(enforce_csrf_checks=True).post(hook_path, json.dumps(other), content_type="application/json")
    assert answer.json() == {"taken": False}
    assert (ResultHook.objects.get().passed, SentResult.objects.count()) == (1, 0)


def test_nothing_is_taken_at_a_wrong_address_and_who_guesses_is_slowed_down(hook_path: str) -> None:
    body = json.dumps(EVENT)
    answers = [Client().post("/hooks/results/guess/", body, content_type="application/json") for _ in range(11)]
    assert [each.status_code for each in answers] == [404] * 10 + [429]
    assert not SentResult.objects.exists()


def test_a_long_event_is_read_only_where_the_address_is_right(hook_path: str) -> None:
    long = json.dumps({**EVENT, "data": {**EVENT["data"], "note": "n" * 40_000}})  # type: ignore[dict-item]
    assert Client().post("/hooks/results/guess/", long, content_type="application/json").status_code == 404
    assert Client().post(hook_path, long, content_type="application/json").json() == {"taken": True}
    longest = b"{" + b" " * 1_000_000
    answer = Client().post(hook_path, longest, content_type="application/json")
    assert answer.status_code == 413
    assert Client().get(hook_path).status_code == 405


def test_the_page_shows_the_address_to_administrators_alone(hook_path: str) -> None:
    tenant = Tenant.objects.get(platform="conpeek")
    page = reverse("results:hook", args=[tenant.slug])
    assert browser_of(tenant).get(page).status_code == 403
    assert hook_path not in browser_of(tenant).get(reverse("results:reading", args=[tenant.slug])).content.decode()
