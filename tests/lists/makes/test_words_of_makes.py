"""Pages speak of each make as it is: no lists where it has none, no way back where it has none."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from bpadmin.jobs.models import Job
from bpadmin.results.reading.turns import tenant_read
from bpadmin.tenants.connections.capabilities import capabilities_learn
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_client
from tests.fixtures_tenants import browser_of, connect
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


def connected(sandbox: Any, platform: str, **options: str) -> Tenant:
    tenant = connect(sandbox, platform, **options)
    with tenant_client(tenant) as client:
        capabilities_learn(tenant, client)
    return tenant


def page_of(tenant: Tenant, name: str, *args: object) -> str:
    response = browser_of(tenant).get(reverse(name, args=[tenant.slug, *args]), follow=True)
    assert response.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_campaigns_without_lists_have_no_column_of_lists(sandbox: Any) -> None:
    sandbox.create_jtel_campaign("Winback", contacts=[{"Name": "A", "PhoneNumber1": "+49301", "UserData": "U"}])
    tenant = connect(sandbox, "jtel")
    tenant_read(tenant=tenant, seconds=60)
    page = page_of(tenant, "campaigns:index")
    assert "Winback" in page
    assert "Last hour" in page
    assert "Lists enabled" not in page
    assert "1 of 1" not in page


@pytest.mark.parametrize("platform", ["jtel", "conpeek"])
def test_an_upload_that_no_make_takes_back_leads_to_no_way_back(platform: str, sandbox: Any, tmp_path: Path) -> None:
    is_jtel = platform == "jtel"
    target = str(sandbox.create_jtel_campaign("C") if is_jtel else sandbox.create_voice_campaign("C"))
    names = ("UserData", "Name", "PhoneNumber1") if is_jtel else ("contact_identifier", "name", "contact_number")
    path = tmp_path / "file.csv"
    path.write_text(",".join(names) + "\nA1,Ann,+48600100200\n")
    tenant = connected(sandbox, platform)
    code, said = run("list_upload", tenant.slug, target, str(path))
    assert code == 0, said
    assert "Take back" not in page_of(tenant, "jobs:detail", Job.objects.get().pk)
    code, said = run("upload_take_back", tenant.slug, str(Job.objects.get().pk), "--dry-run")
    assert (code, "offers no deletion" in str(said)) == (1, True)


@pytest.mark.parametrize(
    ("platform", "options", "jobs", "results"),
    [
        ("jtel", {}, "uploaded into a campaign", "one campaign after another"),
        ("conpeek", {}, "uploaded into a campaign", "named under Records"),
        ("brightpattern_legacy", {"api_version": "v2"}, "uploaded into a calling list", "lists of running campaigns"),
        (
            "brightpattern_legacy",
            {"api_version": "v1", "tenant_url": "sandbox"},
            "Every export appears here",
            "named under Records",
        ),
    ],
    ids=["jtel", "conpeek", "v2", "v1"],
)
def test_empty_pages_say_what_can_come_there(
    platform: str, options: dict[str, str], jobs: str, results: str, sandbox: Any
) -> None:
    tenant = connected(sandbox, platform, **options)
    assert jobs in page_of(tenant, "jobs:index")
    assert results in page_of(tenant, "results:whole")


@pytest.mark.parametrize("platform", ["jtel", "conpeek"])
def test_nothing_of_lists_is_planned_where_there_are_none(platform: str, sandbox: Any) -> None:
    tenant = connected(sandbox, platform)
    page = page_of(tenant, "plans:new")
    assert "Make a report" in page
    assert "Recycle" not in page
    feed = browser_of(tenant, Role.ADMINISTRATOR, name="ada").get(
        reverse("feeds:new", args=[tenant.slug]), {"source": "https", "target": "list"}
    )
    modes = [value for value, _ in feed.context["form"].fields["option_mode"].choices]
    assert modes == (["add", "upsert"] if platform == "jtel" else ["add"])
    assert "then_kind" not in feed.context["form"].fields
