"""The newer DNC methods: there only where they are switched on, with the documented checks and errors."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.sandbox.routes import METHODS, NEWER_METHODS, Method, find_method
from tests.sandbox.conftest import CUSTOMER_FIELDS, Api

CREATE = "donotcalllist/createDNCList"


@pytest.fixture
def newer(seeded: Api) -> Api:
    """A client of a tenant with the small seed and the newer methods."""
    seeded.sandbox.options(newer_dnc=True)
    return seeded


def read(api: Api, path: str, **body: Any) -> Any:
    """GET with a JSON body, as the document has it."""
    answer = api.send("GET", path, body or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(api: Api, body: dict[str, Any], path: str = CREATE, verb: str = "POST") -> tuple[int, str]:
    status, _, description = api.refusal(verb, path, body)
    return status, description


def create(api: Api, name: str = "made", kind: str = "INTERNAL", **settings: Any) -> str:
    made: str = api.post(CREATE, {"name": name, "type": kind, **settings})["id"]
    return made


def facts(api: Api, held: str) -> dict[str, Any]:
    found: dict[str, Any] = read(api, f"donotcalllist/getDNCList/{held}")
    return found


def test_there_are_8_of_them() -> None:
    assert len(NEWER_METHODS) == 8
    assert not {method.path for method in NEWER_METHODS} & {method.path for method in METHODS}


@pytest.mark.parametrize("method", NEWER_METHODS, ids=lambda method: method.name)
def test_a_tenant_has_them_only_where_they_are_switched_on(api: Api, method: Method) -> None:
    path = "/".join("X" if part.startswith(":") else part for part in method.path.split("/"))
    assert api.refusal(method.verb, path)[:2] == (404, "not_found")

    assert api.sandbox.options(newer_dnc=True)["newer_dnc"] is True

    assert "URL" not in api.send(method.verb, path).text
    assert find_method(method.verb, f"/configapi/v3/{path}", having=frozenset({"newer_dnc"}))[0] is method
    api.sandbox.reset()
    assert api.refusal(method.verb, path)[0] == 404


@pytest.mark.parametrize("method", NEWER_METHODS, ids=lambda method: method.name)
def test_each_needs_a_token_and_its_privileges(newer: Api, method: Method) -> None:
    path = "/".join("X" if part.startswith(":") else part for part in method.path.split("/"))
    user = newer.as_user("no-privileges")
    assert user.refusal(method.verb, path)[0] == 403
    del user.session.headers["Authorization"]
    assert user.refusal(method.verb, path)[0] == 401


def test_lists_come_in_pages_with_their_numbers(newer: Api) -> None:
    first = read(newer, "donotcalllist/getAll", limit=3)
    rest = read(newer, "donotcalllist/getAll", limit=3, cursor=first["next_cursor"])

    found = first["records"] + rest["records"]
    assert rest["next_cursor"] is None
    assert [(held["name"], held["type"], held["totalRecords"]) for held in found] == [
        ("Company DNC", "Internal", 2),
        ("Area codes", "Geographic (Area Codes)", 2),
        ("Postal codes", "Geographic (Postal)", 1),
        ("States", "Geographic (State/Province)", 2),
        ("Paid accounts", "Record Exclusion", 1),
    ]
    assert all(held["creationDate"] for held in found)


@pytest.mark.parametrize("path, most", [("donotcalllist/getAll", 100), ("donotcalllist/getDNCRecords/{}", 1000)])
def test_pages_have_bounds(newer: Api, path: str, most: int) -> None:
    path = path.format(newer.sandbox.dnc_id("Company DNC"))
    assert "too large" in refused(newer, {"limit": most + 1}, path, "GET")[1]
    assert refused(newer, {"limit": 0}, path, "GET")[0] == 400
    assert refused(newer, {"limit": 1, "cursor": "x"}, path, "GET")[0] == 400
    assert refused(newer, {"limit": 1, "page": 2}, path, "GET")[0] == 400
    assert newer.refusal("GET", path)[2] == "'limit' is required"


def test_entries_come_in_pages_in_the_order_of_adding(newer: Api) -> None:
    held = newer.sandbox.create_dnc_list("many", "INTERNAL", [str(number) for number in range(10)])
    path = f"donotcalllist/getDNCRecords/{held}"

    first = read(newer, path, limit=4)
    # What is deleted meanwhile neither shifts the rest nor makes a hole in it.
    newer.post(f"donotcalllist/delete/{held}", [{"key": "1"}, {"key": "4"}, {"key": "6"}])
    second = read(newer, path, limit=4, cursor=first["next_cursor"])

    assert [entry["key"] for entry in first["records"]] == ["0", "1", "2", "3"]
    assert [entry["key"] for entry in second["records"]] == ["5", "7", "8", "9"]
    assert second["next_cursor"] is None


def test_a_cursor_from_before_a_list_was_emptied_does_not_point_back(newer: Api) -> None:
    held = newer.sandbox.create_dnc_list("many", "INTERNAL", ["1", "2", "3"])
    cursor = read(newer, f"donotcalllist/getDNCRecords/{held}", limit=1)["next_cursor"]
    newer.post(f"donotcalllist/deleteAll/{held}")
    newer.post(f"donotcalllist/addAll/{held}", [{"key": "8"}, {"key": "9"}])

    found = read(newer, f"donotcalllist/getDNCRecords/{held}", limit=10, cursor=cursor)["records"]
    assert [entry["key"] for entry in found] == ["8", "9"]


def test_an_entry_tells_since_when_and_until_when(newer: Api) -> None:
    held = create(newer, expireRecords=True, defaultExpirationPeriod=120)
    newer.post(f"donotcalllist/addAll/{held}", [{"key": "1", "comment": "asked"}, {"key": "2", "expirationPeriod": 3}])

    first, second = read(newer, f"donotcalllist/getDNCRecords/{held}", limit=10)["records"]
    assert set(first) == {"key", "added", "comment", "setOn", "expireAt"}
    assert first["comment"] == "asked"
    assert first["expireAt"] > second["expireAt"] > first["setOn"]


@pytest.mark.parametrize("days", [-1, 366, "3", 1.5, True])
def test_a_period_of_an_entry_has_bounds(newer: Api, days: Any) -> None:
    held = create(newer)
    record = {"key": "1", "expirationPeriod": days}
    assert newer.post(f"donotcalllist/addAll/{held}", [record]) == {"added": 0, "error": {"formatError": [record]}}


def test_the_older_version_knows_no_period_of_an_entry(seeded: Api) -> None:
    held = seeded.sandbox.create_dnc_list("d", "INTERNAL")
    assert seeded.post(f"donotcalllist/addAll/{held}", [{"key": "1", "expirationPeriod": 3}])["added"] == 0


def test_a_list_of_states_can_be_read_but_not_changed(newer: Api) -> None:
    held = newer.sandbox.dnc_id("States")

    assert [entry["key"] for entry in read(newer, f"donotcalllist/getDNCRecords/{held}", limit=9)["records"]] == [
        "AK",
        "HI",
    ]
    assert facts(newer, held)["type"] == "GEOGRAPHIC_STATE"
    for verb, path in (("PATCH", "updateDNCProperties"), ("DELETE", "deleteDNCList")):
        status, description = refused(newer, {"name": "x"}, f"donotcalllist/{path}/{held}", verb)
        assert status == 403
        assert "type of list" in description


@pytest.mark.parametrize(
    "given, told",
    [
        ({"kind": "INTERNAL"}, {"type": "INTERNAL", "expireRecords": False, "defaultExpirationPeriod": 90}),
        (
            {"kind": "INTERNAL", "expireRecords": True, "defaultExpirationPeriod": 0},
            {"expireRecords": True, "defaultExpirationPeriod": 0},
        ),
        ({"kind": "GEOGRAPHIC_POSTAL", "country": "us"}, {"type": "GEOGRAPHIC_POSTAL", "country": "US"}),
        ({"kind": "AREA_CODES", "country": "Prefixed"}, {"type": "AREA_CODES", "country": "prefixed"}),
        (
            {"kind": "EXCLUSION", "exclusionField": "id", "resetDaily": True},
            {"exclusionField": "id", "resetDaily": True, "resetTime": "12:00:00 AM +00:00"},
        ),
        (
            {
                "kind": "EXCLUSION",
                "exclusionField": "id",
                "resetDaily": True,
                "resetPeriod": {"resetTime": "16:30:00", "timezoneID": "Asia/Kolkata"},
            },
            {"resetTime": "04:30:00 PM +05:30"},
        ),
    ],
)
def test_a_list_is_made_with_its_settings(newer: Api, given: dict[str, Any], told: dict[str, Any]) -> None:
    found = facts(newer, create(newer, **given))
    assert {name: found[name] for name in told} == told
    assert (found["name"], found["totalRecords"], found["campaigns"]) == ("made", 0, [])


@pytest.mark.parametrize(
    "body, named",
    [
        ({"type": "INTERNAL"}, "name"),
        ({"name": " ", "type": "INTERNAL"}, "name"),
        ({"name": "x" * 256, "type": "INTERNAL"}, "name"),
        ({"name": "x"}, "type"),
        ({"name": "x", "type": "GEOGRAPHIC_STATE"}, "type"),
        ({"name": "x", "type": "GEOGRAPHIC_AREACODE"}, "type"),
        ({"name": "x", "type": "AREA_CODES"}, "country"),
        ({"name": "x", "type": "GEOGRAPHIC_POSTAL", "country": "prefixed"}, "country"),
        ({"name": "x", "type": "GEOGRAPHIC_POSTAL", "country": "USA"}, "country"),
        ({"name": "x", "type": "INTERNAL", "country": "US"}, "country"),
        ({"name": "x", "type": "INTERNAL", "expireRecords": "yes"}, "expireRecords"),
        ({"name": "x", "type": "INTERNAL", "defaultExpirationPeriod": 366}, "defaultExpirationPeriod"),
        ({"name": "x", "type": "INTERNAL", "defaultExpirationPeriod": "30"}, "defaultExpirationPeriod"),
        ({"name": "x", "type": "INTERNAL", "resetDaily": True}, "resetDaily"),
        ({"name": "x", "type": "AREA_CODES", "country": "US", "expireRecords": True}, "expireRecords"),
        ({"name": "x", "type": "EXCLUSION"}, "exclusionField"),
        ({"name": "x", "type": "EXCLUSION", "exclusionField": "nowhere"}, "exclusionField"),
        *(
            (
                {"name": "x", "type": "EXCLUSION", "exclusionField": "id", "resetDaily": True, "resetPeriod": period},
                name,
            )
            for period, name in (
                ("04:00:00", "resetPeriod"),
                ({"resetTime": "4:00"}, "resetTime"),
                ({"resetTime": "24:00:00"}, "resetTime"),
                ({"timezoneID": "Mars/Base"}, "timezoneID"),
                ({"timezoneID": "../etc"}, "timezoneID"),
                ({"hour": 4}, "hour"),
            )
        ),
        ({"name": "x", "type": "INTERNAL", "color": "red"}, "color"),
    ],
    ids=str,
)
def test_settings_that_do_not_fit_are_refused(newer: Api, body: dict[str, Any], named: str) -> None:
    before = newer.sandbox.state()["dnc"]
    status, description = refused(newer, body)
    assert status == 400
    assert named in description
    assert newer.sandbox.state()["dnc"] == before


def test_a_name_is_there_once(newer: Api) -> None:
    held = create(newer)
    assert newer.refusal("POST", CREATE, {"name": "made", "type": "INTERNAL"})[:2] == (409, "conflict")
    path = f"donotcalllist/updateDNCProperties/{held}"
    assert newer.refusal("PATCH", path, {"name": "Company DNC"})[0] == 409
    assert newer.patch(path, {"name": "made"}) is None


def test_an_update_leaves_what_it_does_not_name(newer: Api) -> None:
    held = create(newer, expireRecords=True, defaultExpirationPeriod=7)
    newer.post(f"donotcalllist/addAll/{held}", [{"key": "1"}])

    newer.patch(f"donotcalllist/updateDNCProperties/{held}", {"name": "other"})

    found = facts(newer, held)
    assert (found["name"], found["expireRecords"], found["defaultExpirationPeriod"]) == ("other", True, 7)
    assert found["totalRecords"] == 1
    assert refused(newer, {"country": "US"}, f"donotcalllist/updateDNCProperties/{held}", "PATCH")[0] == 400
    assert refused(newer, {"name": "x"}, "donotcalllist/updateDNCProperties/NOPE", "PATCH")[0] == 404


def test_a_reset_may_be_given_as_the_example_has_it(newer: Api) -> None:
    held = create(newer, kind="EXCLUSION", exclusionField="id")
    path = f"donotcalllist/updateDNCProperties/{held}"
    newer.patch(path, {"resetDaily": True, "resetTime": "12:00:00 PM -08:00"})
    assert facts(newer, held)["resetTime"] == "12:00:00 PM -08:00"
    assert refused(newer, {"resetDaily": True, "resetTime": "noon"}, path, "PATCH")[0] == 400


def test_a_list_that_is_reset_daily_is_empty_the_day_after(newer: Api) -> None:
    held = create(newer, kind="EXCLUSION", exclusionField="id", resetDaily=True)
    newer.post(f"donotcalllist/addAll/{held}", [{"key": "A1"}])
    assert newer.sandbox.blocked(value="A1")["blocked"]

    newer.sandbox.advance(24 * 3600)

    assert not newer.sandbox.blocked(value="A1")["blocked"]
    newer.sign_in()
    assert facts(newer, held)["totalRecords"] == 0


def test_a_deleted_list_guards_nothing_any_more(newer: Api) -> None:
    held = newer.sandbox.dnc_id("Company DNC")
    campaign = newer.sandbox.campaign_id("Renewals")
    assert newer.sandbox.blocked("16505550100", campaign=campaign)["blocked"]

    assert newer.send("DELETE", f"donotcalllist/deleteDNCList/{held}").content == b""

    assert not newer.sandbox.blocked("16505550100", campaign=campaign)["blocked"]
    assert [one["name"] for one in newer.get(f"campaign/getCampaign/{campaign}")["dncLists"]] == ["Area codes"]
    assert newer.refusal("DELETE", f"donotcalllist/deleteDNCList/{held}")[0] == 404
    assert newer.refusal("POST", f"donotcalllist/addAll/{held}", [{"key": "1"}])[0] == 404


def test_binding_and_unbinding_show_on_both_sides(newer: Api) -> None:
    held, campaign = create(newer), newer.sandbox.create_campaign("Spring")
    body = {"dncListId": held, "disposition": "Asked", "applyToLinkGroup": False, "allowAppend": True}

    assert newer.post(f"campaign/bindDNCList/{campaign}", body) is None
    assert newer.get(f"campaign/getCampaign/{campaign}")["dncLists"] == [
        {"id": held, "name": "made", "type": "INTERNAL", "disposition": "Asked"}
    ]
    assert facts(newer, held)["campaigns"] == [
        {"campaignName": "Spring", "campaignId": campaign, "disposition": "Asked", "allowAppend": True}
    ]
    newer.post(f"campaign/bindDNCList/{campaign}", {"dncListId": held, "disposition": "Again"})
    assert [use["disposition"] for use in facts(newer, held)["campaigns"]] == ["Again"]

    assert newer.post(f"campaign/unbindDNCList/{campaign}", {"dncListId": held}) is None
    assert facts(newer, held)["campaigns"] == []
    assert newer.refusal("POST", f"campaign/unbindDNCList/{campaign}", {"dncListId": held})[0] == 409


def test_a_binding_that_does_not_fit_is_refused(newer: Api) -> None:
    campaign, areas = newer.sandbox.campaign_id("Renewals"), newer.sandbox.dnc_id("Area codes")
    path = f"campaign/bindDNCList/{campaign}"
    assert "disposition" in refused(newer, {"dncListId": areas}, path)[1]
    assert "dncListId" in refused(newer, {"disposition": "x"}, path)[1]
    assert "allowAppend" in refused(newer, {"dncListId": areas, "disposition": "x", "allowAppend": True}, path)[1]
    assert refused(newer, {"dncListId": "NOPE", "disposition": "x"}, path)[0] == 404
    assert refused(newer, {"dncListId": areas, "disposition": "x"}, "campaign/bindDNCList/NOPE")[0] == 404
    newer.sandbox.options(document_oddities=True)
    assert newer.post(path, {"dncListid": areas, "disposition": "x"}) is None
    assert refused(newer, {"dncListId": areas, "disposition": "x"}, path)[0] == 400


def test_past_results_keep_their_names_when_a_list_is_taken_off(newer: Api) -> None:
    sandbox = newer.sandbox
    campaign = sandbox.create_campaign("Dialling", rate=100.0)
    records = [{"id": "N1", "phone": "19075550100", "name": "Ann"}]
    sandbox.create_list("callees", CUSTOMER_FIELDS, bind=[campaign], records=records)
    for name, disposition in (("Company DNC", "Asked"), ("Area codes", "Region")):
        body = {"dncListId": sandbox.dnc_id(name), "disposition": disposition}
        newer.post(f"campaign/bindDNCList/{campaign}", body)
    newer.post(f"campaign/start/{campaign}")
    sandbox.advance(60)
    [bound] = newer.get(f"campaign/getCampaign/{campaign}")["lists"]

    newer.post(f"campaign/unbindDNCList/{campaign}", {"dncListId": sandbox.dnc_id("Company DNC")})

    page = newer.post(f"campaign/getAllRecords/{campaign}", {"instanceId": bound["instanceId"], "limit": 10})
    assert page["records"][0]["status"]["lastDisposition"] == "Region"


def test_agents_add_to_a_list_that_takes_numbers(newer: Api) -> None:
    sandbox = newer.sandbox
    campaign, held = sandbox.create_campaign("Dialling", rate=100.0), create(newer)
    records = [{"id": f"N{n}", "phone": f"1650555{n:04d}", "name": "x"} for n in range(2000)]
    sandbox.create_list("callees", CUSTOMER_FIELDS, bind=[campaign], records=records)
    body = {"dncListId": held, "disposition": "Asked", "allowAppend": True}
    newer.post(f"campaign/bindDNCList/{campaign}", body)
    newer.post(f"campaign/start/{campaign}")
    sandbox.advance(60)

    newer.get("campaign/getAll")

    taken = sandbox.dump_dnc(held)
    assert taken
    assert {entry["comment"] for entry in taken} == {"Dialling"}
    assert sandbox.blocked(taken[0]["key"], campaign=campaign)["blocked"]
