"""The log by page, command and file: refusals and downloads in it, addresses, its proof, and where it is sent on to."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bpadmin.audit.guard import guard_lift, guard_make
from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.sealing import entries_seal, entries_seal_all
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.refusals import MORE, MOST
from tests.shell import run
from tests.tenants.people.asking import sign_in

pytestmark = pytest.mark.django_db


def rows_of(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_who_was_kept_out_is_told_once_a_minute_with_address_and_request(
    tenant: Tenant, viewer_client: Client, stranger_client: Client
) -> None:
    for _ in range(2):
        viewer_client.get(f"/t/{tenant.slug}/settings/", headers={"X-Request-ID": "request-0001"})
    stranger_client.get(f"/t/{tenant.slug}/")
    stranger_client.get("/t/nowhere/")
    stranger_client.get("/operations/")
    first, second, third = AuditEntry.every.filter(verb=Verb.ACCESS_REFUSE).order_by("id")
    assert (first.actor_name, first.target_name) == ("viola", f"GET /t/{tenant.slug}/settings/")
    assert "needs the role Administrator" in first.message
    assert (first.outcome, first.address, first.request) == (Outcome.REFUSED, "127.0.0.1", "request-0001")
    assert second.message == "Not one of the tenant's people."
    assert (third.tenant_id, third.target_name) == (None, "GET /operations/")


def test_a_token_that_is_none_is_told(tenant: Tenant, client: Client) -> None:
    answer = client.get(f"/api/v1/t/{tenant.slug}/campaigns/", headers={"Authorization": "Bearer bpa_nonsense"})
    assert answer.status_code == 401
    assert AuditEntry.every.get(verb=Verb.ACCESS_REFUSE).actor_name == "somebody"


@pytest.mark.parametrize("address", ["198.51.100.1", "2001:db8:1:2::%d"])
def test_a_stranger_who_asks_for_many_addresses_does_not_fill_the_log(
    tenant: Tenant, client: Client, address: str
) -> None:
    for number in range(MOST + 10):
        whence = address % number if "%" in address else address
        assert client.get(f"/api/v1/t/nobody-{number}/campaigns/", REMOTE_ADDR=whence).status_code == 401
    entries = AuditEntry.every.filter(verb=Verb.ACCESS_REFUSE).order_by("id")
    # The minute may have changed in between.
    assert MOST <= len(entries) < MOST + 10
    assert any(MORE in entry.message for entry in entries)
    assert MORE not in entries[0].message


def test_what_the_filter_finds_comes_as_a_table_that_no_spreadsheet_calculates(
    tenant: Tenant, supervisor_client: Client, viewer_client: Client
) -> None:
    audit_record(verb=Verb.CAMPAIGN_START, tenant=tenant, actor=None, target_name='=HYPERLINK("x")', message="ok")
    audit_record(verb=Verb.CAMPAIGN_STOP, tenant=tenant, actor=None, target_name="Other")
    entries_seal(tenant.pk)
    url = f"/t/{tenant.slug}/activity/export/csv/?verb=campaign.start"
    (row,) = rows_of(supervisor_client.get(url))
    assert (row["object"], row["what"], row["number"]) == ('\'=HYPERLINK("x")', "campaign.start", "2")
    assert len(row["signature"]) == 64
    assert viewer_client.get(url).status_code == 403
    assert supervisor_client.get(f"/t/{tenant.slug}/activity/export/pdf/").status_code == 404
    taken = AuditEntry.objects.get(verb=Verb.AUDIT_EXPORT)
    assert (taken.actor_name, taken.details["filter"]) == ("sam", {"verb": "campaign.start"})


def test_lines_of_json_hold_what_each_entry_signs(tenant: Tenant, supervisor_client: Client) -> None:
    audit_record(verb=Verb.RECORD_ADD, tenant=tenant, actor=None, message="about 16505550100")
    entries_seal(tenant.pk)
    response = supervisor_client.get(f"/t/{tenant.slug}/activity/export/jsonl/")
    lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]  # type: ignore[attr-defined]
    last = next(line for line in lines if line["verb"] == "record.add")
    assert (last["message"], last["told"]["message"]) == ("", "about 16505550100")
    assert last["prev_hash"] == lines[lines.index(last) - 1]["hash"]


def test_page_and_command_say_whether_it_is_whole(
    tenant: Tenant, supervisor_client: Client, viewer_client: Client
) -> None:
    url = f"/t/{tenant.slug}/activity/verify/"
    assert "The log is whole." in supervisor_client.post(url).content.decode()
    assert viewer_client.post(url).status_code == 403
    assert run("audit_verify")[0] == 0
    guard_lift()
    AuditEntry.every.filter(tenant=tenant).update(actor_name="nobody")
    guard_make()
    assert "Entry 1 was altered after it was written." in supervisor_client.post(url).content.decode()
    code, told = run("audit_verify", tenant.slug)
    assert (code, told["is_whole"]) == (1, False)


def test_the_command_writes_the_file_that_the_page_sends(tenant: Tenant, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    code, told = run("audit_export", tenant.slug, "--verb", "tenant.add", "-o", str(out))
    assert (code, told["entries"]) == (0, 1)
    assert "connected" not in out.read_text()
    assert "tenant.add" in out.read_text()
    assert run("audit_export", "-o", str(out))[0] == 1


def test_sign_ins_are_shown_to_superusers_alone(
    client: Client, admin_client: Client, administrator_client: Client
) -> None:
    sign_in(client, "nobody", "wrong", address="203.0.113.9")
    page = admin_client.get("/operations/activity/").content.decode()
    assert "could not sign in as" in page
    assert "203.0.113.9" in page
    assert administrator_client.get("/operations/activity/").status_code == 403
    assert "sign_in.fail" in str(rows_of(admin_client.get("/operations/activity/export/csv/")))
    assert "The log is whole." in admin_client.post("/operations/activity/verify/").content.decode()


def test_entries_are_sent_on_without_what_is_about_people(
    tenant: Tenant, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AUDIT_TO = "log"
    audit_record(verb=Verb.RECORD_ADD, tenant=tenant, actor=None, message="about 16505550100", target_name="Spring")
    caplog.set_level("INFO", "bpadmin.audit.entries")
    entries_seal_all()
    sent = [json.loads(record.getMessage()) for record in caplog.records if record.name == "bpadmin.audit.entries"]
    assert [line["verb"] for line in sent] == ["tenant.add", "record.add"]
    assert (sent[1]["target_name"], sent[1]["message"]) == ("Spring", "")
    assert sent[1]["hash"] == AuditEntry.every.get(verb=Verb.RECORD_ADD).hash


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_log_server_gets_them(tenant: Tenant, settings: Any, kind: str) -> None:
    import logging
    import socket

    from bpadmin.audit.forwarding import SyslogLines

    stream = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, stream) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        if kind == "tcp":
            server.listen()
        settings.AUDIT_TO = f"{kind}://127.0.0.1:{server.getsockname()[1]}"
        handler = SyslogLines(settings.AUDIT_TO)
        logger = logging.getLogger("bpadmin.audit.entries")
        logger.addHandler(handler)
        logger.setLevel("INFO")
        try:
            entries_seal_all()
            got = (server.accept()[0] if kind == "tcp" else server).recv(4096)
        finally:
            logger.removeHandler(handler)
            handler.close()
    assert b' - - {"number":1,' in got


def test_a_log_server_that_is_away_keeps_nobody_waiting(tenant: Tenant, settings: Any) -> None:
    import logging

    from bpadmin.audit.forwarding import SyslogLines

    settings.AUDIT_TO = "tcp://127.0.0.1:1"
    logger = logging.getLogger("bpadmin.audit.entries")
    handler = SyslogLines(settings.AUDIT_TO)
    logger.addHandler(handler)
    try:
        assert entries_seal_all() == 1
    finally:
        logger.removeHandler(handler)
