"""Results by a script and on the shell: the same figures as on the pages, and what they count."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bpadmin.tenants.models import Tenant
from tests.api.asking import Script
from tests.lists.test_reached import uploaded  # noqa: F401 - a fixture
from tests.results.conftest import days  # noqa: F401 - a fixture
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


def shell(*arguments: str) -> Any:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_pages_shell_and_api_tell_the_same(
    uploaded: str,  # noqa: F811
    tenant: Tenant,
    viewer: User,
    viewer_client: Client,
) -> None:
    script = Script(tenant, viewer, *_viewers())
    told = script.ask("GET", "results/?list=People&range=7d")
    assert told["events"]["calls"] > 20
    typed = shell("results_show", "acme", "--list", "People", "--range", "7d")
    # When it runs dry is reckoned from the moment at which it is asked.
    for each in (told, typed, *told["lists"], *typed["lists"]):
        each["runs_dry"] = each["runs_dry"]["basis"]
    assert {"tenant": "acme", **told} == typed
    page = viewer_client.get(reverse("results:figure", args=["acme"]), {"of": "contacts", "list": uploaded})
    figure = script.ask("GET", "results/figure/?of=contacts&list=People&most=5")
    assert figure["value"] == figure["rows"]["count"] == page.context["page"].paginator.count
    assert figure["rows"]["rows"][0]["record"] == page.context["rows"][0]["mark"]
    assert {each["group"] for each in figure["rows"]["rows"]} <= {"contact", "success", "refused", "right_party"}
    rows = script.ask("GET", "results/figure/?of=contacts&list=People&first=3&most=2")["rows"]
    assert rows["rows"] == figure["rows"]["rows"][3:5]
    assert {"tenant": "acme", **figure} == shell(
        "results_figure", "acme", "contacts", "--list", "People", "--most", "5"
    )
    rate = script.ask("GET", "results/figure/?of=contact_rate&list=People")
    assert [each["of"] for each in rate["terms"]] == ["contacts", "calls"]
    assert rate["value"] == pytest.approx(100 * rate["terms"][0]["value"] / rate["terms"][1]["value"])
    states = script.ask("GET", "results/figure/?of=completed_percent&list=People")
    assert states["rows"]["count"] == states["terms"][0]["value"]
    never = script.ask("GET", "results/figure/?of=never&list=People")
    assert never["rows"] == {"count": None, "unit": None, "first": 0, "rows": []}


def test_an_uploads_fate_is_told_to_scripts(
    uploaded: str,  # noqa: F811
    tenant: Tenant,
    viewer: User,
) -> None:
    told = Script(tenant, viewer, *_viewers()).ask("GET", "lists/People/uploads/reached/")
    assert told["is_whole"]
    (upload,) = told["uploads"]
    assert (upload["looked_at"], upload["trouble"]) == (40, "")
    assert 0 < upload["reached"] <= upload["dialled"] <= 40
    assert {"tenant": "acme", **told} == shell("uploads_reached", "acme", "People")
    out = StringIO()
    call_command("uploads_reached", "acme", "People", stdout=out, stderr=StringIO())
    assert f"{upload['reached']} of 40 rows reached a person" in out.getvalue()


def test_what_is_not_there_is_told(tenant: Tenant, viewer: User, tmp_path: Path, sandbox: Any) -> None:
    script = Script(tenant, viewer, *_viewers())
    assert "no figure" in script.ask("GET", "results/figure/?of=nonsense", status=404)["problem"]
    assert "no such disposition" in script.ask("GET", "results/figure/?of=calls&disposition=x", status=404)["problem"]
    assert "were read" in script.ask("GET", "results/?campaign=Nothing", status=404)["problem"]
    assert "number" in script.ask("GET", "results/figure/?of=calls&most=x", status=400)["problem"]
    assert "Say of which" in script.ask("GET", "results/beside/", status=400)["problem"]
    assert script.ask("GET", "results/")["events"] is None
    assert run("results_figure", "acme", "calls", "--group", "nonsense")[0] == 1


def _viewers() -> tuple[Any, ...]:
    from bpadmin.tenants.people.tokens import Scope

    return (Scope.RESULTS_READ,)
