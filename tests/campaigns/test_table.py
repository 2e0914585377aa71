"""The table of campaigns as each person arranges it: columns, density, ranges and views under names."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.dialler.catalogue import campaigns_in
from bpadmin.platforms.base import Capability
from bpadmin.records.models import TableView
from bpadmin.records.tables import MOST_VIEWS, TableChoice, table_view_save
from bpadmin.results.figures.ages import Known
from bpadmin.results.figures.forecast import Forecast
from bpadmin.results.figures.stock import Stock
from bpadmin.results.services import CampaignFigures
from bpadmin.tenants.models import Role, Tenant
from campaigns.tables import campaign_query, campaign_table
from tests.fixtures_tenants import browser_of

INDEX = "/t/acme/campaigns/"
PART = {"HX-Request": "true", "HX-Target": "campaigns"}
OFFERED = {Capability.CAMPAIGNS_READ, Capability.CAMPAIGN_STATE, Capability.CAMPAIGN_START_STOP}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Three campaigns: one running, one stopped, one disabled."""
    sandbox.seed("small")


def address(name: str, *args: Any) -> str:
    return reverse(f"campaigns:{name}", args=["acme", *args])


def heads(response: Any) -> list[str]:
    found = re.findall(r'<th scope="col"[^>]*>\s*(?:<a[^>]*>)?([^<]*)', response.content.decode())
    return [each.strip() for each in found if each.strip()]


def choose(client: Client, columns: list[str], density: str = "", **more: str) -> Any:
    return client.post(address("columns"), {"column": columns, "density": density, **more}, follow=True)


class TestColumns:
    def test_they_are_remembered_for_the_person(self, viewer_client: Client, tenant: Tenant) -> None:
        assert "State" in heads(viewer_client.get(INDEX))
        choose(viewer_client, ["act"])
        assert heads(viewer_client.get(INDEX)) == ["Campaign", "Last start or stop from here"]
        assert "State" in heads(browser_of(tenant, role=Role.SUPERVISOR).get(INDEX))
        choose(viewer_client, ["act"], usual="1")
        assert "State" in heads(viewer_client.get(INDEX))

    def test_the_part_that_all_share_shows_what_its_address_says_alone(
        self, viewer_client: Client, tenant: Tenant
    ) -> None:
        choose(viewer_client, ["act"], "compact")
        page = viewer_client.get(INDEX).content.decode()
        assert "columns=act&amp;density=compact" in page
        assert "campaigns--compact" in page
        part = viewer_client.get(f"{INDEX}?columns=act", headers=PART)
        assert heads(part) == ["Campaign", "Last start or stop from here"]
        assert "State" in heads(viewer_client.get(INDEX, headers=PART))

    def test_unknown_ones_are_left_out(self, viewer_client: Client, tenant: Tenant) -> None:
        choose(viewer_client, ["nonsense", "state"])
        assert "nonsense" not in viewer_client.get(INDEX).content.decode()
        assert "State" in heads(viewer_client.get(f"{INDEX}?columns=nonsense.&density=odd"))


class TestViews:
    def test_one_keeps_search_filters_and_columns_for_its_owner_alone(
        self, viewer_client: Client, tenant: Tenant
    ) -> None:
        query = "?q=win&sort=-name&state=stopped&left_least=5&columns=state"
        viewer_client.post(address("view_save"), {"name": "Mine", "query": query})
        view = TableView.objects.get()
        for part in ("q=win", "sort=-name", "state=stopped", "left_least=5", "columns=state"):
            assert part in view.query
        assert "Mine" in viewer_client.get(INDEX).content.decode()
        other = browser_of(tenant, role=Role.SUPERVISOR)
        assert "Mine" not in other.get(INDEX).content.decode()
        assert other.post(address("view_delete", view.pk)).status_code == 404
        viewer_client.post(address("view_delete", view.pk))
        assert not TableView.objects.exists()

    def test_what_is_no_part_of_the_table_is_not_kept(self, viewer_client: Client, tenant: Tenant) -> None:
        viewer_client.post(
            address("view_save"), {"name": "Odd", "query": "?next=//elsewhere&left_least=abc&state=running"}
        )
        assert TableView.objects.get().query == "?sort=name&state=running"

    def test_one_without_a_name_is_refused(self, viewer_client: Client, tenant: Tenant) -> None:
        answer = viewer_client.post(address("view_save"), {"name": " ", "query": "?q=win"}, follow=True)
        assert "Give the view a name." in answer.content.decode()
        assert not TableView.objects.exists()

    def test_there_is_an_end_to_them(self, viewer_client: Client, tenant: Tenant, viewer: Any) -> None:
        for number in range(MOST_VIEWS):
            table_view_save(user=viewer, tenant=tenant, table="campaigns", name=f"View {number}", query="")
        answer = viewer_client.post(address("view_save"), {"name": "One more", "query": ""}, follow=True)
        assert "Remove one first." in answer.content.decode()


class TestRanges:
    def figures(self, left: int, **more: Any) -> CampaignFigures:
        stock = Stock(total=left, never=left, open=0, completed=0, gone=0)
        told = {"lists": 1, "enabled": 1, "known": Known(None, 1, 0), "last_hour": None, "contact_rate": None}
        return CampaignFigures(stock=stock, forecast=Forecast(""), is_running=True, **{**told, **more})

    def names(self, tenant: Tenant, figures: Any, acts: Any = dict, **given: str) -> list[str]:
        query = campaign_query(given)
        table = campaign_table(campaigns_in(tenant), query, offered=OFFERED, figures=figures, acts=acts)
        return [row.name for row in table.page]

    def test_they_keep_what_lies_within_all_of_them(self, viewer_client: Client, tenant: Tenant, sandbox: Any) -> None:
        viewer_client.get(INDEX)
        told = {
            sandbox.campaign_id("Renewals"): self.figures(10, contact_rate=30.0),
            sandbox.campaign_id("Win back"): self.figures(500),
        }
        assert self.names(tenant, told, left_least="100") == ["Win back"]
        assert self.names(tenant, told, left_most="500") == ["Renewals", "Win back"]
        assert self.names(tenant, told, left_least="1", contact_rate_least="0") == ["Renewals"]
        assert self.names(tenant, told, left_least="nan", left_most="1e999") == ["Renewals", "Win back"]

    def test_a_start_from_here_is_sorted_and_filtered_by(
        self, viewer_client: Client, tenant: Tenant, sandbox: Any
    ) -> None:
        viewer_client.get(INDEX)
        acts = {sandbox.campaign_id("Win back"): timezone.now()}
        assert self.names(tenant, {}, lambda: acts, sort="act") == ["Win back", "Renewals"]
        assert self.names(tenant, {}, lambda: acts, act_most="1") == ["Win back"]
        assert self.names(tenant, {}, lambda: acts, act_least="1") == []

    def test_what_is_set_is_shown_with_a_way_out(self, viewer_client: Client, tenant: Tenant) -> None:
        page = viewer_client.get(f"{INDEX}?act_most=5").content.decode()
        assert "Last start or stop from here: at most 5 hours ago" in page
        assert "No campaign matches" in page


def test_the_address_wins_over_what_was_chosen() -> None:
    choice = TableChoice(("state",))
    assert campaign_query({"columns": "left"}, choice).filter("columns") == "left"
    assert campaign_query({}, choice).filter("columns") == "state"
    assert campaign_query({"q": "x"}, None).filter("columns") == ""
