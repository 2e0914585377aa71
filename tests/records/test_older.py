"""Records of the older APIs in the browser: listed by v2, named by hand for v1, whatever their names look like."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.urls import reverse

from bpadmin.platforms.names import id_of
from bpadmin.records.models import NamedSource
from tests.fixtures_tenants import connect
from tests.platforms.stage import KEYED
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

LIST, CAMPAIGN = "Süd/West ~ 50%.csv", "Büro & mehr?"
SOURCE_ID = id_of(id_of(CAMPAIGN), id_of(LIST))
ROWS = [{"id": f"r{n}", "phone": f"1650555{n:04d}"} for n in range(60)]


@pytest.fixture
def version() -> str:
    return "v1"


@pytest.fixture
def tenant(db: None, sandbox: Any, version: str) -> Any:
    sandbox.create_list(LIST, KEYED, bind=[sandbox.create_campaign(CAMPAIGN)], records=ROWS)
    return connect(sandbox, "brightpattern_legacy", slug="acme", api_version=version, tenant_url="sandbox")


def page(client: Any, name: str, *args: Any, **query: str) -> Any:
    return client.get(reverse(f"records:{name}", args=["acme", *args]), query, follow=True)


def words(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_a_list_of_v1_is_named_by_a_person_and_read(tenant: Any, supervisor_client: Any) -> None:
    url = reverse("records:add", args=["acme"])
    form = supervisor_client.get(url).context["form"]
    fields = {bound.label: bound.html_name for bound in form}
    said = {fields["Calling list"]: LIST, fields["Campaign"]: CAMPAIGN, "name": "Berlin"}
    kept = supervisor_client.post(url, said, follow=True)
    assert "“Berlin” is kept" in words(kept)
    assert "r24" in words(kept)
    assert NamedSource.objects.get().source_id == SOURCE_ID
    assert "Berlin" in words(page(supervisor_client, "index"))
    wrong = supervisor_client.post(url, {**said, fields["Calling list"]: "no such.csv", "name": "x"})
    assert "no list of this name" in words(wrong)


def test_a_list_of_v1_is_exported_by_its_id_before_anybody_named_it(tenant: Any, tmp_path: Any) -> None:
    path = str(tmp_path / "all.csv")
    code, said = run("records_export", "acme", SOURCE_ID, "-o", path)
    assert code == 0, said
    assert said["records"] == 60
    assert run("records_export", "acme", "Nowhere", "-o", path)[0] == 1
    assert run("records_export", "acme", "Nowhere~at all.csv", "-o", path)[0] == 1


@pytest.mark.parametrize("version", ["v2"])
def test_the_next_page_follows_by_its_link(tenant: Any, viewer_client: Any) -> None:
    first = page(viewer_client, "browse", SOURCE_ID)
    assert "r24" in words(first)
    links = re.findall(r'href="([^"]*)"', first.content.decode())
    (following,) = {html.unescape(link) for link in links if "cursor=25" in link}
    rest = words(viewer_client.get(following))
    assert "r49" in rest
    assert "r24" not in rest


@pytest.mark.parametrize("version", ["v2"])
def test_lists_of_v2_are_there_by_themselves(tenant: Any, viewer_client: Any) -> None:
    shown = words(page(viewer_client, "index"))
    assert LIST in shown
    assert CAMPAIGN in shown
    assert "r24" not in words(page(viewer_client, "browse", SOURCE_ID, f1="kind", v1="completed"))


@pytest.mark.parametrize("version", ["v2"])
def test_attempts_of_v2_are_offered_with_records_that_were_tried_only(tenant: Any, supervisor_client: Any) -> None:
    url = reverse("records:export", args=["acme", SOURCE_ID])
    for query in ("", "?f1=kind&v1=all", "?f1=kind&v1=completed"):
        shown = supervisor_client.get(f"{url}{query}")
        assert "A row for each attempt" not in words(shown)
        assert "gives attempts only with records that were tried" in words(shown)
        assert "Every attempt" not in words(page(supervisor_client, "browse", SOURCE_ID, **dict(parse_qsl(query[1:]))))
    tried = words(supervisor_client.get(f"{url}?f1=kind&v1=updated"))
    assert "A row for each attempt" in tried
    assert "gives attempts only" not in tried
    assert "Every attempt" in words(page(supervisor_client, "browse", SOURCE_ID, f1="kind", v1="updated"))


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_attempts_that_nobody_gives_are_refused_in_words(
    tenant: Any, version: str, supervisor_client: Any, tmp_path: Any
) -> None:
    path = str(tmp_path / "all.csv")
    code, said = run("records_export", "acme", SOURCE_ID, "--per-attempt", "-o", path)
    assert code == 1
    wanted = "gives no attempts" if version == "v1" else "gives attempts only with records that were tried"
    assert wanted in str(said["error"])
    if version == "v2":
        url = reverse("campaigns:export", args=["acme", id_of(CAMPAIGN)])
        given = {"kind": "all", "rows": "attempt", "format": "csv"}
        assert wanted in words(supervisor_client.post(url, given))


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    "no_time", ["0001-01-01T00:00:00.000", "9999-12-31T23:59:59.999", "0001-01-01T00:00:00+14:00"], ids=["a", "b", "c"]
)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_time_that_stands_for_none_ends_no_page(
    tenant: Any, sandbox: Any, viewer_client: Any, no_time: str, zone: str
) -> None:
    tenant.time_zone = zone
    tenant.save()
    sandbox.options(older_no_time=no_time)
    assert "r24" in words(page(viewer_client, "browse", SOURCE_ID))


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_export_holds_all_records_although_the_platform_gives_fewer_at_once(
    tenant: Any, sandbox: Any, tmp_path: Any
) -> None:
    sandbox.options(older_page_most=7)
    code, said = run("records_export", "acme", SOURCE_ID, "-o", str(tmp_path / "all.csv"))
    assert (code, said["records"]) == (0, 60), said
