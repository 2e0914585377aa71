"""Acts by hand, what the ledger knows, end dates, requests, and the evidence of it all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.jobs.models import JobState
from dnc.entries.clear import dnc_clear
from dnc.entries.expiry import dnc_expire_due, dnc_expiring, tenant_today
from dnc.entries.ledger import Dates
from dnc.entries.lookup import dnc_why
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.entries.read_back import ledger_read_back
from dnc.evidence.chain import chain_faults
from dnc.evidence.export import evidence_export, evidence_verify
from dnc.lists.sync import DncRefused, dnc_list_find, dnc_list_type_in, dnc_lists_refresh
from dnc.models import DncChange, DncEntry, DncKind, DncList, EntryState
from dnc.requests.services import request_take, requests_open
from tests.dnc.files.filing import TESTER, finished, held, known_list, numbers
from tests.dnc.trespassing import trespass

pytestmark = pytest.mark.django_db(transaction=True)


def states(dnc_list) -> dict[str, str]:
    """Return the ledger's keys with their states."""
    rows = DncEntry.objects.filter(dnc_list=dnc_list).values_list("key", "state")
    return {key: EntryState(state).name for key, state in rows}


def add(tenant, text, **more):
    """Add by hand."""
    return dnc_add(tenant=tenant, text=text, actor=TESTER, **more)


def test_a_number_is_added_everywhere_with_the_outcome_of_each_list(tenant, sandbox):
    one, two = known_list(tenant, sandbox, ["16505550100"], name="One"), known_list(tenant, sandbox, name="Two")
    other = known_list(tenant, sandbox, name="Areas", type=DncKind.GEOGRAPHIC_AREACODE)
    found = add(tenant, "650-555-0100", comment="  asked   by phone ")
    assert [(each.dnc_list, each.n_done, each.n_already) for each in found] == [(one, 0, 1), (two, 1, 0)]
    assert all(each.is_done for each in found)
    assert sandbox.dump_dnc(two.remote_id)[0]["comment"] == "asked by phone"
    assert held(sandbox, other) == set()
    assert states(one) == states(two) == {"16505550100": "PRESENT"}
    assert AuditEntry.objects.filter(verb="dnc.add").count() == 2


def test_the_list_of_states_refuses_in_the_platforms_words(tenant, sandbox):
    states_list = known_list(tenant, sandbox, ["AK"], name="States", type=DncKind.GEOGRAPHIC_STATE)
    typed = dnc_list_type_in(
        tenant=tenant, remote_id=sandbox.create_dnc_list("More", "GEOGRAPHIC_STATE"), name="More",
        type=DncKind.UNKNOWN, actor=TESTER,
    )  # fmt: skip
    for dnc_list in (states_list, typed):
        found = add(tenant, "HI", lists=[dnc_list])[0]
        assert found.outcome == Outcome.REFUSED
        assert "state" in found.sentence.casefold()
        assert DncChange.objects.first().details["platform"]["status"] == 403
        assert states(dnc_list) == {}
    typed.refresh_from_db()
    assert typed.type == DncKind.GEOGRAPHIC_STATE


def test_an_answer_that_is_lost_is_asked_for_again(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "paths": ["donotcalllist"]}])
    found = add(tenant, "650-555-0100")[0]
    assert found.is_done, found.sentence
    assert states(dnc_list) == {"16505550100": "PRESENT"}


def test_answers_that_stay_lost_are_told_as_unknown(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    sandbox.faults([{"kind": "cut_after", "probability": 1, "paths": ["donotcalllist"]}])
    found = add(tenant, "650-555-0100")[0]
    assert (found.outcome, found.n_unknown) == (Outcome.UNKNOWN, 1)
    assert states(dnc_list) == {"16505550100": "UNKNOWN"}
    sandbox.faults([])
    assert add(tenant, "650-555-0100")[0].is_done
    assert states(dnc_list) == {"16505550100": "PRESENT"}


def test_a_deletion_is_kept_in_mind(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    add(tenant, "6505550100")
    found = dnc_delete(tenant=tenant, text="6505550100, 6505550101", actor=TESTER, comment="asked", is_sure=True)[0]
    assert (found.n_done, found.n_already) == (1, 1)
    why = dnc_why(tenant=tenant, number_or_value="6505550100")
    assert not why.is_blocked
    assert "does not block any more" in why.matches[0].sentence
    assert states(dnc_list)["16505550100"] == "REMOVED"


def test_why_finds_number_area_code_postal_code_and_value(tenant, sandbox):
    kinds = {
        "Numbers": (DncKind.INTERNAL, "6505550100"),
        "Areas": (DncKind.GEOGRAPHIC_AREACODE, "(650)"),
        "Codes": (DncKind.GEOGRAPHIC_POSTAL, "94010"),
        "Accounts": (DncKind.EXCLUSION, "Ab1"),
    }
    for name, (kind, key) in kinds.items():
        assert add(tenant, key, lists=[known_list(tenant, sandbox, name=name, type=kind)])[0].is_done
    why = dnc_why(tenant=tenant, number_or_value="+1 650 555 0100", postal_code="94010", value="Ab1")
    assert {match.dnc_list.name: match.rule for match in why.matches} == {
        "Numbers": "the number itself",
        "Areas": "its area code",
        "Codes": "the postal code",
        "Accounts": "the excluded value",
    }
    assert not dnc_why(tenant=tenant, number_or_value="AB1").matches
    assert "not all known" in dnc_why(tenant=tenant, number_or_value="2125550100").sentence


def test_lists_come_from_the_campaigns_and_stay_when_no_campaign_names_them(tenant, sandbox):
    sandbox.seed("small")
    gone = known_list(tenant, sandbox, name="Old", campaigns=[{"id": "x", "name": "Gone", "disposition": ""}])
    lists = dnc_lists_refresh(tenant=tenant)
    assert len(lists) == 6
    assert dnc_list_find(tenant=tenant, name_or_id="company dnc").type == DncKind.INTERNAL
    gone.refresh_from_db()
    assert gone.campaigns == []


def test_what_ends_is_announced_and_taken_out_on_its_day(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, ["16505550103"])
    today = tenant_today(tenant)
    for number, ends in (("6505550100", today), ("6505550101", today + timedelta(days=3)), ("6505550103", today)):
        add(tenant, number, dates=Dates(expires_on=ends))
    add(tenant, "6505550102")
    assert [(each.on, each.count) for each in dnc_expiring(tenant=tenant)] == [
        (today, 1),
        (today + timedelta(days=3), 1),
    ]
    (job,) = dnc_expire_due(tenant=tenant, ring=False)
    assert dnc_expire_due(tenant=tenant, ring=False) == []
    assert finished(job).state == JobState.SUCCEEDED
    # 103 was there before anybody gave it an end: whoever put it in gave it none.
    assert held(sandbox, dnc_list) == {"16505550101", "16505550102", "16505550103"}
    assert DncChange.objects.get(kind="expire").n_done == 1
    assert AuditEntry.objects.filter(verb="dnc.expire").count() == 1


def test_an_entry_asked_for_again_without_an_end_stays(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    add(tenant, "6505550100", dates=Dates(expires_on=tenant_today(tenant)))
    (job,) = dnc_expire_due(tenant=tenant, ring=False)
    add(tenant, "6505550100")
    job = finished(job)
    assert held(sandbox, dnc_list) == {"16505550100"}
    assert job.n_rejected == 1
    assert dnc_expire_due(tenant=tenant, ring=False) == []


def test_a_request_waits_in_the_queue_until_a_list_holds_it(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    received = tenant_today(tenant) - timedelta(days=30)
    request_take(tenant=tenant, number="6505550100", received_on=received, actor=TESTER, is_now=False)
    (entry,) = requests_open(tenant=tenant, overdue_only=True)
    assert (entry.key, entry.received_on, entry.state) == ("16505550100", received, EntryState.WANTED)
    assert not dnc_why(tenant=tenant, number_or_value="6505550100").is_blocked
    add(tenant, "6505550100")
    assert not requests_open(tenant=tenant)
    entry.refresh_from_db()
    assert entry.received_on == received
    with pytest.raises(DncRefused):
        request_take(tenant=tenant, number="12", received_on=received, actor=TESTER)
    assert held(sandbox, dnc_list) == {"16505550100"}


def test_clearing_needs_name_and_reason_and_makes_the_ledger_complete(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(3))
    add(tenant, "6505550100")
    for name, reason in (("company", "why"), ("Company DNC", " ")):
        with pytest.raises(DncRefused):
            dnc_clear(dnc_list=dnc_list, typed_name=name, reason=reason, actor=TESTER)
    assert dnc_clear(dnc_list=dnc_list, typed_name="Company DNC", reason="old data", actor=TESTER).is_done
    assert held(sandbox, dnc_list) == set()
    assert states(dnc_list) == {"16505550100": "REMOVED"}
    assert DncList.objects.get().is_complete
    assert DncChange.objects.get(kind="clear").comment == "old data"


def test_a_read_back_makes_the_ledger_hold_what_the_list_holds(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    add(tenant, "6505550100\n6505550101", comment="ours")
    entry = DncEntry.objects.get(key="16505550100")
    found = ledger_read_back(dnc_list=dnc_list, pairs=[("16505550100", ""), ("19075550000", "theirs")], actor=TESTER)
    assert (found.total, found.new, found.gone) == (2, 1, 1)
    assert states(dnc_list) == {"16505550100": "PRESENT", "16505550101": "REMOVED", "19075550000": "PRESENT"}
    again = DncEntry.objects.get(key="16505550100")
    assert (again.comment, again.added_at, again.source) == ("ours", entry.added_at, entry.source)
    dnc_list.refresh_from_db()
    assert dnc_list.is_complete
    assert dnc_list.read_at


def test_the_evidence_verifies_and_nothing_can_be_altered_unseen(tenant, sandbox):
    known_list(tenant, sandbox)
    for number in numbers(4):
        add(tenant, number, comment="=cmd()")
    since, until = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    evidence = evidence_export(tenant=tenant, since=since, until=until)
    table = b"".join(evidence.csv).decode("utf-8-sig")
    assert table.count("\r\n") == 9
    assert ",=cmd" not in table
    log = list(evidence.log)
    proof = evidence_verify(log)
    assert (proof.is_good, proof.lines) == (True, 8)
    for altered in (log[1:], log[:2] + log[3:], log[:-1], log[:3] + log[4:], [log[1], log[0], *log[2:]]):
        assert not evidence_verify(altered).is_good
    row = json.loads(log[1])
    row["row"]["by_name"] = "somebody else"
    assert "was altered" in evidence_verify([log[0], json.dumps(row), *log[2:]]).faults[0]
    assert list(chain_faults(tenant=tenant)) == []
    with trespass():
        DncChange.objects.filter(number=2).update(n_done=7)
    assert list(chain_faults(tenant=tenant)) == ["Change 2 was altered after it was written."]
    with trespass():
        DncChange.objects.filter(number=3).delete()
    assert "taken out" in " ".join(chain_faults(tenant=tenant))


def test_a_period_without_changes_is_proved_too(tenant):
    evidence = evidence_export(
        tenant=tenant, since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 2, 1, tzinfo=UTC)
    )
    assert evidence_verify(evidence.log).is_good


def test_when_a_number_was_put_in_is_told_by_the_tenants_clock(tenant, sandbox):
    tenant.time_zone = "Asia/Kathmandu"
    tenant.save()
    dnc_list = known_list(tenant, sandbox)
    add(tenant, "+16505550100")
    entry = DncEntry.objects.get(dnc_list=dnc_list)
    there = entry.added_at.astimezone(ZoneInfo("Asia/Kathmandu"))
    told = dnc_why(tenant=tenant, number_or_value="+16505550100").matches[0].sentence
    assert f"{there:%-d %B %Y %H:%M} +0545" in told
    sandbox.faults([{"kind": "cut_after", "probability": 1, "paths": ["donotcalllist"]}])
    dnc_delete(tenant=tenant, text="+16505550100", actor=TESTER, comment="asked", is_sure=True)
    doubt = dnc_why(tenant=tenant, number_or_value="+16505550100").matches[0].doubt
    assert "+0545, asked by" in doubt
