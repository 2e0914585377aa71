"""The log: written and read."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.notes import change
from bpadmin.audit.services import audit_entries, audit_people, audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Tenant

pytestmark = pytest.mark.django_db


def test_an_entry_outlives_person_and_tenant(tenant: Tenant, viewer: User) -> None:
    entry = audit_record(verb=Verb.CAMPAIGN_START, tenant=tenant, actor=viewer, target_name="Spring")
    viewer.delete()
    tenant.delete()
    entry.refresh_from_db()
    assert (entry.actor_name, entry.tenant_name) == ("viola", "Acme Support")
    assert entry.actor_id
    assert entry.tenant_id


def test_it_reads_as_a_sentence(tenant: Tenant, viewer: User) -> None:
    entry = audit_record(verb=Verb.CAMPAIGN_STOP, tenant=tenant, actor=viewer, target_name="Spring")
    assert str(entry) == "viola stopped campaign Spring"


def test_the_entry_of_a_verb_that_is_no_more_is_still_shown() -> None:
    assert AuditEntry(verb="old.verb").verb_words == "old.verb"


def test_a_change_is_told_as_before_and_after() -> None:
    old = {"time_zone": ["UTC", "Europe/Paris"], "rows": 3, "credentials": [{"a": 1}, {"a": 2}]}
    new = {"time_zone": change("UTC", "Europe/Paris"), "rows": 3, "credentials": change({"a": 1}, {"a": 2})}
    for details in (old, new):  # as versions before 0.2.0 stored a change, and as it is stored now
        entry = AuditEntry(verb=Verb.TENANT_CHANGE, details=details)
        assert entry.notes == [("time zone", "UTC → Europe/Paris"), ("rows", "3"), ("credentials", "a 1 → a 2")]


def test_names_longer_than_their_column_are_cut(tenant: Tenant) -> None:
    entry = audit_record(
        verb=Verb.CAMPAIGN_START, tenant=tenant, actor=None, actor_name="x" * 999, target_name="y" * 999
    )
    entry.refresh_from_db()
    assert (len(entry.actor_name), len(entry.target_name)) == (150, 300)


def test_each_filter_narrows(tenant: Tenant, viewer: User, supervisor: User) -> None:
    audit_record(verb=Verb.CAMPAIGN_START, tenant=tenant, actor=viewer, target_id="c1", target_name="Spring")
    last = audit_record(
        verb=Verb.CAMPAIGN_STOP,
        tenant=tenant,
        actor=supervisor,
        target_id="c2",
        target_name="Autumn",
        outcome=Outcome.REFUSED,
    )
    for narrowed in (
        audit_entries(tenant=tenant, person="sam"),
        audit_entries(tenant=tenant, verb=Verb.CAMPAIGN_STOP),
        audit_entries(tenant=tenant, target="autu"),
        audit_entries(tenant=tenant, target="c2"),
    ):
        assert list(narrowed) == [last]
    assert not audit_entries(tenant=tenant, until=tenant.created_at).exists()
    assert audit_entries(tenant=tenant, since=tenant.created_at).filter(pk=last.pk).exists()


def test_people_are_everybody_who_ever_did_something(tenant: Tenant, viewer: User) -> None:
    audit_record(verb=Verb.CAMPAIGN_START, tenant=tenant, actor=viewer)
    audit_record(verb=Verb.CAMPAIGN_START, tenant=tenant, actor=None, actor_name="Bert")
    viewer.delete()
    assert [name for name in audit_people(tenant=tenant) if name != "the system"] == ["Bert", "viola"]
