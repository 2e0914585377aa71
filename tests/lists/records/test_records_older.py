"""Lists and records of the older API through the pages: by name, without a total, and with what has to be said."""

from __future__ import annotations

import html
import io
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.urls import reverse

from bpadmin.dialler.catalogue import list_find
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.platforms.names import id_of
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tenants.services import tenant_client
from lists.formats.services import format_learn, format_say
from lists.kinds import LIST_DELETE
from tests.fixtures_tenants import connect
from tests.lists.walking import csv_file, map_url, said
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

LIST, CAMPAIGN = "Süd/West 50%.csv", "Büro & mehr"
LIST_ID, CAMPAIGN_ID = id_of(LIST), id_of(CAMPAIGN)
SUSPENDED = "does not dial this list in running campaigns"
ERASED = "erased with its records for good"
FIELDS = [
    {"name": "id", "type": "ACCOUNT", "key": True, "required": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "region", "type": "OTHER"},
]
SPECS = [
    FieldSpec("id", FieldType.ACCOUNT, key=True, required=True),
    FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA"),
    FieldSpec("region"),
]
ROWS = [{"id": f"r{n}", "phone": f"1650555{n:04d}", "region": "north"} for n in range(60)]


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Any:
    return connect(sandbox, "brightpattern_legacy", slug="acme")


@pytest.fixture
def spring(tenant: Any, sandbox: Any) -> str:
    """The sandbox's id of a list of 60 records with a difficult name, in a campaign, its fields known."""
    campaign = sandbox.create_campaign(CAMPAIGN)
    format_say(tenant=tenant, list_id=LIST_ID, list_name=LIST, fields=SPECS)
    return sandbox.create_list(LIST, FIELDS, bind=[campaign], records=ROWS)


def url(name: str, *args: Any, **key: str) -> str:
    return reverse(f"lists:{name}", args=["acme", *args]) + (f"?{urlencode(key)}" if key else "")


def words(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_the_lists_of_the_campaigns_are_shown_without_a_total(spring: str, supervisor_client: Any) -> None:
    shown = words(supervisor_client.get(url("index")))
    assert LIST in shown
    assert "New list" not in shown
    page = words(supervisor_client.get(url("detail", LIST_ID)))
    assert LIST in page
    assert CAMPAIGN in page
    assert "Delete records" in page
    assert "Delete list" not in page
    assert LIST_ID not in page


def test_a_list_that_no_campaign_has_is_found_by_its_name(tenant: Any, sandbox: Any, spring: str) -> None:
    sandbox.create_list("alone.csv", FIELDS)
    assert list_find(tenant=tenant, name_or_id="alone.csv").campaigns == ()
    assert list_find(tenant=tenant, name_or_id=LIST).name == LIST


def test_a_record_is_looked_up_added_and_changed(sandbox: Any, spring: str, supervisor_client: Any) -> None:
    page = words(supervisor_client.get(url("record", LIST_ID, **{"k.id": "r3"})))
    assert "16505550003" in page
    assert CAMPAIGN in page
    added = supervisor_client.post(
        url("record_add", LIST_ID), {"v.id": "n1", "v.phone": "6505559999", "v.region": "east"}, follow=True
    )
    assert "is added" in words(added)
    assert sandbox.dump(spring)[-1]["id"] == "n1"
    again = supervisor_client.post(url("record_add", LIST_ID), {"v.id": "n1", "v.phone": "6505559999"})
    assert "is already in" in words(again)
    form = words(supervisor_client.get(url("record_change", LIST_ID, **{"k.id": "r3"})))
    assert SUSPENDED in form
    changed = supervisor_client.post(
        url("record_change", LIST_ID, **{"k.id": "r3"}), {"v.phone": "16505550003", "v.region": "west"}, follow=True
    )
    assert "is changed" in words(changed)
    assert sandbox.dump(spring)[3]["region"] == "west"


def test_attempts_that_are_only_counted_are_not_said_to_be_none(spring: str, supervisor_client: Any) -> None:
    page = words(supervisor_client.get(url("record", LIST_ID, **{"k.id": "r3"})))
    assert "Results by campaign" in page
    assert "No campaign has tried this record yet" not in page


def test_a_lost_answer_is_looked_up(sandbox: Any, tenant: Any, spring: str) -> None:
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["v2.add_record"]}])
    assert run("record_add", "acme", LIST, "id=n1", "phone=6505559999")[0] == 0
    assert sandbox.dump(spring)[-1]["id"] == "n1"


def test_records_are_browsed_page_by_page_by_index_and_by_time(sandbox: Any, spring: str, viewer_client: Any) -> None:
    first = viewer_client.get(url("browse", LIST_ID, CAMPAIGN_ID, LIST_ID), follow=True)
    assert "r24" in words(first)
    following = re.search(r'href="([^"]*cursor=25[^"]*)"', html.unescape(first.content.decode()))
    assert following
    rest = words(viewer_client.get(following[1]))
    assert "r49" in rest
    assert "r24" not in rest
    tried = words(viewer_client.get(url("browse", LIST_ID, CAMPAIGN_ID, LIST_ID, kind="updated"), follow=True))
    assert "r24" not in tried


def test_fields_are_learnt_from_records_read_back(tenant: Any, sandbox: Any) -> None:
    campaign = sandbox.create_campaign(CAMPAIGN)
    sandbox.create_list(LIST, FIELDS, bind=[campaign], records=ROWS)
    with tenant_client(tenant) as client:
        known = format_learn(tenant=tenant, list_id=LIST_ID, client=client)
    assert known is not None
    assert {field["name"]: field["type"] for field in known.fields} == {
        "id": "OTHER",
        "phone": "PHONE",
        "region": "OTHER",
    }


def test_all_records_are_deleted_but_none_by_a_filter(sandbox: Any, spring: str, supervisor_client: Any) -> None:
    page = words(supervisor_client.get(url("delete_records", LIST_ID)))
    assert "Delete all records" in page
    assert "By field" not in page
    refused = supervisor_client.post(url("delete_records", LIST_ID), {"field_1": "id", "values_1": "r1"})
    assert "by no filter" in words(refused)
    assert not Job.objects.exists()
    asked = supervisor_client.post(url("delete_records", LIST_ID), {"all": "1"})
    assert not Job.objects.exists()  # a question leaves no job behind
    question = words(supervisor_client.get(asked["Location"]))
    assert ERASED in question
    assert "archived" not in question
    supervisor_client.post(asked["Location"], {"typed_name": LIST})
    job = Job.objects.get(kind=LIST_DELETE)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert job.message == "The platform deleted the records. It does not tell how many there were."
    assert sandbox.dump(spring) == []


def test_a_lost_answer_to_deleting_all_is_asked_for_again(sandbox: Any, tenant: Any, spring: str) -> None:
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["v2.delete_all_records"]}])
    code, told = run("records_delete", "acme", LIST, "--all", "--yes")
    assert (code, told["deleted"]) == (0, None)
    assert sandbox.dump(spring) == []


@pytest.mark.parametrize(("mode", "warning"), [("update", SUSPENDED), ("upsert", SUSPENDED), ("replace", ERASED)])
def test_an_upload_says_beforehand_what_it_does_to_the_dialling(
    spring: str, supervisor_client: Any, mode: str, warning: str
) -> None:
    supervisor_client.post(url("upload", LIST_ID), {"file": csv_file("id,phone,region\nr1,650-555-0001,west\n")})
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    checked = supervisor_client.post(map_url(job), said(page, **{"send-mode": mode}), follow=True)
    assert warning in words(checked)


def test_an_upload_that_only_adds_says_nothing_of_the_kind(spring: str, supervisor_client: Any) -> None:
    supervisor_client.post(url("upload", LIST_ID), {"file": csv_file("id,phone,region\nn1,650-555-0001,west\n")})
    job = Job.objects.latest("id")
    checked = supervisor_client.post(map_url(job), said(supervisor_client.get(map_url(job))), follow=True)
    assert "Send 1 row" in words(checked)
    assert SUSPENDED not in words(checked)


def test_commands_say_it_too(sandbox: Any, tenant: Any, spring: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("record_update", "acme", LIST, "id=r3", "region=west", stdout=out, stderr=err)
    assert SUSPENDED in out.getvalue() + err.getvalue()
    assert sandbox.dump(spring)[3]["region"] == "west"
