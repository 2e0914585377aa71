"""Several numbers in one cell: split into further telephone fields of the list, by page and by shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec, FieldType
from lists.formats.services import format_remember
from tests.lists.walking import check_url, ended, map_url, post_file, said, shown
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)
FILE = (
    "id,phone,name\n1,650-555-0101 / 650-555-0102,Ann\n2,(650) 555-0103,Bob\n"
    "3,650-555-0104/650-555-0105/650-555-0106,Cy\n4,650-555-0107 ext 12,Di\n"
)


@pytest.fixture
def two_phones(tenant: Any, sandbox: Any) -> str:
    """A list with two telephone fields."""
    us = {"type": "PHONE", "phoneType": "US_CANADA"}
    fields = [{"name": "id", "key": True}, {"name": "phone", **us}, {"name": "mobile", **us}, {"name": "name"}]
    list_id = sandbox.create_list("Spring", fields)
    known = [FieldSpec("id", key=True, required=True)]
    known += [FieldSpec(name, FieldType.PHONE, phone_type="US_CANADA") for name in ("phone", "mobile")]
    known.append(FieldSpec("name"))
    format_remember(tenant=tenant, list_id=list_id, list_name="Spring", format_id="", format_name="", fields=known)
    return list_id


def phones(sandbox: Any, list_id: str) -> dict[str, tuple[str, str]]:
    return {each["id"]: (each["phone"], each["mobile"]) for each in sandbox.dump(list_id)}


SPLIT = {"1": ("16505550101", "16505550102"), "2": ("16505550103", ""), "3": ("16505550104", "16505550105")}


def test_the_page_offers_the_fields_that_nothing_feeds(
    supervisor_client: Client, two_phones: str, sandbox: Any
) -> None:
    post_file(supervisor_client, two_phones, FILE)
    job = Job.objects.latest("id")
    page = supervisor_client.post(map_url(job), said(supervisor_client.get(map_url(job))), follow=True)
    assert "Split phone into mobile" in page.content.decode()
    assert "Numbers after those would be left out" in page.content.decode()
    answer = supervisor_client.post(f"/t/acme/uploads/{job.pk}/split/", shown(job, column="1"), follow=True)
    job.refresh_from_db()
    assert (job.n_not_sent, job.n_rejected_check) == (3, 1), answer.content.decode()
    assert "Split phone into" not in answer.content.decode()
    supervisor_client.post(check_url(job), shown(job))
    assert ended(job).n_added == 3
    assert phones(sandbox, two_phones) == SPLIT
    supervisor_client.post(f"/t/acme/uploads/{job.pk}/split/", shown(job, column="1"), follow=True)
    assert len(sandbox.dump(two_phones)) == 3


def test_the_shell_says_that_it_can_be_done_and_does_it(two_phones: str, sandbox: Any, tmp_path: Path) -> None:
    path = tmp_path / "several.csv"
    path.write_text(FILE)
    code, told = run("list_upload", "acme", "Spring", str(path), "--dry-run")
    assert (code, told["rejected"]) == (3, 3)
    code, told = run("list_upload", "acme", "Spring", str(path), "--split-numbers")
    assert (code, told["accepted"], told["rejected"]) == (3, 3, 1)
    assert phones(sandbox, two_phones) == SPLIT
