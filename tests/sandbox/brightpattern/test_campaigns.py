"""Reading campaigns, starting and stopping them, binding lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CUSTOMER_FIELDS, Api


def test_only_enabled_campaigns_are_listed(seeded: Api) -> None:
    campaigns = seeded.get("campaign/getAll")

    assert [(c["name"], c["state"]) for c in campaigns] == [("Renewals", "RUNNING"), ("Win back", "STOPPED")]
    assert set(campaigns[0]) == {"id", "name", "state"}


def test_a_campaign_shows_its_lists_and_dnc_lists(seeded: Api) -> None:
    campaign = seeded.get("campaign/getCampaign/" + seeded.sandbox.campaign_id("Win back"))

    assert (campaign["name"], campaign["enabled"], campaign["state"]) == ("Win back", True, "STOPPED")
    bound = campaign["lists"][0]
    assert (bound["name"], bound["enabled"], bound["totalRecords"]) == ("Callbacks.csv", False, 30)
    assert (bound["order"], bound["dialingRatio"]) == (1, 1)
    assert bound["sortingOrder"] == {"type": "natural", "sortingFields": []}
    kinds = {guard["type"]: guard for guard in campaign["dncLists"]}
    assert set(kinds) == {
        "INTERNAL",
        "GEOGRAPHIC_POSTAL",
        "GEOGRAPHIC_STATE",
        "GEOGRAPHIC_AREACODE",
        "EXCLUSION",
    }
    assert kinds["GEOGRAPHIC_AREACODE"]["Country"] == "US"
    assert kinds["EXCLUSION"]["listField"] == "id"
    assert kinds["INTERNAL"]["disposition"] == "Number matches DNC"


def test_the_status_of_a_disabled_campaign_can_be_read(seeded: Api) -> None:
    status = seeded.get("campaign/getStatus/" + seeded.sandbox.campaign_id("Old survey"))

    assert status == {"name": "Old survey", "enabled": False, "state": "STOPPED"}


@pytest.mark.parametrize(
    ("verb", "method"),
    [("GET", "getCampaign"), ("GET", "getStatus"), ("POST", "start"), ("POST", "bindList"), ("POST", "getAllRecords")],
)
def test_an_unknown_campaign_is_not_found(seeded: Api, verb: str, method: str) -> None:
    assert seeded.refusal(verb, f"campaign/{method}/NOPE", {} if verb == "POST" else None)[0] == 404


def test_start_and_stop_answer_the_new_state_and_refuse_a_second_time(seeded: Api) -> None:
    campaign = seeded.sandbox.campaign_id("Win back")

    assert seeded.refusal("POST", f"campaign/stop/{campaign}")[0] == 409
    assert seeded.post(f"campaign/start/{campaign}") == {"state": "RUNNING"}
    assert seeded.refusal("POST", f"campaign/start/{campaign}")[:2] == (409, "conflict")
    assert seeded.get(f"campaign/getStatus/{campaign}")["state"] == "RUNNING"
    assert seeded.post(f"campaign/stop/{campaign}") == {"state": "STOPPED"}
    assert seeded.refusal("POST", f"campaign/stop/{campaign}")[0] == 409


@pytest.mark.parametrize("method", ["start", "stop"])
def test_a_disabled_campaign_is_neither_started_nor_stopped(seeded: Api, method: str) -> None:
    status, _, description = seeded.refusal("POST", f"campaign/{method}/" + seeded.sandbox.campaign_id("Old survey"))

    assert status == 409
    assert "disabled" in description


def test_start_answers_curly_quotes_when_asked_for_the_documents_oddities(seeded: Api) -> None:
    seeded.sandbox.options(document_oddities=True)

    answer = seeded.send("POST", "campaign/start/" + seeded.sandbox.campaign_id("Win back"))

    assert answer.content.decode() == '{\n  "state": “RUNNING”\n}'


def test_a_list_is_bound_with_its_settings(seeded: Api) -> None:
    campaign, held = seeded.sandbox.campaign_id("Win back"), seeded.sandbox.list_id("Customers.csv")
    body = {
        "listId": held,
        "instanceName": "second",
        "enabled": True,
        "order": 2,
        "dialingRatio": 3,
        "sortingOrder": {"type": "CUSTOM", "sortingFields": [{"fieldName": "balance", "sortOrder": "DESC"}]},
    }

    bound = seeded.post(f"campaign/bindList/{campaign}", body)

    assert bound["totalRecords"] == 120
    shown = seeded.get(f"campaign/getCampaign/{campaign}")["lists"][1]
    assert (shown["instanceId"], shown["instanceName"]) == (bound["instanceId"], "second")
    assert (shown["enabled"], shown["order"], shown["dialingRatio"]) == (True, 2, 3)
    assert shown["sortingOrder"]["type"] == "CUSTOM"
    assert shown["sortingOrder"]["sortingFields"] == [{"fieldId": "f5", "fieldName": "balance", "sortOrder": "DESC"}]
    uses = seeded.get(f"callinglist/getList/{held}")["campaigns"]
    assert [use["campaignName"] for use in uses] == ["Renewals", "Win back"]


def test_a_list_may_be_bound_twice(seeded: Api) -> None:
    campaign, held = seeded.sandbox.campaign_id("Renewals"), seeded.sandbox.list_id("Customers.csv")

    seeded.post(f"campaign/bindList/{campaign}", {"listId": held})

    assert len(seeded.get(f"campaign/getCampaign/{campaign}")["lists"]) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"order": 0},
        {"order": "1"},
        {"dialingRatio": -1},
        {"dialingRatio": 1.5},
        {"enabled": "yes"},
        {"instanceName": 5},
        {"sortingOrder": {"type": "BY_MOON"}},
        {"sortingOrder": {"type": "CUSTOM"}},
        {"sortingOrder": {"type": "CUSTOM", "sortingFields": [{"fieldName": "nope"}]}},
        {"sortingOrder": {"type": "CUSTOM", "sortingFields": [{"fieldName": "id", "sortOrder": "UP"}]}},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_and_binds_nothing(seeded: Api, change: dict[str, Any]) -> None:
    campaign, held = seeded.sandbox.campaign_id("Win back"), seeded.sandbox.list_id("Customers.csv")

    status, name, description = seeded.refusal("POST", f"campaign/bindList/{campaign}", {"listId": held, **change})

    assert (status, name) == (400, "bad_request")
    assert next(iter(change)) in description
    assert len(seeded.get(f"campaign/getCampaign/{campaign}")["lists"]) == 1


def test_binding_needs_a_list_that_exists(seeded: Api) -> None:
    path = "campaign/bindList/" + seeded.sandbox.campaign_id("Win back")

    assert seeded.refusal("POST", path, {})[0] == 400
    assert seeded.refusal("POST", path, {"listId": "NOPE"})[0] == 404


def _instance(api: Api, campaign: str) -> str:
    return api.get("campaign/getCampaign/" + api.sandbox.campaign_id(campaign))["lists"][0]["instanceId"]


def test_an_update_changes_what_it_names_and_resets_what_is_blank(seeded: Api) -> None:
    campaign, instance = seeded.sandbox.campaign_id("Win back"), _instance(seeded, "Win back")
    path = f"campaign/updateList/{campaign}"

    changed = seeded.patch(path, {"instanceId": instance, "order": 4, "enabled": True, "instanceName": "x"})
    assert changed == {"totalRecords": 30}
    shown = seeded.get(f"campaign/getCampaign/{campaign}")["lists"][0]
    assert (shown["order"], shown["enabled"], shown["instanceName"], shown["dialingRatio"]) == (4, True, "x", 1)

    seeded.patch(path, {"instanceId": instance, "order": None, "enabled": "", "instanceName": " "})
    shown = seeded.get(f"campaign/getCampaign/{campaign}")["lists"][0]
    assert (shown["order"], shown["enabled"], shown["instanceName"]) == (1, False, "")


def test_a_wrong_update_changes_nothing(seeded: Api) -> None:
    campaign, instance = seeded.sandbox.campaign_id("Win back"), _instance(seeded, "Win back")

    body = {"instanceId": instance, "order": 4, "dialingRatio": 0}
    assert seeded.refusal("PATCH", f"campaign/updateList/{campaign}", body)[0] == 400

    assert seeded.get(f"campaign/getCampaign/{campaign}")["lists"][0]["order"] == 1


@pytest.mark.parametrize(("verb", "method"), [("PATCH", "updateList"), ("POST", "unbindList")])
def test_an_instance_of_another_campaign_is_a_conflict_and_an_unknown_one_not_found(
    seeded: Api, verb: str, method: str
) -> None:
    path = f"campaign/{method}/" + seeded.sandbox.campaign_id("Win back")

    assert seeded.refusal(verb, path, {"instanceId": _instance(seeded, "Renewals")})[0] == 409
    assert seeded.refusal(verb, path, {"instanceId": "NOPE"})[0] == 404
    assert seeded.refusal(verb, path, {})[0] == 400


def test_unbinding_answers_an_empty_body_and_removes_the_instance(seeded: Api) -> None:
    campaign, instance = seeded.sandbox.campaign_id("Win back"), _instance(seeded, "Win back")

    assert seeded.post(f"campaign/unbindList/{campaign}", {"instanceId": instance}) is None

    assert seeded.get(f"campaign/getCampaign/{campaign}")["lists"] == []
    assert seeded.refusal("POST", f"campaign/unbindList/{campaign}", {"instanceId": instance})[0] == 404


def test_a_list_can_be_sorted_by_name_given_as_a_plain_string(api: Api) -> None:
    campaign = api.sandbox.create_campaign("one")
    held = api.sandbox.create_list("l", CUSTOMER_FIELDS)

    api.post(f"campaign/bindList/{campaign}", {"listId": held, "sortingOrder": "RANDOM"})

    assert api.get(f"campaign/getCampaign/{campaign}")["lists"][0]["sortingOrder"]["type"] == "RANDOM"
