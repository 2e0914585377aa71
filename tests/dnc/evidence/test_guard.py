"""The database itself refuses to change the evidence or to take a row out of it; both databases are tried alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from bpadmin.dialler.types import Actor
from bpadmin.tenants.models import Tenant
from dnc.evidence.chain import chain_close, chain_faults, change_record
from dnc.evidence.guard import evidence_guard_lift, evidence_guard_make
from dnc.models import ChangeKind, ClosedChain, DncChange
from tests.dnc.files.filing import known_list
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def change(tenant: Tenant, sandbox: Any, supervisor: User) -> DncChange:
    """One row of evidence by somebody, on a list."""
    dnc_list = known_list(tenant, sandbox)
    return change_record(tenant=tenant, kind=ChangeKind.ADD, actor=Actor(supervisor), dnc_list=dnc_list)


def refused(sql: str) -> None:
    """Run SQL past Django; the database must refuse it in our words."""
    with pytest.raises(DatabaseError, match="only appended to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_no_row_is_changed_or_taken_out(change: DncChange) -> None:
    for column, value in (("comment", "'x'"), ("n_done", "7"), ("number", "9"), ("hash", "'x'"), ("message", "'x'")):
        refused(f"UPDATE dnc_dncchange SET {column} = {value}")
    refused("UPDATE dnc_dncchange SET actor_id = actor_id + 1")
    refused("DELETE FROM dnc_dncchange")
    assert DncChange.objects.get().hash == change.hash


def test_a_list_or_an_account_that_goes_lets_the_row_be(change: DncChange, tenant: Tenant, supervisor: User) -> None:
    change.dnc_list.delete()  # type: ignore[union-attr]
    supervisor.delete()
    left = DncChange.objects.get()
    assert (left.dnc_list_id, left.actor_id, left.by_name) == (None, None, "sam")
    assert list(chain_faults(tenant=tenant)) == []


def test_a_chain_goes_with_its_tenant_once_that_is_written_down(change: DncChange, tenant: Tenant) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        tenant.delete()
    chain_close(tenant=tenant)
    assert "still here" in " ".join(chain_faults(tenant=tenant))
    refused("UPDATE dnc_closedchain SET last = 0")
    refused("DELETE FROM dnc_closedchain")
    number = tenant.pk
    tenant.delete()
    assert not DncChange.objects.exists()
    assert ClosedChain.objects.get().tenant == number


def test_a_guard_that_is_gone_is_told_by_the_command(change: DncChange, tenant: Tenant) -> None:
    assert run("dnc_verify", "acme")[0] == 0
    evidence_guard_lift()
    code, told = run("dnc_verify", "acme")
    assert code != 0
    assert "guard over the evidence is not there" in str(told)
    evidence_guard_make()
    assert run("dnc_verify", "acme")[0] == 0
