"""Each figure opens what it counts: as many attempts or records as it says, one by one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bpadmin.results.figures.figure_rows import PARTS
from bpadmin.results.figures.words import BY_KEY
from bpadmin.results.models import ResultSource
from bpadmin.tenants.models import Tenant
from tests.results.test_pages import dialled  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def opened(client: Client, tenant: Tenant, **query: Any) -> Any:
    return client.get(reverse("results:figure", args=[tenant.slug]), query)


def test_each_figure_leads_to_as_many_rows_as_it_says(
    dialled: str,  # noqa: F811
    tenant: Tenant,
    viewer_client: Client,
) -> None:
    page = viewer_client.get(reverse("results:campaign", args=[tenant.slug, dialled]))
    results = page.context["shown"].results
    events, stock = results.events, results.stock
    said = {
        "calls": events.calls,
        "contacts": events.contacts,
        "successes": events.successes,
        "decisions": events.decisions,
        "no_agent": events.groups["no_agent"],
        "answered": events.contacts + events.groups["no_agent"],
        "dialled": results.reached[0],
        "reached": results.reached[1],
        "attempted": stock.attempted,
        "open": stock.open,
        "completed": stock.completed,
        "gone": stock.gone,
    }
    assert said.keys() == PARTS.keys()
    linked = set(re.findall(r"results/figure/\?[^\"]*of=(\w+)", page.content.decode()))
    assert linked >= PARTS.keys()
    assert linked <= BY_KEY.keys()
    for name, count in said.items():
        answer = opened(viewer_client, tenant, campaign=dialled, range="24h", of=name)
        assert answer.context["page"].paginator.count == count, name
        assert len(answer.context["rows"]) == min(50, count)
    for each in events.by_disposition:
        answer = opened(viewer_client, tenant, campaign=dialled, of="calls", disposition=each.disposition.pk)
        assert answer.context["page"].paginator.count == each.calls


def test_each_word_below_a_chart_has_the_place_of_its_column(
    dialled: str,  # noqa: F811
    tenant: Tenant,
    viewer_client: Client,
) -> None:
    for span, slots, words in (("24h", 24, 8), ("30d", 30, 8)):
        page = viewer_client.get(reverse("results:campaign", args=[tenant.slug, dialled]), {"range": span})
        labels = re.search(r'<ol class="columns__labels.*?</ol>', page.content.decode(), re.DOTALL)
        assert labels
        cells = re.findall(r"<li[^>]*>([^<]*)</li>", labels[0])
        told = [column.words for column in page.context["columns"].columns]
        assert abs(len(cells) - slots) <= 1
        assert len(cells) == len(told)
        assert [place for place, cell in enumerate(cells) if cell] == list(range(0, len(cells), -(-len(cells) // 8)))
        assert all(cell in ("", word) for cell, word in zip(cells, told, strict=True))
        assert len(list(filter(None, cells))) <= words


def test_records_are_told_by_marks_and_lead_to_the_dialler(
    dialled: str,  # noqa: F811
    tenant: Tenant,
    viewer_client: Client,
) -> None:
    body = opened(viewer_client, tenant, campaign=dialled, of="calls").content.decode()
    assert len(set(re.findall(r"<code>([0-9a-f]{16})</code>", body))) > 20
    source = ResultSource.objects.get()
    assert reverse("records:browse", args=[tenant.slug, source.source_id]) in body


@pytest.mark.parametrize("query", [{"of": "nonsense"}, {}, {"of": "calls", "disposition": "x"}])
def test_what_is_no_figure_is_not_found(tenant: Tenant, viewer_client: Client, query: dict[str, str]) -> None:
    assert opened(viewer_client, tenant, **query).status_code == 404


def test_another_tenants_disposition_is_not_found(tenant: Tenant, viewer_client: Client) -> None:
    assert opened(viewer_client, tenant, of="calls", disposition="999999").status_code == 404


def test_nothing_counted_says_so(tenant: Tenant, viewer_client: Client) -> None:
    assert "Nothing is counted here" in opened(viewer_client, tenant, of="calls").content.decode()
