"""What plans and feeds cost a tenant a day: on the page of feeds, and by command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.feeds.feeding import fed
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


def test_page_and_command_say_what_all_of_it_costs(
    tenant: Any, folder: Path, spring: str, viewer_client: Client
) -> None:
    assert "cost the dialler" not in viewer_client.get(reverse("feeds:index", args=[tenant.slug])).content.decode()
    fed(tenant, times="06:00")
    assert run("plan_add", tenant.slug, "campaign.start", "Renewals", "--at", "09:00", "--name", "Mornings")[0] == 0
    code, told = run("feed_list", tenant.slug)
    cost = told["requests_a_day"]
    assert code == 0
    assert cost["plans"] > 0
    assert cost["feeds"] > 0
    assert cost["dialler"] == pytest.approx(cost["plans"] + cost["feeds"], abs=0.1)
    page = reverse("feeds:index", args=[tenant.slug])
    words = f"Plans and feeds together cost the dialler about {cost['dialler']:,.0f} requests a day"
    assert words in viewer_client.get(page).content.decode()
    # What changes by itself asks every few seconds: it is not reckoned for that.
    assert words not in viewer_client.get(page, headers={"HX-Request": "true"}).content.decode()
