"""What the metrics tell of calls and pages: counted in memory, stored now and then, read at the scrape."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.installation import tallies
from bpadmin.installation.models import Tally, TallyKind
from bpadmin.installation.tallies import tallies_flush, tallies_forget, tallies_read, tally_add
from bpadmin.jobs.engine.driver import job_drive
from bpadmin.jobs.models import Job
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client
from tests.docs.documents import ROOT
from tests.jobs.uploading import create_list, people, queued_upload
from tests.platforms.scripted_server import Cut, Say, ScriptedServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    """Begin without what other tests counted in this process."""
    tallies_forget()
    yield
    tallies_forget()


def number(text: str, name: str, **labels: str) -> float:
    told = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    found = re.search(rf"^{re.escape(f'{name}{{{told}}}')} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def scraped() -> str:
    return Client().get("/metrics").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_calls_of_an_upload_are_told_by_method_outcome_and_latency(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(25))
    tallies_forget()
    job_drive(job_id=job.pk, seconds=30, worker="w")
    text = scraped()
    labels = {"tenant": "acme", "method": "add_many_records", "outcome": "ok"}
    assert number(text, "bpadmin_platform_call_seconds_count", **labels) >= 1
    assert number(text, "bpadmin_platform_call_seconds_bucket", le="+Inf", **labels) == number(
        text, "bpadmin_platform_call_seconds_count", **labels
    )
    assert number(text, "bpadmin_platform_call_seconds_sum", **labels) > 0
    assert number(text, "bpadmin_rows_total", tenant="acme", outcome="added") == 25


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (Say([]), "ok"),
        (Say(b"no", status=403), "refused"),
        (Say(b"no", status=401), "sign_in"),
        (Say(b"wait", status=429), "busy"),
        (Say(b"oh", status=500), "failed"),
        (Cut(), "lost"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_end_of_a_request_has_its_outcome(tenant: Any, step: Any, outcome: str) -> None:
    with ScriptedServer(step) as server:
        tenant.base_url = server.url
        with tenant_client(tenant, patience=0.0) as client, suppress(PlatformError):
            client.get_lists()
    counted = {each.outcome: each.count for each in tallies_read(TallyKind.CALL) if each.name == "get_lists"}
    # After a 401 it is asked once more with a new token.
    assert counted == {outcome: 2 if outcome == "sign_in" else 1}


def test_what_never_reached_the_server_is_unreachable(tenant: Any) -> None:
    tenant.base_url = "http://127.0.0.1:9"
    with tenant_client(tenant, patience=0.0) as client, pytest.raises(PlatformError):
        client.get_lists()
    assert {each.outcome for each in tallies_read(TallyKind.CALL)} == {"unreachable"}


def test_pages_are_told_by_name_and_status(viewer_client: Client, tenant: Any) -> None:
    viewer_client.get(reverse("jobs:index", args=[tenant.slug]))
    viewer_client.get("/no/such/page")
    text = scraped()
    assert number(text, "bpadmin_page_seconds_count", page="jobs:index", status="2xx") == 1
    assert number(text, "bpadmin_page_seconds_count", page="none", status="4xx") == 1
    assert "/metrics" not in text


def test_counts_of_several_processes_add_up_and_so_do_their_buckets() -> None:
    for _ in range(3):
        tally_add(TallyKind.CALL, tenant="a", name="m", outcome="ok", seconds=0.07)
        tally_add(TallyKind.CALL, tenant="a", name="m", outcome="ok", seconds=99.0)
        tallies_flush()
    (counted,) = tallies_read(TallyKind.CALL)
    assert (counted.count, counted.at_most[0], counted.at_most[1], counted.at_most[-1]) == (6, 0, 3, 3)
    assert counted.seconds == pytest.approx(3 * 99.07)


def test_what_cannot_be_stored_now_is_stored_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(rows: Any) -> None:
        raise OperationalError("away")

    tally_add(TallyKind.CALL, tenant="a", name="m", outcome="ok", seconds=0.1)
    with monkeypatch.context() as patched:
        patched.setattr(tallies, "_store", away)
        tallies_flush()
    tally_add(TallyKind.CALL, tenant="a", name="m", outcome="ok", seconds=0.1)
    tallies_flush()
    assert Tally.objects.get().count == 2


def test_no_call_writes_and_requests_store_only_what_is_due(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any, tenant: Any
) -> None:
    with django_assert_num_queries(0):
        tally_add(TallyKind.CALL, tenant="a", name="m", outcome="ok", seconds=0.1)
        tallies_flush(is_due=True)
    monkeypatch.setattr(tallies, "FLUSH_SECONDS", 0.0)
    Client().get(reverse("sign_in"))
    assert set(Tally.objects.values_list("kind", flat=True)) == {"call", "page"}


def test_a_child_does_not_count_what_its_parent_counted() -> None:
    tally_add(TallyKind.CALL, tenant="a", name="m", outcome="ok", seconds=0.1)
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, str(len(tallies._gathered)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"0"
    assert len(tallies._gathered) == 1


def test_the_age_of_each_queue_is_told(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(5))
    Job.objects.filter(pk=job.pk).update(waiting_since=timezone.now() - timedelta(minutes=10))
    text = scraped()
    assert 600 <= number(text, "bpadmin_queue_age_seconds", queue="interactive") < 700
    assert 'bpadmin_queue_age_seconds{queue="bulk"} 0.0' in text


def test_every_metric_says_in_the_docs_what_it_means(tenant: Any) -> None:
    table = re.findall(r"(?m)^\| (`bpadmin_[^|]*) \|", (ROOT / "docs/operations.md").read_text())
    told = {name for cell in table for name in re.findall(r"`(bpadmin_\w+)", cell)}
    found = set(re.findall(r"(?m)^# TYPE (bpadmin_\w+) ", scraped()))
    assert found == told
