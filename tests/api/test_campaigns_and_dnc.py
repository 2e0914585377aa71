"""Campaigns and Do Not Call lists by a script, against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Tenant
from tests.api.asking import Script
from tests.dnc.files.filing import known_list

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "16505550100"


def test_campaigns_are_listed_started_and_stopped(script: Script, sandbox: Any) -> None:
    sandbox.seed("small")
    named = {each["name"]: each for each in script.ask("GET", "campaigns/")["campaigns"]}
    assert named["Win back"]["state"] == "STOPPED"
    assert script.ask("GET", "campaigns/?name=Renew")["campaigns"] == [named["Renewals"]]
    done = script.send("campaigns/Win back/start/")
    assert (done["state"], done["outcome"]) == ("RUNNING", "done")
    assert script.send(f"campaigns/{done['id']}/stop/")["state"] == "STOPPED"
    started = AuditEntry.objects.get(verb=Verb.CAMPAIGN_START)
    assert (started.actor_name, started.actor.get_username()) == ("sam (token nightly)", "sam")
    assert "no campaign" in script.send("campaigns/Nothing/start/", status=404)["problem"]


def test_a_dialler_that_is_away_is_told(script: Script, sandbox: Any) -> None:
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    assert script.ask("GET", "campaigns/", status=502)["problem"]


def test_numbers_are_added_explained_and_taken_out(script: Script, tenant: Tenant, sandbox: Any) -> None:
    dnc_list = known_list(tenant, sandbox, name="Company DNC")
    (listed,) = script.ask("GET", "dnc/lists/")["lists"]
    path = f"dnc/lists/{listed['id']}"
    assert not script.ask("GET", f"dnc/why/?number={NUMBER}")["is_blocked"]
    done = script.send(f"{path}/add/", {"keys": ["+1 650 555 0100", "12"], "comment": "asked us"})
    assert (done["done"], [each["value"] for each in done["refused"]]) == (1, ["12"])
    why = script.ask("GET", f"dnc/why/?number={NUMBER}")
    assert why["is_blocked"]
    assert why["matches"][0]["added_by"] == "sam (token nightly)"
    assert "reason" in script.send(f"{path}/remove/", {"keys": [NUMBER]}, status=422)["problem"]
    assert script.send(f"{path}/remove/", {"keys": [NUMBER], "reason": "a mistake"})["done"] == 1
    assert not script.ask("GET", f"dnc/why/?number={NUMBER}")["is_blocked"]
    assert dnc_list.pk == listed["id"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"keys": []}, "1 to 500"),
        ({"keys": ["1"] * 501}, "1 to 500"),
        ({"keys": "1"}, "must be a list"),
        ({"keys": [1]}, "list of texts"),
        ({"keys": ["1"], "wish": "x"}, "not known"),
        ({"keys": ["1"], "expires_on": "soon"}, "must be a day"),
        ([], "JSON object"),
    ],
)
def test_what_is_not_understood_is_told(tenant: Tenant, supervisor: User, said: Any, words: str) -> None:
    script = Script(tenant, supervisor)
    answer = script.client.post(
        "/api/v1/t/acme/dnc/lists/1/add/",
        said,
        content_type="application/json",
        headers={"Authorization": f"Bearer {script.text}"},
    )
    assert answer.status_code == 400
    assert words in answer.json()["problem"]


def test_a_question_without_a_number_and_a_list_that_is_not_there(script: Script, tenant: Tenant) -> None:
    assert "number" in script.ask("GET", "dnc/why/", status=400)["problem"]
    script.send("dnc/lists/999/add/", {"keys": [NUMBER]}, status=404)


def test_a_start_and_an_addition_are_undone_by_the_number_of_the_act(
    script: Script, tenant: Tenant, sandbox: Any
) -> None:
    sandbox.seed("small")
    done = script.send("campaigns/Win back/start/")
    path = f"campaigns/acts/{done['act']}/undo/"
    undone = script.send(path)
    assert (undone["outcome"], undone["undo_of"]) == ("done", done["act"])
    assert "undone already" in script.send(path, status=409)["problem"]
    assert "no act" in script.send("campaigns/acts/987654/undo/", status=404)["problem"]
    dnc_list = known_list(tenant, sandbox, name="Company DNC")
    added = script.send(f"dnc/lists/{dnc_list.pk}/add/", {"keys": [NUMBER]})
    assert "none that is undone here" in script.send(f"campaigns/acts/{added['act']}/undo/", status=409)["problem"]
    path = f"dnc/acts/{added['act']}/undo/"
    assert "reason" in script.send(path, {"reason": ""}, status=409)["problem"]
    assert script.send(path, {"reason": "a mistake"})["outcome"] == "done"
    assert not script.ask("GET", f"dnc/why/?number={NUMBER}")["is_blocked"]
