"""A list beside other lists at the penetration that it has now, as the dialler's own dump reckons it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bpadmin.results.figures import comparison
from bpadmin.results.figures.comparison import comparisons_of
from bpadmin.results.models import Attempt, Disposition, Gap, GapReason, RecordState, ResultSource, StockCount
from bpadmin.results.services import sources_of
from bpadmin.tenants.models import Membership, Tenant
from tests.conftest import signed_in
from tests.results.dialling import FIELDS, Days, moments, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(days: Days, sandbox: Any) -> tuple[str, str]:
    """A campaign that has gone through its list, and one that has come to a part of its own; returns their ids."""
    old = sandbox.create_campaign("Old", running=True, rate=0.2)
    sandbox.create_list("Old people", FIELDS, bind=[old], records=people(400))
    days.on(timedelta(hours=2))
    days.read()
    new = sandbox.create_campaign("New", running=True, rate=0.05)
    sandbox.create_list("New people", FIELDS, bind=[new], records=people(700, 5000))
    days.on(timedelta(hours=1))
    days.read()
    days.on(timedelta(seconds=61))
    days.read()
    return str(old), str(new)


def reckoned(tenant: Tenant, truth: Sequence[dict[str, Any]], size: int, percent: int) -> tuple[int, int, int]:
    """Return calls, contacts and successes until a share of a list was attempted, from what the dialler dumps."""
    groups = dict(Disposition.objects.filter(tenant=tenant).values_list("name", "group"))
    wanted, seen, until = math.ceil(size * percent / 100), set(), None
    for each, moment in zip(truth, moments(truth), strict=True):
        seen.add(each["record"])
        if len(seen) == wanted:
            until = moment
            break
    assert until is not None
    made = [(groups[e["disposition"]], at) for e, at in zip(truth, moments(truth), strict=True) if e["is_call"]]
    calls = [group for group, at in made if at <= until]
    reached = [each for each in calls if each in {"contact", "right_party", "success", "refused", "do_not_call"}]
    return len(calls), len(reached), calls.count("success")


def test_a_list_stands_beside_the_others_as_they_were_at_its_penetration(
    two: tuple[str, str], days: Days, tenant: Tenant
) -> None:
    old, new = two
    (found,) = comparisons_of(tenant=tenant, sources=sources_of(tenant=tenant, campaign_id=new))
    attempted = {each["record"] for each in days.truth(new)}
    assert found.percent == int(100 * len(attempted) / 700)
    assert 10 < found.percent < 95
    mine, (other,) = found.mine, found.others
    assert (mine.calls, mine.contacts, mine.successes) == reckoned(tenant, days.truth(new), 700, found.percent)
    assert other.source.campaign_id == old
    assert (other.calls, other.contacts, other.successes) == reckoned(tenant, days.truth(old), 400, found.percent)
    assert other.contact_rate == pytest.approx(100 * other.contacts / other.calls)
    assert found.contact_rate == other.contact_rate
    assert not found.missing

    # A list that is not so far is named and not compared.
    (found,) = comparisons_of(tenant=tenant, sources=sources_of(tenant=tenant, campaign_id=old))
    (other,) = found.others
    assert other.calls is None
    assert other.trouble == f"Fewer than {found.percent} % of its records were attempted so far."
    assert found.contact_rate is None
    assert found.compared == 0


def test_what_is_not_wholly_known_is_named(two: tuple[str, str], tenant: Tenant) -> None:
    old, new = two
    source = ResultSource.objects.get(campaign_id=old)
    mine = sources_of(tenant=tenant, campaign_id=new)

    def trouble() -> str:
        cache.clear()
        return comparisons_of(tenant=tenant, sources=mine)[0].others[0].trouble

    first = Attempt.objects.filter(source=source).earliest("at").at
    gap = Gap.objects.create(source=source, reason=GapReason.RELOADED, began_at=first, ended_at=first)
    assert "emptied and filled again" in trouble()
    gap.delete()
    StockCount.objects.filter(source=source).update(unseen=1)
    assert "when they were made is not known" in trouble()
    StockCount.objects.filter(source=source).update(unseen=0)
    record = RecordState.objects.filter(source=source).values_list("record", flat=True)[0]
    Attempt.objects.filter(source=source, record=record).delete()
    assert "no longer kept" in trouble()
    ResultSource.objects.filter(pk=source.pk).update(walk_done_at=None)
    assert trouble() == "It is being read for the first time."


def test_few_calls_and_no_group_of_successes_tell_nothing(
    two: tuple[str, str], tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disposition.objects.filter(tenant=tenant, group="success").update(group="contact")
    (found,) = comparisons_of(tenant=tenant, sources=sources_of(tenant=tenant, campaign_id=two[1]))
    assert found.mine.success_rate is None
    assert found.success_rate is None
    cache.clear()
    monkeypatch.setattr(comparison, "LEAST_CALLS", 100_000)
    (found,) = comparisons_of(tenant=tenant, sources=sources_of(tenant=tenant, campaign_id=two[1]))
    assert found.mine.calls is not None
    assert found.mine.contact_rate is None
    assert found.mine.trouble == "Fewer than 100,000 calls by then."
    assert found.compared == 0


def test_what_is_not_done_in_time_goes_on_with_the_next_look(two: tuple[str, str], tenant: Tenant) -> None:
    mine = sources_of(tenant=tenant, campaign_id=two[1])
    (found,) = comparisons_of(tenant=tenant, sources=mine, seconds=-1)
    assert found.missing == 2
    turns = [f"results:at:{pk}:turn" for pk in ResultSource.objects.values_list("pk", flat=True)]
    cache.set_many(dict.fromkeys(turns, 1))
    (found,) = comparisons_of(tenant=tenant, sources=mine)
    assert found.missing == 2, "somebody else is at it"
    cache.delete_many(turns)
    for _ in range(3):
        (found,) = comparisons_of(tenant=tenant, sources=mine)
    assert found.missing == 0


def test_the_page_its_file_and_the_command_tell_the_same(
    two: tuple[str, str], tenant: Tenant, viewer_client: Client
) -> None:
    _, new = two
    results = viewer_client.get(reverse("results:campaign", args=[tenant.slug, new])).content.decode()
    address = reverse("results:campaign_beside", args=[tenant.slug, new])
    assert f'hx-get="{address}"' in results
    page = viewer_client.get(address)
    (found,) = page.context["comparisons"]
    text = page.content.decode()
    assert "New people" in text
    assert "Old people" in text
    assert f"{found.mine.contacts:,}" in text
    answer = viewer_client.get(address, {"format": "csv"}).content.decode()
    assert "Old people" in answer
    assert str(found.others[0].calls) in answer
    out = StringIO()
    call_command("results_beside", tenant.slug, "--campaign", "New", "--json", stdout=out, stderr=StringIO())
    (told,) = json.loads(out.getvalue())["lists"]
    assert told["percent"] == found.percent
    assert told["others"]["lists"][0]["calls"] == found.others[0].calls
    assert told["others"]["contact_rate"] == found.contact_rate

    # Its figures open the calls that they count.
    links = [each.replace("&amp;", "&") for each in re.findall(r'href="([^"]*results/figure/[^"]*)"', text)]
    counts = [viewer_client.get(each).context["page"].paginator.count for each in links]
    for wanted in (found.mine.calls, found.mine.contacts, found.mine.successes, found.others[0].calls):
        assert wanted in counts, links

    # A list over its campaigns is compared with other lists alone.
    source = ResultSource.objects.get(campaign_id=two[1])
    page = viewer_client.get(reverse("results:list_beside", args=[tenant.slug, source.list_id]))
    (found,) = page.context["comparisons"]
    assert [each.source.list_name for each in found.others] == ["Old people"]


def test_somebody_who_is_limited_sees_figures_of_their_own_alone(
    two: tuple[str, str], tenant: Tenant, viewer: User
) -> None:
    old, new = two
    Membership.objects.filter(user=viewer).update(limits={"campaigns": [new], "lists": [], "dnc": []})
    client = signed_in(viewer)
    figure = reverse("results:figure", args=[tenant.slug])
    for query in ({"of": "calls"}, {"of": "calls", "campaign": new}):
        opened = client.get(figure, query).context["opened"]
        assert [each.campaign_id for each in opened.sources] == [new]
    assert client.get(figure, {"of": "calls", "campaign": old}).context["opened"].sources == ()
    page = client.get(reverse("results:campaign_beside", args=[tenant.slug, new]))
    assert page.context["comparisons"][0].others == ()
    assert client.get(reverse("results:campaign_beside", args=[tenant.slug, old])).status_code == 403
