"""A file for a calling list is looked through against the ledger, and what is blocked can be left out."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.types import FieldSpec, FieldType
from dnc.entries.manual import dnc_add
from dnc.models import DncChange, DncEntry, DncKind, DncSource
from dnc.scrubbing import LedgerScrubber
from lists.formats.services import format_say
from tests.dnc.files.filing import TESTER, known_list
from tests.lists.walking import FIELDS, SANDBOX_FIELDS, check_url, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spring(tenant, sandbox) -> str:
    """Return a calling list whose fields are known."""
    list_id = sandbox.create_list("Spring", SANDBOX_FIELDS)
    format_say(tenant=tenant, list_id=list_id, list_name="Spring", fields=FIELDS)
    return list_id


def test_blocked_rows_are_reported_and_left_out_on_demand(tenant, sandbox, supervisor_client, spring):
    dnc_add(tenant=tenant, text="650-555-0100", actor=TESTER, lists=[known_list(tenant, sandbox)])
    job, answer = to_check(supervisor_client, spring)
    page = answer.content.decode()
    assert "1 row is blocked by a Do Not Call list" in page
    assert "In “Company DNC”" in page
    assert job.n_not_sent == 2
    url = reverse("lists:upload_blocked", args=[tenant.slug, job.pk])
    page = supervisor_client.post(url, shown(job, leave="1"), follow=True).content.decode()
    assert "is left out" in page
    job.refresh_from_db()
    assert (job.rows_total, job.n_not_sent, job.n_rejected_check) == (2, 1, 1)
    told = DncChange.objects.filter(kind="scrub").first()
    assert told is not None
    assert (told.n_asked, told.n_done, told.job_number, told.by_name) == (2, 1, job.pk, "sam")
    supervisor_client.post(check_url(job), shown(job))
    assert [record["Account"] for record in sandbox.dump(spring)] == ["A2"]


def test_they_can_be_taken_in_again_and_area_codes_count(tenant, sandbox, supervisor_client, spring):
    codes = known_list(tenant, sandbox, name="Wildfires", type=DncKind.GEOGRAPHIC_AREACODE)
    dnc_add(tenant=tenant, text="650", actor=TESTER, lists=[codes])
    job, _ = to_check(supervisor_client, spring)
    assert job.report["scrub"] == {"found": 2, "left_out": 0}
    url = reverse("lists:upload_blocked", args=[tenant.slug, job.pk])
    supervisor_client.post(url, shown(job, leave="1"))
    supervisor_client.post(url, shown(job))
    job.refresh_from_db()
    assert (job.state, job.n_not_sent) == (JobState.READY, 2)


def test_where_nothing_is_blocked_nothing_is_said(tenant, sandbox, supervisor_client, viewer_client, spring):
    job, answer = to_check(supervisor_client, spring)
    assert "Do Not Call list" not in answer.content.decode().split("<main")[1]
    assert not DncChange.objects.exists()
    assert viewer_client.post(reverse("lists:upload_blocked", args=[tenant.slug, job.pk])).status_code == 403


def test_postal_codes_and_excluded_values_block_rows_too(tenant, sandbox, supervisor_client):
    fields = [FieldSpec("Account", FieldType.ACCOUNT, key=True), FieldSpec("Phone", FieldType.PHONE)]
    said = [{"name": each.name, "type": each.type.value, "key": each.key} for each in fields]
    list_id = sandbox.create_list("Autumn", [*said, {"name": "Zip", "type": "ZIP_CODE"}])
    fields.append(FieldSpec("Zip", FieldType.ZIP_CODE))
    format_say(tenant=tenant, list_id=list_id, list_name="Autumn", fields=fields)
    storm = known_list(tenant, sandbox, name="Storm", type=DncKind.GEOGRAPHIC_POSTAL)
    paid = known_list(tenant, sandbox, name="Paid", type=DncKind.EXCLUSION, list_field="account")
    dnc_add(tenant=tenant, text="90210", actor=TESTER, lists=[storm])
    dnc_add(tenant=tenant, text="B2", actor=TESTER, lists=[paid])
    rows = "Account,Phone,Zip\nB1,6505550101,90210\nB2,6505550102,10001\nB3,6505550103,10001\n"
    job, answer = to_check(supervisor_client, list_id, rows)
    assert job.report["scrub"] == {"found": 2, "left_out": 0}
    page = answer.content.decode()
    assert "In “Storm”" in page
    assert "In “Paid”" in page


@pytest.mark.parametrize("key", ["6505550100", "16505550100"])
def test_a_number_of_the_us_is_found_with_and_without_its_one_also_where_a_file_has_both(tenant, sandbox, key):
    mine = known_list(tenant, sandbox, name="Mine")
    source, now = DncSource.objects.create(tenant=tenant, by_name="x", text="typed in"), timezone.now()
    DncEntry.objects.create(dnc_list=mine, key=key, added_at=now, changed_at=now, source=source)
    phone, both = FieldSpec("phone", FieldType.PHONE), {"6505550100", "16505550100"}
    for asked in (both, {"6505550100"}, {"16505550100"}):
        found = LedgerScrubber(Job(tenant=tenant), [mine], {}).blocked(phone, asked | {"6505550101"})
        assert found == dict.fromkeys(asked, "in “Mine”")
    assert LedgerScrubber(Job(tenant=tenant), [], {"650": "area"}).blocked(phone, both) == dict.fromkeys(both, "area")
