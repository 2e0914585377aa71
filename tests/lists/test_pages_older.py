"""Lists of a platform that knows them by name and tells only of those in enabled campaigns."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.fixtures_tenants import browser_of

pytestmark = pytest.mark.django_db

FIELDS = [{"name": "id", "type": "OTHER", "key": True, "required": True}, {"name": "phone", "type": "PHONE"}]


def text(response: Any) -> str:
    return response.content.decode()


def test_a_list_in_no_campaign_is_opened_by_its_name(sandbox: Any, older_tenant: Any) -> None:
    sandbox.create_list("Späte Liste/Süd.csv", FIELDS)
    client = browser_of(older_tenant)
    assert "A list that is not here" in text(client.get(reverse("lists:index", args=[older_tenant.slug])))
    opened = client.get(
        reverse("lists:by_name", args=[older_tenant.slug]), {"name": " Späte Liste/Süd.csv "}, follow=True
    )
    assert opened.status_code == 200
    assert "Späte Liste/Süd.csv" in text(opened)
    assert "Upload a file" in text(opened)


def test_a_name_that_no_list_has_is_said(sandbox: Any, older_tenant: Any) -> None:
    client = browser_of(older_tenant)
    answer = client.get(reverse("lists:by_name", args=[older_tenant.slug]), {"name": "nowhere.csv"}, follow=True)
    assert answer.status_code == 404


def test_where_lists_have_ids_none_is_asked_for_by_name(tenant: Any, sandbox: Any) -> None:
    client = browser_of(tenant)
    assert "A list that is not here" not in text(client.get(reverse("lists:index", args=[tenant.slug])))
    answer = client.get(reverse("lists:by_name", args=[tenant.slug]), {"name": "x"})
    assert answer.headers["Location"] == reverse("lists:index", args=[tenant.slug])
