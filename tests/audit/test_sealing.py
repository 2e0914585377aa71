"""The log as a chain: sealed, guarded by the database, proven, and shortened only as it may be."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from bpadmin.audit.guard import guard_lift, guard_make
from bpadmin.audit.models import ERASED, AuditEntry, DroppedSegment, LogChain, PersonalValues
from bpadmin.audit.proof import log_prove
from bpadmin.audit.sealing import entries_seal, entries_seal_all
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.files.retention import old_remove
from bpadmin.tenants.models import Tenant

pytestmark = pytest.mark.django_db


def record(tenant: Tenant | None, verb: Verb = Verb.CAMPAIGN_START, **more: Any) -> AuditEntry:
    return audit_record(verb=verb, tenant=tenant, actor=None, actor_name="sam", **more)


@pytest.fixture
def log(tenant: Tenant) -> list[AuditEntry]:
    """Five sealed entries, the fourth about a person."""
    for number in range(2):
        record(tenant, target_name=f"Campaign {number}")
    record(tenant, Verb.RECORD_UPDATE, message="16505550100 is changed", details={"values": {"phone": "16505550100"}})
    record(tenant)
    entries_seal(tenant.pk)
    return list(AuditEntry.every.filter(tenant=tenant).order_by("number"))


def refused(statement: str, *arguments: Any) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
    return str(caught.value)


def altered(statement: str, *arguments: Any) -> None:
    """Do what somebody with the database's password could do."""
    guard_lift()
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
    guard_make()


def test_entries_of_a_tenant_follow_one_another_and_are_whole(tenant: Tenant, log: list[AuditEntry]) -> None:
    assert [entry.number for entry in log] == [1, 2, 3, 4, 5]
    assert all(later.prev_hash == before.hash for before, later in pairwise(log))
    proof = log_prove(chain=tenant.pk)
    assert (proof.faults, proof.entries) == ((), 5)


def test_the_database_refuses_to_change_or_remove_an_entry(log: list[AuditEntry]) -> None:
    words = "the activity log is only appended to"
    assert words in refused("UPDATE audit_auditentry SET actor_name = 'nobody' WHERE id = %s", log[1].pk)
    assert words in refused("UPDATE audit_auditentry SET message = 'x' WHERE id = %s", log[1].pk)
    assert words in refused("DELETE FROM audit_auditentry WHERE id = %s", log[1].pk)


def test_an_entry_that_is_not_sealed_yet_cannot_be_changed_either(tenant: Tenant) -> None:
    entry = record(tenant)
    refused("UPDATE audit_auditentry SET actor_name = 'nobody' WHERE id = %s", entry.pk)
    refused("UPDATE audit_auditentry SET actor_name = 'nobody', number = 9 WHERE id = %s", entry.pk)
    refused("DELETE FROM audit_auditentry WHERE id = %s", entry.pk)


@pytest.mark.parametrize(
    "statement, words",
    [
        ("UPDATE audit_auditentry SET actor_name = 'nobody' WHERE number = 2", "Entry 2 was altered"),
        ("DELETE FROM audit_auditentry WHERE number = 2", "Between entry 1 and entry 3 something was taken out."),
        ("DELETE FROM audit_auditentry WHERE number = 5", "its end was taken out"),
        ("UPDATE audit_logchain SET number = 4", "What says how long the log is was altered."),
        ("DELETE FROM audit_personalvalues", "What entry 4 told of people was taken out, and not erased."),
    ],
)
def test_what_somebody_did_to_the_database_is_found(
    tenant: Tenant, log: list[AuditEntry], statement: str, words: str
) -> None:
    altered(statement)
    assert words in " ".join(log_prove(chain=tenant.pk).faults)


def test_a_guard_that_was_taken_away_is_told(tenant: Tenant, log: list[AuditEntry]) -> None:
    guard_lift()
    assert "guard" in log_prove(chain=tenant.pk).faults[0]
    guard_make()
    assert log_prove(chain=tenant.pk).is_good


def test_what_is_about_people_lies_apart_and_can_be_erased(tenant: Tenant, log: list[AuditEntry]) -> None:
    kept = AuditEntry.objects.get(number=4, tenant=tenant)
    assert (kept.message, kept.details) == ("", {})
    assert kept.told_message == "16505550100 is changed"
    assert kept.notes == [("phone", "16505550100")]
    PersonalValues.objects.filter(pk=kept.pk).update(values={"message": "other"})
    assert "What entry 4 told of people was altered." in log_prove(chain=tenant.pk).faults
    PersonalValues.objects.filter(pk=kept.pk).update(values={}, salt="", erased_at=timezone.now())
    proof = log_prove(chain=tenant.pk)
    assert (proof.faults, proof.erased) == ((), 1)
    assert AuditEntry.objects.get(pk=kept.pk).told_message == ERASED


def test_what_the_release_before_writes_is_sealed_later(tenant: Tenant, log: list[AuditEntry]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditentry (at, verb, tenant_id, tenant_name, actor_name, target_kind, target_id, "
            "target_name, outcome, message, details) VALUES (%s, 'campaign.stop', %s, '', 'old', '', '', '', 'done', "
            "'', '{}')",
            [timezone.now(), tenant.pk],
        )
    assert AuditEntry.every.get(actor_name="old").number is None
    assert entries_seal_all() == 1
    assert AuditEntry.every.get(actor_name="old").number == 6
    assert log_prove(chain=tenant.pk).is_good


def test_a_deletion_of_a_person_or_tenant_rewrites_nothing(tenant: Tenant, supervisor: Any) -> None:
    audit_record(verb=Verb.CAMPAIGN_START, tenant=tenant, actor=supervisor)
    entries_seal_all()
    number, slug = tenant.pk, supervisor.pk
    supervisor.delete()
    tenant.delete()
    assert AuditEntry.every.filter(tenant_id=number, actor_id=slug).count() == 1
    assert log_prove(chain=number).is_good


def test_retention_drops_the_oldest_and_the_rest_stays_provable(tenant: Tenant) -> None:
    old = timezone.now() - timedelta(days=3000)
    for number in range(6):
        verb = Verb.DNC_CLEAR if number == 2 else Verb.CAMPAIGN_STOP
        AuditEntry.every.create(tenant=tenant, verb=verb, actor_name="x", at=old)
    record(tenant)
    # The entry of the tenant's own creation is the first, and young: only what is before the first young one goes.
    assert old_remove().entries == 0
    other = Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:1")
    for number in range(6):
        verb = Verb.DNC_CLEAR if number == 2 else Verb.CAMPAIGN_STOP
        AuditEntry.every.create(tenant=other, verb=verb, actor_name="x", at=old)
    record(other)
    assert old_remove().entries == 5
    assert [entry.number for entry in AuditEntry.every.filter(tenant=other).order_by("number")] == [3, 7]
    proof = log_prove(chain=other.pk)
    assert (proof.faults, proof.dropped) == ((), 5)
    # What was kept stays guarded by the proof, and a removal that nobody signed is seen.
    altered("DELETE FROM audit_auditentry WHERE number = 3 AND tenant_id = %s", other.pk)
    assert "something was taken out" in " ".join(log_prove(chain=other.pk).faults)


def test_a_removal_that_is_not_ours_is_found(tenant: Tenant, log: list[AuditEntry]) -> None:
    later = timezone.now() + timedelta(days=1)
    span = {"first": 1, "last": 2, "before": later, "at": later, "first_prev_hash": "0" * 64, "last_hash": log[1].hash}
    DroppedSegment.objects.create(tenant=tenant.pk, **span)
    AuditEntry.every.filter(number__lte=2, tenant=tenant)._raw_delete("default")
    assert "entries 1 to 2 were removed for their age is not ours" in log_prove(chain=tenant.pk).faults[0]


def test_installation_and_tenants_have_chains_of_their_own(tenant: Tenant) -> None:
    record(None, Verb.SIGN_IN)
    record(tenant)
    entries_seal_all()
    assert set(LogChain.objects.values_list("tenant", "number")) == {(0, 1), (tenant.pk, 2)}
    assert log_prove(chain=0).is_good
