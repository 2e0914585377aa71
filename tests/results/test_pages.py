"""Pages, files and commands tell results in one voice."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.results.figures.periods import period_of
from bpadmin.results.models import Attempt, Disposition, GroupChange, ResultSource, ResultsSettings
from bpadmin.tenants.models import Tenant
from tests.results.dialling import FIELDS, Days, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def dialled(days: Days, sandbox: Any) -> str:
    """A campaign that dialled for two hours, all of it read; returns its id."""
    made = sandbox.create_campaign("Renewals", running=True, rate=0.05)
    sandbox.create_list("People", FIELDS, bind=[made], records=people(300))
    days.on(timedelta(hours=2))
    days.read()
    days.on(timedelta(seconds=61))
    days.read()
    return str(made)


def show(tenant: Tenant, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("results_show", tenant.slug, "--json", *options, stdout=out, stderr=StringIO())
    return dict(json.loads(out.getvalue()))


def test_the_home_page_tells_what_runs(dialled: str, tenant: Tenant, viewer_client: Client) -> None:
    page = viewer_client.get(reverse("results:home", args=[tenant.slug]))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Running now" in text
    assert "Renewals" in text
    calls = Attempt.objects.filter(is_call=True).count()
    assert page.context["home"].running[0].figures.last_hour > 100
    assert page.context["home"].running[0].figures.stock.total == 300
    assert calls > 200


def test_the_command_and_the_page_tell_the_same(dialled: str, tenant: Tenant, viewer_client: Client) -> None:
    told = show(tenant, "--campaign", "renewals")
    page = viewer_client.get(reverse("results:campaign", args=[tenant.slug, dialled]))
    results = page.context["shown"].results
    assert told["events"]["calls"] == results.events.calls == Attempt.objects.filter(is_call=True).count()
    stock = told["stock"]
    parts = stock["never"] + stock["open"] + stock["completed"] + stock["difference"]
    assert parts == stock["total"] == results.stock.total == 300
    assert sum(slot.count for slot in results.slots) == results.events.calls
    assert told["age"]["gaps"] == []
    assert told["runs_dry"]["early"] is not None


def test_a_day_is_asked_for_by_its_name(dialled: str, tenant: Tenant, viewer_client: Client) -> None:
    url = reverse("results:campaign", args=[tenant.slug, dialled])
    zone = ZoneInfo(tenant.time_zone)
    today = timezone.now().astimezone(zone).date()
    for name, day in (("today", today), ("yesterday", today - timedelta(days=1))):
        page = viewer_client.get(url, {"range": name})
        assert f'<a href="{url}?range={name}" aria-current="page">' in page.content.decode()
        period = page.context["period"]
        assert period.begin.astimezone(zone).date() == day
        assert period.begin.astimezone(zone).hour == 0
        assert show(tenant, "--campaign", "renewals", "--range", name)["events"] is not None
        back = viewer_client.get(reverse("results:figure", args=[tenant.slug]), {"of": "calls", "range": name})
        assert f"/results/?range={name}" in back.content.decode(), back.context["back"]
    whole = period_of(tenant, {"range": "yesterday"})
    assert whole.end.astimezone(zone).date() == today


def test_the_page_of_a_campaign_tells_what_is_left_to_dial_as_the_table_does(
    dialled: str, days: Days, sandbox: Any, tenant: Tenant, viewer_client: Client
) -> None:
    spare = sandbox.create_list("Spare", FIELDS, bind=[dialled], records=people(50))
    url = reverse("campaigns:detail", args=[tenant.slug, dialled])
    days.on(timedelta(seconds=61))
    days.read()
    assert "in the lists that are enabled" not in viewer_client.get(url).content.decode()
    ResultSource.objects.filter(list_id=spare).update(is_enabled=False)
    cache.clear()
    page = viewer_client.get(url)
    left = page.context["dialled"].stock.left
    assert left < page.context["shown"].results.stock.left
    assert f">{left}</a> in the lists that are enabled" in page.content.decode()
    assert "lists=enabled" in page.context["dialled_url"]


def test_each_table_comes_as_a_file(dialled: str, tenant: Tenant, viewer_client: Client) -> None:
    address = reverse("results:campaign", args=[tenant.slug, dialled])
    for table in ("stock", "hours", "dispositions", "lists"):
        answer = viewer_client.get(address, {"table": table, "format": "csv", "range": "7d"})
        assert answer.headers["Content-Type"].startswith("text/csv"), table
        assert len(answer.content.decode().splitlines()) > 1, table


def test_a_disposition_counts_as_what_a_supervisor_says_from_then_on(
    dialled: str, tenant: Tenant, supervisor_client: Client, viewer_client: Client
) -> None:
    machine = Disposition.objects.get(tenant=tenant, name="Answering machine")
    assert machine.group == "machine"
    before = show(tenant)["events"]
    address = reverse("results:dispositions", args=[tenant.slug])
    wanted = {f"group-{each.pk}": each.group for each in Disposition.objects.filter(tenant=tenant)}
    assert viewer_client.post(address, wanted).status_code == 404
    supervisor_client.post(address, wanted | {f"group-{machine.pk}": "contact"})
    after = show(tenant)["events"]
    assert after["contacts"] == before["contacts"] + before["by_group"]["machine"]
    assert GroupChange.objects.get().by == "sam"
    assert "Answering machine" in supervisor_client.get(address).content.decode()


def test_what_is_older_than_its_range_is_a_dash(
    dialled: str, days: Days, tenant: Tenant, viewer_client: Client
) -> None:
    days.ahead += timedelta(days=2)
    told = show(tenant)
    assert told["events"] is None
    assert told["last_hour"] is None
    page = viewer_client.get(reverse("results:campaign", args=[tenant.slug, dialled])).content.decode()
    assert "Nothing of this span was read" in page


def test_the_pages_of_words_and_of_reading_open(
    dialled: str, tenant: Tenant, viewer_client: Client, administrator_client: Client
) -> None:
    for name in ("dictionary", "reading", "dispositions", "whole"):
        assert viewer_client.get(reverse(f"results:{name}", args=[tenant.slug])).status_code == 200
    address = reverse("results:reading", args=[tenant.slug])
    assert viewer_client.get(address).content.decode().count("Calls a minute") == 0
    said = {"is_reading": "on", "calls_a_minute": "30", "whole_every_minutes": "60", "keeps_agents": "on"}
    assert administrator_client.post(address, said).status_code == 302
    assert ResultsSettings.objects.get().calls_a_minute == 30
    assert administrator_client.post(address, said | {"calls_a_minute": "0"}).status_code == 200


def shown_agents(client: Client, address: str) -> list[str]:
    """Return the agents that a page of results shows."""
    page = client.get(address).content.decode()
    table = page.partition('id="agents-title"')[2].partition("</table>")[0]
    return re.findall(r'<th scope="row" class="table__main">([^<]+)</th>', table)


def test_agents_are_kept_only_where_it_is_wished_and_removed_again(
    dialled: str, days: Days, tenant: Tenant, administrator_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = reverse("results:reading", args=[tenant.slug])
    said = {"is_reading": "on", "calls_a_minute": "60", "whole_every_minutes": "60"}
    assert not Attempt.objects.exclude(agent="").exists()
    administrator_client.post(address, said | {"keeps_agents": "on"})
    days.on(timedelta(minutes=10))
    days.read()
    assert Attempt.objects.exclude(agent="").exists()
    monkeypatch.setattr("bpadmin.results.services.agents_of", lambda *_: [("ann.lee", 3, 1), ("ben.fox", 2, 0)])
    whole = reverse("results:whole", args=[tenant.slug])
    monkeypatch.setattr("bpadmin.results.pages.views.AGENTS_PER_PAGE", 1)
    assert shown_agents(administrator_client, whole) == ["ann.lee"]
    assert shown_agents(administrator_client, f"{whole}?agents=2") == ["ben.fox"]
    told = administrator_client.get(whole, {"table": "agents", "format": "csv"}).content.decode().splitlines()
    assert told[1:] == ["ann.lee,3,1", "ben.fox,2,0"]
    administrator_client.post(address, said)
    assert not Attempt.objects.exclude(agent="").exists()


def test_a_recount_is_asked_for_and_told(dialled: str, days: Days, tenant: Tenant, supervisor_client: Client) -> None:
    answer = supervisor_client.post(reverse("results:recount", args=[tenant.slug]), {"campaign": dialled})
    assert answer.status_code == 302
    assert ResultSource.objects.get().walk_wanted == "asked by sam"
    days.read()
    page = supervisor_client.get(reverse("results:campaign", args=[tenant.slug, dialled])).content.decode()
    assert "asked by sam" in page
