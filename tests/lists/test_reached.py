"""What became of a list's uploads: of each how many rows were dialled since, and how many reached a person."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bpadmin.jobs.files.spool import spool_delete
from bpadmin.jobs.models import Job
from bpadmin.results.models import Attempt
from bpadmin.tenants.models import Tenant
from lists.reached.services import uploads_reached
from tests.results.conftest import days  # noqa: F401 - a fixture
from tests.results.dialling import FIELDS, Days, people

# The command drives its job by itself, with transactions of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def uploaded(days: Days, sandbox: Any, tenant: Tenant, tmp_path: Path) -> str:  # noqa: F811
    """A list of a running campaign with an upload of 40 rows beside 40 others, dialled for an hour; returns its id."""
    made = sandbox.create_campaign("Renewals", running=True, rate=0.02)
    list_id = str(sandbox.create_list("People", FIELDS, bind=[made], records=people(40)))
    file = tmp_path / "more.csv"
    rows = people(40, start=40)
    file.write_text("id,phone,name\n" + "".join(f"{row['id']},{row['phone']},{row['name']}\n" for row in rows))
    call_command("list_upload", tenant.slug, "People", str(file), "--key", "id", stdout=StringIO(), stderr=StringIO())
    days.on(timedelta(hours=1))
    days.read()
    return list_id


def test_each_upload_tells_how_many_of_its_rows_were_reached(
    uploaded: str, tenant: Tenant, viewer_client: Client
) -> None:
    (told,) = uploads_reached(tenant=tenant, list_id=uploaded)
    assert (told.trouble, told.is_whole, told.looked) == ("", True, 40)
    assert 0 < told.reached <= told.dialled <= 40
    assert told.dialled < Attempt.objects.values("record").distinct().count()
    page = viewer_client.get(reverse("lists:detail", args=[tenant.slug, uploaded])).content.decode()
    assert reverse("lists:reached", args=[tenant.slug, uploaded]) in page
    body = viewer_client.get(reverse("lists:reached", args=[tenant.slug, uploaded])).content.decode()
    assert f"{told.reached} of 40 rows reached a person since" in body
    assert "every 3s" not in body


def test_a_look_that_is_not_at_its_end_says_so_and_goes_on(
    uploaded: str, tenant: Tenant, viewer_client: Client
) -> None:
    (told,) = uploads_reached(tenant=tenant, list_id=uploaded, seconds=-1)
    assert not told.is_whole
    (told,) = uploads_reached(tenant=tenant, list_id=uploaded)
    assert told.is_whole


def test_without_its_files_nothing_is_known_any_more(uploaded: str, tenant: Tenant, viewer_client: Client) -> None:
    job = Job.objects.get()
    spool_delete(job)
    body = viewer_client.get(reverse("lists:reached", args=[tenant.slug, uploaded])).content.decode()
    assert "No longer known" in body
    Job.objects.update(spool_path="")
    (told,) = uploads_reached(tenant=tenant, list_id=uploaded)
    assert told.trouble.startswith("No longer known")


def test_rows_that_are_not_in_the_list_are_none_of_those_looked_at(
    uploaded: str, tenant: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "twice.csv"
    file.write_text("id,phone,name\na1,6505550901,Ann\na1,6505550902,Again\n")
    said = ("list_upload", tenant.slug, "People", str(file), "--key", "id")
    with pytest.raises(SystemExit):  # not every row is in
        call_command(*said, stdout=StringIO(), stderr=StringIO())
    told, _ = uploads_reached(tenant=tenant, list_id=uploaded)
    assert (told.job.n_in_list, told.looked) == (1, 1)
