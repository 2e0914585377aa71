"""Finding, making and deleting lists; formats."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CUSTOMER_FIELDS, Api

PHONE = {"name": "phone", "type": "PHONE"}


def test_lists_come_in_pages_with_the_first_unserved_as_cursor(api: Api) -> None:
    for number in range(5):
        api.sandbox.create_list(f"list {number}", [PHONE])

    pages, cursor = [], None
    while True:
        page = api.post("callinglist/getAll", {"limit": 2, "cursor": cursor})
        pages.append([item["name"] for item in page["records"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert pages == [["list 0", "list 1"], ["list 2", "list 3"], ["list 4"]]


def test_a_full_last_page_has_no_cursor(api: Api) -> None:
    api.sandbox.create_list("only", [PHONE])

    page = api.post("callinglist/getAll", {"limit": 1})

    assert page["next_cursor"] is None
    assert set(page["records"][0]) == {"id", "name", "formatId", "formatName", "creationDate", "totalRecords"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"limit": 0},
        {"limit": 101},
        {"limit": "10"},
        {"limit": 10, "cursor": "xyz"},
        {"limit": None},
        {"limit": 1.5},
    ],
    ids=str,
)
def test_a_page_needs_a_limit_of_1_to_100_and_a_good_cursor(api: Api, body: dict[str, Any]) -> None:
    assert api.refusal("POST", "callinglist/getAll", body)[:2] == (400, "bad_request")


def test_one_list_shows_where_it_is_bound(seeded: Api) -> None:
    shown = seeded.get("callinglist/getList/" + seeded.sandbox.list_id("Customers.csv"))

    assert (shown["name"], shown["formatName"], shown["totalRecords"]) == ("Customers.csv", "Customers", 120)
    assert [use["campaignName"] for use in shown["campaigns"]] == ["Renewals"]
    assert set(shown["campaigns"][0]) == {"campaignName", "campaignId", "instanceId"}
    assert "id" not in shown


def test_an_unknown_list_is_not_found(api: Api) -> None:
    assert api.refusal("GET", "callinglist/getList/NOPE")[0] == 404
    assert api.refusal("DELETE", "callinglist/deleteList/NOPE")[0] == 404


def test_a_deleted_list_leaves_its_campaigns_and_takes_an_orphaned_format_along(seeded: Api) -> None:
    customers, empty = seeded.sandbox.list_id("Customers.csv"), seeded.sandbox.list_id("Empty.csv")
    format_id = seeded.get(f"callinglist/getList/{customers}")["formatId"]

    assert seeded.send("DELETE", f"callinglist/deleteList/{customers}").content == b""

    campaign = seeded.get("campaign/getCampaign/" + seeded.sandbox.campaign_id("Renewals"))
    assert campaign["lists"] == []
    body = {"name": "again", "formatId": format_id}
    assert seeded.post("callinglist/createList", body)["id"]
    for held in (empty, seeded.sandbox.list_id("again")):
        seeded.send("DELETE", f"callinglist/deleteList/{held}")
    assert seeded.refusal("POST", "callinglist/createList", body)[0] == 404


def test_a_list_is_made_of_an_existing_format(seeded: Api) -> None:
    format_id = seeded.get("callinglist/getList/" + seeded.sandbox.list_id("Customers.csv"))["formatId"]

    made = seeded.post("callinglist/createList", {"name": "June.csv", "formatId": format_id})

    assert set(made) == {"id"}
    shown = seeded.get("callinglist/getList/" + made["id"])
    assert (shown["name"], shown["formatId"], shown["totalRecords"], shown["campaigns"]) == (
        "June.csv",
        format_id,
        0,
        [],
    )


def test_making_a_list_needs_a_free_name_and_a_format(seeded: Api) -> None:
    format_id = seeded.get("callinglist/getList/" + seeded.sandbox.list_id("Customers.csv"))["formatId"]

    assert seeded.refusal("POST", "callinglist/createList", {"name": "x"})[0] == 400
    assert seeded.refusal("POST", "callinglist/createList", {"formatId": format_id})[0] == 400
    assert seeded.refusal("POST", "callinglist/createList", {"name": "x", "formatId": "NOPE"})[0] == 404
    assert seeded.refusal("POST", "callinglist/createList", {"name": "Empty.csv", "formatId": format_id})[0] == 409


def test_a_format_is_made_with_its_list(api: Api) -> None:
    body = {"formatName": "f", "fields": CUSTOMER_FIELDS, "listName": "June.csv"}

    made = api.post("callinglist/createListWithNewFormat", body)

    assert set(made) == {"id", "formatId"}
    shown = api.get("callinglist/getList/" + made["id"])
    assert (shown["name"], shown["formatName"], shown["formatId"]) == ("June.csv", "f", made["formatId"])
    assert api.refusal("POST", "callinglist/createListWithNewFormat", {**body, "listName": "other"})[0] == 409
    assert api.refusal("POST", "callinglist/createListWithNewFormat", {**body, "formatName": "g"})[0] == 409


def test_a_list_without_name_is_named_after_its_format(api: Api) -> None:
    made = api.post("callinglist/createListWithNewFormat", {"formatName": "f", "fields": [PHONE]})

    assert api.get("callinglist/getList/" + made["id"])["name"] == "FORMAT: f"


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        "phone",
        [1],
        [{"name": "a", "type": "OTHER"}],
        [{"type": "PHONE"}],
        [{"name": "phone"}],
        [{"name": "phone", "type": "PHONES"}],
        [{"name": "phone", "type": "PHONE", "required": "yes"}],
        [{"name": "phone", "type": "PHONE", "skip": True}],
        [PHONE, PHONE],
        [PHONE, {"name": "a", "type": "ACCOUNT"}, {"name": "b", "type": "ACCOUNT"}],
        [PHONE, {"name": "a", "type": "OTHER", "skip": True, "required": True}],
        [PHONE, {"name": "a", "type": "OTHER", "skip": True, "searchable": True}],
        [PHONE, {"name": "a", "type": "OTHER", "skip": True, "key": True}],
        [{**PHONE, "phoneType": "MARS"}],
        [{**PHONE, "colour": "red"}],
        [PHONE, {"name": "d", "type": "DATETIME", "format": "yyyy/MM/dd"}],
        [PHONE, {"name": "d", "type": "OTHER", "format": "yyyy-MM-dd"}],
    ],
    ids=str,
)
def test_a_wrong_format_is_refused_and_makes_nothing(api: Api, fields: Any) -> None:
    body = {"formatName": "f", "fields": fields}

    assert api.refusal("POST", "callinglist/createListWithNewFormat", body)[:2] == (400, "bad_request")
    assert api.sandbox.state()["lists"] == []


def test_a_format_needs_a_name(api: Api) -> None:
    assert api.refusal("POST", "callinglist/createListWithNewFormat", {"fields": [PHONE]})[0] == 400


def test_all_types_and_their_properties_are_taken(api: Api) -> None:
    plain = ["ACCOUNT", "AGENT_LOGIN_ID", "CALLING_NUMBER", "COMPANY", "FIRST_NAME", "INTEGER", "LAST_NAME", "OTHER"]
    plain += ["ZIP_CODE", "STATE"]
    fields = [{"name": kind, "type": kind} for kind in plain] + [
        {**PHONE, "phoneType": "OTHER", "removePrefix": "0", "defaultCoutryCode": "49"},
        {"name": "mobile", "type": "PHONE", "phoneType": "US_CANADA", "removePrefix": "", "defaultCountryCode": ""},
        {"name": "when", "type": "DATETIME", "timeZone": "Europe/Berlin", "format": "MM/dd/yyyy ::mm"},
        {"name": "call at", "type": "DATETIME_CALL_AT", "timeZone": "UTC"},
        {"name": "first", "type": "PRIORITY", "order": "FIFO", "expiresAfter": "10"},
    ]

    api.post("callinglist/createListWithNewFormat", {"formatName": "all", "fields": fields})

    kept = {field["name"]: field for field in api.sandbox.state()["lists"][0]["fields"]}
    assert kept["phone"]["defaultCountryCode"] == "49"
    assert kept["when"]["format"] == kept["call at"]["format"] == "MM/dd/yyyy hh:mm a"
    assert kept["first"]["order"] == "FIFO"
