"""Lists that no campaign has, on tenants that give them: browsed, exported, looked up, learnt, proved, renamed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.models import Job
from bpadmin.platforms.results import source_id_of_list
from bpadmin.platforms.types import FieldSpec
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_test
from lists.formats.services import format_say
from lists.models import ListFormat
from tests.fixtures_tenants import browser_of
from tests.shell import run

pytestmark = pytest.mark.django_db

KEYED = [
    {"name": "Account", "type": "ACCOUNT", "key": True, "required": True},
    {"name": "Phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "Due", "type": "DATETIME", "format": "yyyy-MM-dd"},
]
RECORDS = [{"Account": f"A{n}", "Phone": f"1650555010{n}", "Due": "2026-03-01"} for n in range(4)]


@pytest.fixture
def north(sandbox: Any, tenant: Tenant) -> str:
    """A list with four records that no campaign has; its id."""
    made = str(sandbox.create_list("north.csv", KEYED, records=RECORDS))
    sandbox.options(newer_lists=True)
    tenant_test(tenant)
    tenant.refresh_from_db()
    return made


def text(response: Any) -> str:
    return str(response.content.decode())


def page(tenant: Tenant, name: str, *args: Any) -> str:
    return reverse(f"lists:{name}", args=[tenant.slug, *args])


def upload(tmp_path: Any, target: str, table: str, fields: Any = KEYED) -> Job:
    specs = [FieldSpec.from_json({**field, "phone_type": field.get("phoneType", "OTHER")}) for field in fields]
    specs = [replace(spec, date_format="yyyy-MM-dd") if spec.name == "Due" else spec for spec in specs]
    tenant = Tenant.objects.get()
    format_say(tenant=tenant, list_id=target, list_name="x", fields=specs)
    path = tmp_path / "rows.csv"
    path.write_text(table)
    run("list_upload", "acme", target, str(path))
    return Job.objects.latest("pk")


def test_its_records_are_browsed(tenant: Tenant, north: str) -> None:
    browser = browser_of(tenant)
    address = reverse("records:browse", args=[tenant.slug, source_id_of_list(north)])
    assert address in text(browser.get(page(tenant, "detail", north)))
    shown = text(browser.get(address))
    assert "A0" in shown
    assert "A3" in shown


def test_they_are_exported(tenant: Tenant, north: str, tmp_path: Any) -> None:
    file = tmp_path / "north.csv"
    code, _ = run("records_export", "acme", source_id_of_list(north), "--output", str(file))
    assert code == 0
    assert [line.split(",")[0].strip('"') for line in file.read_text("utf-8-sig").splitlines()[1:]] == [
        *("A0", "A1", "A2", "A3")
    ]


def test_its_fields_are_learnt(tenant: Tenant, north: str) -> None:
    browser_of(tenant).post(page(tenant, "format_learn", north))
    known = ListFormat.objects.get(list_id=north)
    assert [field["name"] for field in known.fields] == ["Account", "Phone", "Due"]


def test_a_record_is_looked_up_by_the_newer_method(tenant: Tenant, sandbox: Any, north: str) -> None:
    _, found = run("record_get", "acme", north, "Account=A2")
    assert found["found"] is True
    requests = sandbox.stats()["requests"]
    assert (requests["fetch_record"], requests.get("query_record_deprecated", 0)) == (1, 0)
    assert run("record_get", "acme", north, "Account=A9")[0] == 1


class TestProof:
    TABLE = "Account,Phone,Due\nA7,6505550107,2026-03-02\nA8,6505550108,2026-03-02\nA0,6505550100,2026-03-02\nA9,5,\n"

    def test_every_row_that_was_taken_is_found(self, tenant, sandbox, north, tmp_path):
        job = upload(tmp_path, north, self.TABLE)
        code, proof = run("job_prove", "acme", str(job.pk))
        assert (code, proof["rows"], proof["found"], proof["read"], proof["others"]) == (0, 2, 2, 6, 4)
        entry = AuditEntry.objects.get(verb=Verb.JOB_PROVE)
        assert entry.outcome == Outcome.DONE

    def test_a_row_that_went_is_named_on_the_page(self, tenant, sandbox, north, tmp_path):
        job = upload(tmp_path, north, self.TABLE)
        run("record_erase", "acme", north, "Account=A8", "--reason", "asked", "--yes")
        browser, address = browser_of(tenant), page(tenant, "upload_proof", job.pk)
        assert address in text(browser.get(reverse("jobs:detail", args=[tenant.slug, job.pk])))
        shown = text(browser.post(address))
        assert "1 of 2 rows are in the list as they were sent. 1 are not: rows 3 of the file" in shown
        assert run("job_prove", "acme", str(job.pk))[0] == 3

    def test_a_changed_record_is_not_as_it_was_sent(self, tenant, sandbox, north, tmp_path):
        job = upload(tmp_path, north, self.TABLE)
        run("record_update", "acme", north, "Account=A7", "Phone=6505550199")
        assert run("job_prove", "acme", str(job.pk))[1]["missing"] == [2]

    def test_of_rows_that_are_gone_nothing_is_offered(self, tenant, sandbox, north, tmp_path):
        job = upload(tmp_path, north, self.TABLE)
        Job.objects.filter(pk=job.pk).update(spool_path="")
        assert browser_of(tenant).get(page(tenant, "upload_proof", job.pk)).status_code == 404
        assert "not kept any more" in run("job_prove", "acme", str(job.pk))[1]["error"]


class TestProperties:
    def held(self, sandbox: Any, list_id: str) -> dict[str, Any]:
        return next(each for each in sandbox.state()["lists"] if each["id"] == list_id)

    def test_it_is_renamed_and_given_an_expiry(self, tenant, sandbox, north):
        answer = browser_of(tenant).post(
            page(tenant, "properties", north), {"name": "south.csv", "expiry": "INSERTION", "days": "30"}, follow=True
        )
        assert "it is called “south.csv” and records expire 30 days after they were put in" in text(answer)
        assert (self.held(sandbox, north)["name"], self.held(sandbox, north)["expiry"]) == ("south.csv", [30, ""])
        entry = AuditEntry.objects.get(verb=Verb.LIST_PROPERTIES, outcome=Outcome.DONE)
        assert entry.details["before"] == {"name": "north.csv"}

    def test_days_are_needed_and_bounded(self, tenant, sandbox, north):
        address, said = page(tenant, "properties", north), {"name": "north.csv", "expiry": "INSERTION"}
        assert "Say after how many days" in text(browser_of(tenant).post(address, said))
        assert "365" in text(browser_of(tenant).post(address, {**said, "days": "366"}))
        assert run("list_change", "acme", "north.csv", "--expire-after", "366")[0] == 1
        assert "update_list_properties" not in sandbox.stats()["requests"]

    def test_a_name_that_is_taken_is_refused_in_words(self, tenant, sandbox, north):
        sandbox.create_list("south.csv", KEYED)
        answer = browser_of(tenant).post(page(tenant, "properties", north), {"name": "south.csv"})
        assert "That name is already taken" in text(answer)

    def test_the_command_does_the_same(self, tenant, sandbox, north):
        run("list_change", "acme", "north.csv", "--expire-after", "10", "--date-field", "Due")
        assert self.held(sandbox, north)["expiry"] == [10, "Due"]
        run("list_change", "acme", "north.csv", "--never-expire", "--name", "south.csv")
        assert (self.held(sandbox, north)["name"], self.held(sandbox, north)["expiry"]) == ("south.csv", None)
