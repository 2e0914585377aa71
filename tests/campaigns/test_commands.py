"""The same from the shell: campaign_list, campaign_start, campaign_stop."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Three campaigns: one running, one stopped, one disabled."""
    sandbox.seed("small")


def run(*arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command."""
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def last_json(text: str) -> Any:
    return json.loads(text.splitlines()[-1])


def test_the_list_shows_states_and_ids(tenant: Any, sandbox: Any) -> None:
    code, out, _ = run("campaign_list", "acme")
    assert code == 0
    assert out.splitlines() == [
        f"RUNNING   {sandbox.campaign_id('Renewals')}  Renewals",
        f"STOPPED   {sandbox.campaign_id('Win back')}  Win back",
    ]


def test_the_list_is_one_object_for_scripts(tenant: Any, sandbox: Any) -> None:
    code, out, err = run("campaign_list", "acme", "--json")
    assert code == 0
    assert len(out.splitlines()) == 1
    assert last_json(out)["campaigns"][0] == {
        "id": sandbox.campaign_id("Renewals"),
        "name": "Renewals",
        "state": "RUNNING",
    }
    assert "Win back" in err


def test_it_starts_by_name_and_stops_by_id(tenant: Any, sandbox: Any) -> None:
    code, out, _ = run("campaign_start", "acme", "Win back")
    assert (code, out.splitlines()[0]) == (0, "“Win back” is running.")
    assert out.splitlines()[1].startswith("  Undo: act_undo acme ")
    code, out, _ = run("campaign_stop", "acme", sandbox.campaign_id("Win back"), "--json")
    assert code == 0
    assert last_json(out)["state"] == "STOPPED"
    assert last_json(out)["outcome"] == "done"


def test_a_refusal_ends_with_1_and_says_why(tenant: Any) -> None:
    code, out, err = run("campaign_start", "acme", "Renewals")
    assert code == 1
    assert "already running" in err
    assert out == ""


def test_a_refusal_still_gives_scripts_the_state(tenant: Any) -> None:
    code, out, _ = run("campaign_start", "acme", "Renewals", "--json")
    assert code == 1
    answer = last_json(out)
    assert (answer["outcome"], answer["state"]) == ("refused", "RUNNING")
    assert "already running" in answer["error"]


def test_an_unknown_campaign_ends_with_1(tenant: Any) -> None:
    code, _, err = run("campaign_stop", "acme", "Nothing like it")
    assert code == 1
    assert "There is no campaign “Nothing like it” in Acme Support." in err


def test_an_unknown_tenant_ends_with_1(tenant: Any) -> None:
    code, _, err = run("campaign_list", "acne")
    assert code == 1
    assert "acme" in err


def test_an_unreachable_platform_ends_with_1_in_plain_words(tenant: Any) -> None:
    tenant.base_url = "http://127.0.0.1:9"
    tenant.save()
    code, out, err = run("campaign_list", "acme", "--json")
    assert code == 1
    assert last_json(out)["error"]
    assert "Traceback" not in err


@pytest.mark.django_db(transaction=True)
def test_all_campaigns_with_a_list_are_stopped_after_saying_which(tenant: Any, sandbox: Any) -> None:
    code, _, err = run("campaign_stop", "acme", "--list", "Customers.csv")
    assert (code, "Nothing was done" in err, "“Renewals”" in err) == (1, True, True)
    code, out, _ = run("campaign_stop", "acme", "--list", "Customers.csv", "--yes", "--json")
    assert (code, [each["name"] for each in last_json(out)["campaigns"]]) == (0, ["Renewals"])
    assert {each["state"] for each in sandbox.state()["campaigns"]} <= {"STOPPED"}
    assert run("campaign_stop", "acme", "--list", "Customers.csv", "--yes")[0] == 1
    assert run("campaign_stop", "acme", "Renewals", "--list", "Customers.csv")[0] == 1
    assert run("campaign_stop", "acme")[0] == 1
