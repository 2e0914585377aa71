"""The commands on single records, against the sandbox."""

from __future__ import annotations

import pytest

from bpadmin.audit.models import AuditEntry
from tests.lists.records.test_records import FIELDS, know, rows
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spring(tenant, sandbox):
    """A list of three records in a running campaign."""
    campaign = sandbox.create_campaign("Renewals", running=True)
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=rows(3))
    know(tenant, list_id)
    sandbox.advance(60)
    return list_id


def test_a_record_is_read_with_its_attempts(tenant, spring):
    code, found = run("record_get", tenant.slug, "Spring", "ID=r1", "--attempts")
    assert (code, found["record"]["region"]) == (0, "south")
    assert found["campaigns"][0]["campaign"] == "Renewals"
    assert len(found["campaigns"][0]["attempts"]) == found["campaigns"][0]["attempts_made"] >= 1
    code, found = run("record_get", tenant.slug, "Spring", "id=r1")
    assert "attempts" not in found["campaigns"][0]


def test_a_record_that_is_not_there_ends_with_1(tenant, spring):
    code, said = run("record_get", tenant.slug, "Spring", "id=nobody")
    assert (code, said["found"]) == (1, False)


def test_that_a_record_is_not_there_is_not_claimed_where_the_key_is_not_known(tenant, sandbox):
    fields = [{"name": "id", "type": "OTHER"}, {"name": "phone", "type": "PHONE", "key": True}]
    sandbox.create_list("Quiet", fields, records=[{"id": "r1", "phone": "16505550107"}])
    code, said = run("record_get", tenant.slug, "Quiet", "phone=16505550108")
    assert code == 1
    assert "names no record" in str(said["error"])
    assert "can be there all the same" in str(said["error"])
    assert run("record_get", tenant.slug, "Quiet", "phone=16505550107")[0] == 0


def test_a_record_is_added_changed_and_erased(tenant, sandbox, spring):
    assert run("record_add", tenant.slug, "Spring", "id=new", "phone=650 555 0190", "region=east")[0] == 0
    code, said = run("record_add", tenant.slug, "Spring", "id=new", "phone=650 555 0190")
    assert (code, said["outcome"]) == (1, "refused")
    assert run("record_update", tenant.slug, "Spring", "id=new", "region=west", "balance=5")[0] == 0
    record = sandbox.dump(spring)[-1]
    assert (record["phone"], record["region"], record["balance"]) == ("16505550190", "west", 5)
    code, said = run("record_erase", tenant.slug, "Spring", "id=new", "--reason", "test")
    assert code == 1
    assert "--yes" in str(said["error"])
    assert run("record_erase", tenant.slug, "Spring", "id=new", "--yes")[0] == 1
    assert run("record_erase", tenant.slug, "Spring", "id=new", "--reason", "test", "--yes")[0] == 0
    assert len(sandbox.dump(spring)) == 3
    assert set(AuditEntry.objects.filter(verb__startswith="record.").values_list("actor_name", flat=True)) == {"shell"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["record_add", "phone=555", "id=x"], "a US or Canadian number"),
        (["record_add", "colour=red", "id=x"], "no such field"),
        (["record_update", "region=west"], "id is missing"),
        (["record_update", "id=r1"], "Nothing was changed"),
        (["record_update", "id=nobody", "region=west"], "has no record with id nobody"),
        (["record_get", "id"], "not of the form FIELD=VALUE"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(tenant, spring, arguments, words):
    code, said = run(arguments[0], tenant.slug, "Spring", *arguments[1:])
    assert code == 1
    assert words in str(said["error"])
