"""The older API, v2: everything by name, errors in plain text, and what it keeps to itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from bpadmin.sandbox.apis import ALL_METHODS
from tests.fixtures_sandbox import SandboxControl
from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer

LIST, CAMPAIGN = "Kunden Süd/West 50%.csv", "Früh & spät"
EVER = "2013-03-01T13:15:06.456"


class V2(Api):
    """Calls methods of v2 as one of the sandbox's users."""

    def __init__(self, sandbox: SandboxControl, user: str = "sandbox") -> None:
        super().__init__(sandbox, user)
        self.base = f"{sandbox.url}/configapi/v2/"

    def path(self, path: str, *names: str) -> str:
        """Put names behind a path, each encoded into one part."""
        return "/".join([path, *(quote(name, safe="") for name in names)])

    def told(self, path: str, body: Any = None, verb: str = "POST") -> tuple[int, str]:
        """Make a request that is refused; returns status and text."""
        answer = self.send(verb, path, body)
        assert answer.status_code >= 400
        assert answer.headers.get("Content-Type", "text/plain").startswith("text/plain")
        return answer.status_code, answer.text


@pytest.fixture
def v2(sandbox: SandboxControl) -> Iterator[V2]:
    """A client of v2, signed in as the user who may do everything."""
    client = V2(sandbox)
    client.sign_in()
    yield client
    client.session.close()


@pytest.fixture
def held(v2: V2) -> str:
    """The id of an empty list with a difficult name."""
    return v2.sandbox.create_list(LIST, CUSTOMER_FIELDS)


@pytest.fixture
def called(v2: V2) -> str:
    """The id of a list of 20 customers, of which a campaign called ten."""
    campaign = v2.sandbox.create_campaign(CAMPAIGN, running=True, rate=0.1)
    made = v2.sandbox.create_list(LIST, CUSTOMER_FIELDS, bind=[campaign], records=[customer(n) for n in range(20)])
    v2.sandbox.advance(105)
    Api(v2.sandbox).sign_in().post(f"campaign/stop/{campaign}")
    return made


def test_it_has_the_14_methods_of_the_document() -> None:
    methods = ALL_METHODS["brightpattern_v2"]

    assert len(methods) == 14
    assert len({method.name for method in methods}) == len({method.path for method in methods}) == 14
    assert all(method.name.startswith("v2.") for method in methods)


def test_each_method_but_the_token_needs_a_token(v2: V2) -> None:
    del v2.session.headers["Authorization"]
    needing = [each for each in ALL_METHODS["brightpattern_v2"] if each.needs_token]

    answers = {each.name: v2.told(each.path, verb=each.verb) for each in needing}

    assert len(answers) == 13
    assert answers == dict.fromkeys(answers, (401, "Session is not authenticated"))


def test_a_token_lives_an_hour_and_is_opaque(v2: V2) -> None:
    form = {"client_id": "sandbox", "client_secret": "sandbox-secret", "grant_type": "client_credentials", "scope": "x"}
    answer = v2.session.post(v2.base + "oauth/token", data=form).json()

    assert answer["expires_in"] == "3600"
    assert len(bytes.fromhex(answer["access_token"])) == 32
    v2.sandbox.advance(3601)
    assert v2.told("campaign/getAll/", verb="GET")[0] == 401


def test_a_name_may_hold_spaces_slashes_and_letters_of_any_kind(v2: V2, held: str) -> None:
    assert v2.post(v2.path("callinglist/addAll", LIST), [customer(1), customer(2)]) == {"added": 2}
    assert len(v2.sandbox.dump(held)) == 2

    assert v2.told("callinglist/addAll/Kunden Süd/West 50%25.csv", [])[0] == 404


def test_one_record_is_added_without_a_word(v2: V2, held: str) -> None:
    answer = v2.send("POST", v2.path("callinglist/add", LIST), customer(1))

    assert (answer.status_code, answer.content) == (200, b"")
    assert v2.sandbox.dump(held)[0]["id"] == "N1"


def test_a_known_key_is_a_conflict_or_an_error_of_the_server(v2: V2, held: str) -> None:
    path = v2.path("callinglist/add", LIST)
    v2.post(path, customer(1))

    status, text = v2.told(path, customer(1))
    assert (status, "duplicate key" in text) == (409, True)
    v2.sandbox.options(legacy_duplicate_status=500)
    status, text = v2.told(path, customer(1))
    assert (status, "duplicate key" in text) == (500, True)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (customer(1, id=" "), "missing key: id"),
        (customer(1, name=""), "missing required field: name"),
        (customer(1, phone=""), "missing required field: at least one phone field"),
        (customer(1, phone="12"), "invalid US/Canada phone number"),
        (customer(1, age="x"), "integer is expected"),
        (customer(1, due="31.01.2025"), "please enter date in the correct format 'yyyy-MM-dd'"),
        (customer(1, colour="red"), "unsupported field: colour"),
        ([], "Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 2 path $"),
    ],
)
def test_what_is_wrong_with_a_record_is_told_in_plain_text(v2: V2, held: str, record: Any, text: str) -> None:
    status, told = v2.told(v2.path("callinglist/add", LIST), record)

    assert status == 400
    assert told.endswith(text)


def test_a_member_given_twice_is_refused(v2: V2, held: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = v2.session.post(v2.base + v2.path("callinglist/add", LIST), b'{"id":"1","id":"2"}', headers=headers)

    assert (answer.status_code, answer.text) == (400, "duplicate key: id")


def test_refused_records_come_back_with_names_in_lower_case_and_some_vanish(v2: V2) -> None:
    fields = [{**field, "name": field["name"].title()} for field in CUSTOMER_FIELDS]
    v2.sandbox.create_list("l", fields)
    titled = [{name.title(): value for name, value in customer(n).items()} for n in range(5)]
    titled[1]["Id"] = "N0"
    titled[2]["Age"] = "many"
    titled[3]["Colour"] = "red"

    answer = v2.post("callinglist/addAll/l", titled)

    assert answer == {"added": 2, "error": {"duplicateKey": [{"id": "N0", "phone": "16505550001", "name": "Name 1"}]}}


def test_it_is_a_bad_request_when_nothing_but_vanishing_records_was_sent(v2: V2, held: str) -> None:
    path = v2.path("callinglist/addAll", LIST)

    assert v2.told(path, [customer(n, age="x") for n in range(3)]) == (400, "integer is expected")
    assert v2.post(path, []) == {"added": 0}
    assert v2.told(path, {})[1].startswith("Expected BEGIN_ARRAY but was BEGIN_OBJECT")


def test_a_record_is_updated_by_its_key(v2: V2, called: str) -> None:
    path = v2.path("callinglist/update", LIST)

    assert v2.post(path, {"id": "N3", "city": "Kiel"}) is None
    assert v2.sandbox.dump(called)[3]["city"] == "Kiel"
    assert v2.told(path, {"id": "N99", "city": "Kiel"}) == (404, "")
    assert v2.told(path, {"city": "Kiel"}) == (400, "missing key: id")
    assert v2.told("callinglist/update/nothing", {"id": "N3"}) == (404, "")


def test_all_records_go_at_once_and_again_without_a_word(v2: V2, called: str) -> None:
    for _ in range(2):
        answer = v2.send("POST", v2.path("callinglist/deleteAll", LIST))
        assert (answer.status_code, answer.content) == (200, b"")
    assert v2.sandbox.dump(called) == []
    assert v2.post(v2.path("callinglist/getChanged", LIST, CAMPAIGN), {"fromTime": EVER, "maxSize": 9}) == []


def test_records_come_from_an_index_on_with_a_status(v2: V2, called: str) -> None:
    page = v2.post(v2.path("callinglist/getAll", LIST, CAMPAIGN), {"fromIndex": "0", "maxSize": "100"})

    assert [record["index"] for record in page] == list(range(20))
    assert page[0]["entry"]["name"] == "Name 0"
    assert set(page[0]["status"]) == {
        "globalInteractionID",
        "lastCallDuration",
        "lastDisposition",
        "totalAttempts",
        "completed",
        "lastAgent",
        "lastPhone",
        "lastDate",
    }
    assert page[19]["status"] == {"totalAttempts": 0, "completed": False}
    path = v2.path("callinglist/getAll", LIST, CAMPAIGN)
    assert v2.post(path, {"fromIndex": 20, "maxSize": 1000}) == []


def test_changed_records_come_by_time_without_an_index(v2: V2, called: str) -> None:
    path = v2.path("callinglist/getChanged", LIST, CAMPAIGN)

    changed = v2.post(path, {"fromTime": EVER, "maxSize": "100"})

    assert len(changed) == 10
    assert set(changed[0]) == {
        "entry",
        "completed",
        "recordDisposition",
        "recordDispositionCode",
        "totalAttempts",
        "attempts",
    }
    times = [record["attempts"][-1]["date"] for record in changed]
    assert times == sorted(times)
    assert v2.post(path, {"fromTime": times[4], "maxSize": 2}) == changed[4:6]


def test_completed_records_come_by_the_time_of_completion(v2: V2, called: str) -> None:
    path = v2.path("callinglist/getCompleted", LIST, CAMPAIGN)
    every = v2.post(v2.path("callinglist/getAll", LIST, CAMPAIGN), {"fromIndex": 0, "maxSize": 100})

    completed = v2.post(path, {"fromTime": EVER, "maxSize": "100"})

    assert [set(record) for record in completed] == [{"completedTime", "entry", "status"}] * len(completed)
    assert len(completed) == sum(record["status"]["completed"] for record in every) > 0
    assert v2.post(path, {"fromTime": completed[-1]["completedTime"], "maxSize": 100}) == completed[-1:]


@pytest.mark.parametrize(
    ("method", "body", "text"),
    [
        ("getAll", {"maxSize": 1}, "invalid parameters"),
        ("getAll", {"fromIndex": 0}, "invalid parameters"),
        ("getAll", {"fromIndex": 0, "maxSize": 1001}, "maxSize is too large (no more than 1000)"),
        ("getChanged", {"fromTime": "soon", "maxSize": 1}, 'Unparseable date: "soon"'),
        ("getCompleted", {"fromTime": "2021-02-30T00:00:00.000", "maxSize": 1}, "Unparseable date: "),
        ("getCompleted", {"fromTime": EVER, "maxSize": "1001"}, "maxSize is too large"),
        ("getChanged", {"maxSize": 1}, "invalid parameters"),
    ],
)
def test_a_wrong_parameter_is_a_bad_request(v2: V2, called: str, method: str, body: dict[str, Any], text: str) -> None:
    status, told = v2.told(v2.path(f"callinglist/{method}", LIST, CAMPAIGN), body)

    assert status == 400
    assert told.startswith(text)


@pytest.mark.parametrize("method", ["getAll", "getCompleted", "getChanged"])
def test_unknown_names_and_unbound_lists_are_not_found(v2: V2, called: str, method: str) -> None:
    v2.sandbox.create_list("unbound", CUSTOMER_FIELDS)
    body = {"fromIndex": 0, "fromTime": EVER, "maxSize": 1}

    assert v2.told(f"callinglist/{method}/nothing/x", body) == (404, "calling list not found")
    assert v2.told(v2.path(f"callinglist/{method}", LIST, "x"), body) == (404, "campaign is not found")
    assert v2.told(v2.path(f"callinglist/{method}", "unbound", CAMPAIGN), body)[0] == 404


def test_a_record_is_queried_with_any_string_for_the_campaign(v2: V2, called: str) -> None:
    path = v2.path("callinglist/get", LIST, "x")

    assert set(v2.post(path, {"id": "N3", "city": "ignored"})) == {"entry"}
    assert v2.post(v2.path("callinglist/get", LIST, CAMPAIGN), {"id": "N0"})["status"]["totalAttempts"] >= 1
    assert v2.told(path, {"id": "N99"}) == (404, "record is not found")
    assert v2.told(path, {"city": "x"}) == (400, "missing key: id")


def test_enabled_campaigns_come_with_the_names_of_their_lists(v2: V2, called: str) -> None:
    v2.sandbox.create_campaign("off", enabled=False)
    v2.sandbox.create_campaign("bare")

    assert v2.get("campaign/getAll/") == [
        {"name": CAMPAIGN, "state": "STOPPED", "lists": [LIST]},
        {"name": "bare", "state": "STOPPED", "lists": []},
    ]


def test_dnc_entries_are_added_replaced_and_deleted_by_name(v2: V2) -> None:
    dnc = v2.sandbox.create_dnc_list("Do not/call", "INTERNAL", ["1"])
    added = v2.post(v2.path("donotcalllist/add", "Do not/call"), [["1", "known"], ["2", "asked"], ["x y", ""]])
    assert added == {"added": 2}

    deleted = v2.post(v2.path("donotcalllist/delete", "Do not/call"), [{"key": "2"}, {"key": "9"}])
    assert deleted == {"deleted": 1, "error": {"keyNotFound": [{"key": "9"}]}}
    assert v2.post(v2.path("donotcalllist/replaceAll", "Do not/call"), [["5", ""], ["5", ""]]) == {"added": 1}
    assert v2.sandbox.dump_dnc(dnc) == [{"key": "5", "comment": ""}]
    assert v2.post(v2.path("donotcalllist/deleteAll", "Do not/call")) == {"deleted": 1}


def test_unknown_dnc_lists_and_those_of_states_are_refused(v2: V2) -> None:
    v2.sandbox.create_dnc_list("states", "GEOGRAPHIC_STATE")

    for path in ("add", "replaceAll", "deleteAll", "delete"):
        assert v2.told(f"donotcalllist/{path}/nothing", []) == (404, "Object does not exist")
        told = v2.told(f"donotcalllist/{path}/states", [])
        assert told == (403, "this type of list is not supported by the API")


def test_a_privilege_is_missed_without_its_name(v2: V2) -> None:
    viewer = V2(v2.sandbox, "viewer-only")
    viewer.sign_in()

    told = viewer.told("callinglist/addAll/x", [])
    assert told == (403, "User authenticated but does not have sufficient privileges")


def test_paths_and_verbs_are_told_apart(v2: V2) -> None:
    assert v2.told("campaign/getAll/1", verb="GET") == (404, "HTTP 404 Not Found")
    assert v2.told("campaign/getAll", verb="POST") == (405, "Method Not Allowed")
    assert v2.get("/campaign//getAll") == []


def test_faults_and_statistics_go_by_the_names_of_v2(v2: V2, held: str) -> None:
    v2.sandbox.faults([{"kind": "http_503", "times": 1, "methods": ["v2.get_campaigns"]}, {"kind": "drop_row"}])

    assert v2.told("campaign/getAll", verb="GET")[0] == 503
    assert v2.post(v2.path("callinglist/addAll", LIST), [customer(1), customer(2)]) == {"added": 1}
    assert Api(v2.sandbox).sign_in().get("campaign/getAll") == []

    stats = v2.sandbox.stats()
    assert stats["requests"]["v2.get_campaigns"] == stats["requests"]["get_campaigns"] == 1
    assert stats["token_requests"] == 2


def test_v2_and_v3_see_the_same_lists(v2: V2, held: str) -> None:
    v2.post(v2.path("callinglist/addAll", LIST), [customer(1)])

    v3 = Api(v2.sandbox).sign_in()

    assert v3.get(f"callinglist/getList/{held}")["totalRecords"] == 1
