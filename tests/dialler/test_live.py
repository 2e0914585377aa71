"""What the dialler says now, at one call per interval."""

from __future__ import annotations

import sys
import threading
import time
from types import ModuleType
from typing import Any

import pytest
from django.core.cache import caches

from bpadmin.dialler import live
from bpadmin.dialler.live import live_forget, live_read
from bpadmin.platforms.types import Campaign
from bpadmin.tenants.models import Tenant

pytestmark = pytest.mark.django_db


def read(tenant: Tenant, **options: Any) -> Any:
    """Read the campaigns as the campaign table does."""
    return live_read(tenant, "campaigns", lambda client: client.get_campaigns(), **options)


def names(campaigns: tuple[Campaign, ...]) -> list[str]:
    return [campaign.name for campaign in campaigns]


def calls(sandbox: Any) -> int:
    """Count requests that the tenant has answered, those for tokens left out."""
    stats = sandbox.stats()
    return int(stats["requests_total"] - stats["token_requests"])


def expire(tenant: Tenant) -> None:
    """Let the interval pass."""
    live_forget(tenant, "campaigns")


def test_it_reads_what_the_tenant_has(tenant: Tenant, sandbox: Any) -> None:
    sandbox.create_campaign("Spring")
    snapshot = read(tenant)
    assert names(snapshot.value) == ["Spring"]
    assert snapshot.error == ""
    assert not snapshot.is_stale
    assert snapshot.age_seconds < 60


def test_a_hundred_readers_cost_one_call(tenant: Tenant, sandbox: Any) -> None:
    sandbox.create_campaign("Spring")
    sandbox.latency(0.2)
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(names(read(tenant, ttl=600, patience=30).value)))
        for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["Spring"]] * 100
    assert calls(sandbox) == 1


def test_a_reader_who_claims_when_another_has_just_read_asks_nobody(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Any = type(caches["default"])
    claim = kind.add

    def overtaken(self: Any, *args: Any, **kwargs: Any) -> bool:
        monkeypatch.setattr(kind, "add", claim)
        read(tenant, ttl=600)
        return claim(self, *args, **kwargs)

    monkeypatch.setattr(kind, "add", overtaken)
    read(tenant, ttl=600)
    assert calls(sandbox) == 1
    live_forget(tenant, "campaigns")
    read(tenant, ttl=600)
    assert calls(sandbox) == 2


def test_within_the_interval_the_tenant_is_left_alone(tenant: Tenant, sandbox: Any) -> None:
    read(tenant, ttl=600)
    sandbox.create_campaign("Later")
    assert names(read(tenant, ttl=600).value) == []
    assert calls(sandbox) == 1


def test_after_an_act_the_next_reader_asks_again(tenant: Tenant, sandbox: Any) -> None:
    read(tenant, ttl=600)
    sandbox.create_campaign("Later")
    live_forget(tenant, "campaigns")
    assert names(read(tenant, ttl=600).value) == ["Later"]


def test_a_reading_that_began_before_the_act_is_not_kept(tenant: Tenant, sandbox: Any) -> None:
    is_reading, may_end = threading.Event(), threading.Event()

    def slow(client: Any) -> str:
        is_reading.set()
        may_end.wait(30)
        return "before"

    reader = threading.Thread(target=lambda: live_read(tenant, "x", slow, ttl=600, patience=30))
    reader.start()
    is_reading.wait(30)
    live_forget(tenant, "x")
    assert live_read(tenant, "x", lambda client: "after", ttl=600).value == "after"
    may_end.set()
    reader.join()
    assert live_read(tenant, "x", lambda client: "again", ttl=600).value == "after"


def test_an_unreachable_tenant_shows_the_last_known_state_and_why(tenant: Tenant, sandbox: Any) -> None:
    sandbox.create_campaign("Spring")
    first = read(tenant)
    sandbox.faults([{"kind": "http_503", "probability": 1.0}])
    expire(tenant)
    later = read(tenant, patience=30)
    assert names(later.value) == ["Spring"]
    assert later.fetched_at == first.fetched_at
    assert later.error
    assert later.is_stale


def test_a_failure_is_remembered_for_the_interval_too(tenant: Tenant, sandbox: Any) -> None:
    sandbox.faults([{"kind": "http_503", "probability": 1.0}])
    read(tenant, ttl=600, patience=30)
    after_first = sandbox.stats()["requests_total"]
    assert read(tenant, ttl=600).error
    assert sandbox.stats()["requests_total"] == after_first


def test_a_tenant_that_never_answered_has_no_value(tenant: Tenant) -> None:
    Tenant.objects.update(base_url="http://127.0.0.1:1")
    tenant.refresh_from_db()
    snapshot = read(tenant, patience=30)
    assert not snapshot.has_value
    assert snapshot.error
    assert snapshot.age_seconds is None


def test_once_it_answers_again_the_error_is_gone(tenant: Tenant, sandbox: Any) -> None:
    sandbox.faults([{"kind": "http_503", "probability": 1.0}])
    assert read(tenant, patience=30).error
    sandbox.faults([])
    expire(tenant)
    assert read(tenant, patience=30).error == ""


def test_a_page_does_not_wait_for_a_slow_tenant(tenant: Tenant) -> None:
    may_end = threading.Event()

    def slow(client: Any) -> str:
        may_end.wait(30)
        return "late"

    snapshot = live_read(tenant, "x", slow, patience=0.01)
    assert not snapshot.has_value
    assert snapshot.error == ""
    may_end.set()
    while not (snapshot := live_read(tenant, "x", slow, ttl=600)).has_value:
        time.sleep(0.01)
    assert snapshot.value == "late"


def test_none_may_be_a_value(tenant: Tenant) -> None:
    snapshot = live_read(tenant, "x", lambda client: None)
    assert snapshot.value is None
    assert snapshot.has_value


def test_a_mistake_of_ours_is_not_hidden(tenant: Tenant) -> None:
    with pytest.raises(ZeroDivisionError):
        live_read(tenant, "x", lambda client: 1 // 0, patience=30)
    assert live_read(tenant, "x", lambda client: 1).value == 1


def test_tenants_do_not_see_each_others_readings(tenant: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other", base_url=tenant.base_url, secrets=tenant.secrets)
    Tenant.objects.filter(pk=other.pk).update(credentials=tenant.credentials)
    other.refresh_from_db()
    live_read(tenant, "x", lambda client: "ours", ttl=600)
    assert live_read(other, "x", lambda client: "theirs", ttl=600).value == "theirs"


def test_what_another_version_kept_counts_as_nothing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("an_older_version")
    module.Thing = type("Thing", (), {"__module__": module.__name__})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    live_read(tenant, "x", lambda client: module.Thing(), ttl=600)
    monkeypatch.delitem(sys.modules, module.__name__)
    assert live_read(tenant, "x", lambda client: "new", ttl=600).value == "new"


def test_a_tenant_that_hangs_holds_two_threads_for_each_reading_and_a_few_in_all(tenant: Tenant) -> None:
    over = threading.Event()

    def hang(client: Any) -> None:
        over.wait(30)

    def ask(name: str) -> None:
        live_read(tenant, name, hang, patience=0.01)
        live_forget(tenant, name)  # as when a claim runs out before a reading ends

    def held() -> int:
        return sum(thread.name.startswith(f"live live:{tenant.pk}:") for thread in threading.enumerate())

    try:
        for _ in range(3):
            ask("hanging")
        assert held() == 2  # one that is of before the act, and one after it
        for n in range(2 * live.EACH_TENANT):
            ask(f"hanging {n}")
        assert held() == live.EACH_TENANT
    finally:
        over.set()
    until = time.monotonic() + 20
    while held() and time.monotonic() < until:
        time.sleep(0.01)
    assert not held()
    assert read(tenant).has_value
