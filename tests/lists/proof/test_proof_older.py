"""The proof of an upload into a list of the older API, which tells no totals and reads lists in enabled campaigns."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bpadmin.platforms.names import id_of
from bpadmin.tenants.models import Tenant
from lists.proof import views
from tests.fixtures_tenants import browser_of, connect
from tests.jobs.uploading import KEYED, create_list, driven, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Tenant:
    return connect(sandbox, "brightpattern_legacy", slug="acme")


def proof(tenant: Tenant, job: Any) -> str:
    page = browser_of(tenant).post(reverse("lists:upload_proof", args=["acme", job.pk]))
    return " ".join(page.content.decode().split())


def test_it_is_read_although_nobody_tells_how_long_the_list_is(
    sandbox: Any, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in KEYED]
    sandbox.create_list("Autumn", described, bind=[sandbox.create_campaign("Renewals")])
    job = driven(queued_upload(tenant, id_of("Autumn"), people(3)))
    page = proof(tenant, job)
    assert "All 3 rows that were taken are in the list as they were sent." in page
    monkeypatch.setattr(views, "RECORDS_OF_A_PAGE", 2)
    page = proof(tenant, job)
    assert "The list has more than 2 records, too many to wait for on a page." in page
    assert "0 records" not in page


def test_a_list_that_no_enabled_campaign_has_is_told_what_helps_there(sandbox: Any, tenant: Tenant) -> None:
    create_list(sandbox)
    job = driven(queued_upload(tenant, id_of("Autumn"), people(3)))
    page = proof(tenant, job)
    assert "No enabled campaign has this list" in page
    assert "Bind it" not in page
