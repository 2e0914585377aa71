"""The first API: HTTP Digest, lists and campaigns by name, success without a body."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import quote

import pytest
import requests
from requests.auth import HTTPDigestAuth

from bpadmin.sandbox.apis import ALL_METHODS
from tests.fixtures_sandbox import SandboxControl
from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer

LIST, CAMPAIGN = "Kunden Süd/West.csv", "Früh & spät"


class V1:
    """Calls methods of v1, signing each request."""

    def __init__(self, sandbox: SandboxControl, user: str = "sandbox", secret: str = "sandbox-secret") -> None:
        self.sandbox = sandbox
        self.base = f"{sandbox.url}/admin/ws/t/sandbox/callinglist/"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = HTTPDigestAuth(user, secret)

    def send(self, method: str, body: Any = None, *names: str, verb: str = "POST") -> requests.Response:
        """Make a request for a list, and a campaign behind it."""
        path = "/".join([method, *(quote(name, safe="") for name in names)])
        return self.session.request(verb, self.base + path, json=body, timeout=30)


@pytest.fixture
def v1(sandbox: SandboxControl) -> V1:
    """A client of v1 and an empty list with a difficult name."""
    sandbox.create_list(LIST, CUSTOMER_FIELDS)
    return V1(sandbox)


@pytest.fixture
def called(sandbox: SandboxControl) -> V1:
    """A client of v1 and a list of 20 customers, of which a campaign called ten."""
    campaign = sandbox.create_campaign(CAMPAIGN, running=True, rate=0.1)
    records = [customer(n, age=n) for n in range(20)]
    sandbox.create_list(LIST, CUSTOMER_FIELDS, bind=[campaign], records=records)
    sandbox.advance(105)
    Api(sandbox).sign_in().post(f"campaign/stop/{campaign}")
    return V1(sandbox)


def held(v1: V1) -> list[str]:
    """Return the keys of what the list holds."""
    return [record["id"] for record in v1.sandbox.dump(v1.sandbox.list_id(LIST))]


def test_it_has_the_methods_that_are_documented_in_full() -> None:
    names = [method.name for method in ALL_METHODS["brightpattern_v1"]]

    assert names == ["v1.get_all_records", "v1.add_record", "v1.add_many_records"]


def test_an_unsigned_request_is_told_how_to_sign(v1: V1) -> None:
    answer = requests.post(v1.base + "getAll/x/y", timeout=10)

    assert (answer.status_code, answer.text) == (401, "Authentication failed")
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Digest ")
    assert 'qop="auth"' in challenge
    assert "algorithm=MD5" in challenge
    assert "stale" not in challenge


@pytest.mark.parametrize(("user", "secret"), [("sandbox", "guessed"), ("nobody", "sandbox-secret"), ("locked", "")])
def test_a_wrong_signature_is_refused(v1: V1, user: str, secret: str) -> None:
    answer = V1(v1.sandbox, user, secret or "sandbox-secret").send("add", customer(1), LIST)

    assert answer.status_code == 401
    assert "stale" not in answer.headers["WWW-Authenticate"]


def test_a_user_without_the_privilege_is_forbidden(v1: V1) -> None:
    answer = V1(v1.sandbox, "viewer-only").send("add", customer(1), LIST)

    assert (answer.status_code, answer.text) == (403, "User authenticated but does not have sufficient privileges")


def test_a_signature_serves_many_requests_until_it_is_stale(v1: V1) -> None:
    for number in range(3):
        assert v1.send("add", customer(number), LIST).status_code == 204
    assert v1.sandbox.stats()["statuses"] == {"401": 1, "204": 3}

    v1.sandbox.advance(301)
    answer = v1.send("add", customer(9), LIST)
    assert answer.status_code == 204
    assert "stale=true" in answer.history[0].headers["WWW-Authenticate"]


@pytest.mark.parametrize("order", ["revoke", "fault"])
def test_a_revoked_signature_is_stale(v1: V1, order: str) -> None:
    v1.send("add", customer(1), LIST)
    if order == "revoke":
        v1.sandbox.revoke_tokens()
    else:
        v1.sandbox.faults([{"kind": "revoke_token", "times": 1}])

    answer = v1.send("add", customer(2), LIST)

    assert answer.status_code == 204
    assert "stale=true" in answer.history[0].headers["WWW-Authenticate"]


def test_a_signed_request_cannot_be_sent_twice_or_elsewhere(v1: V1) -> None:
    signed = v1.send("add", customer(1), LIST).request
    with requests.Session() as session:
        session.trust_env = False
        again = session.send(signed)
        signed.url = str(signed.url).replace("/add/", "/addAll/")
        elsewhere = session.send(signed)

    assert again.status_code == 401
    assert "stale=true" in again.headers["WWW-Authenticate"]
    assert elsewhere.status_code == 400
    assert held(v1) == ["N1"]


def test_one_record_and_many_are_added_without_a_body(v1: V1) -> None:
    one = v1.send("add", customer(1), LIST)
    many = v1.send("addAll", [customer(2), customer(3)], LIST)

    assert [(answer.status_code, answer.content) for answer in (one, many)] == [(204, b""), (204, b"")]
    assert held(v1) == ["N1", "N2", "N3"]


def test_no_content_has_no_length_either(v1: V1) -> None:
    answer = v1.send("addAll", [], LIST)

    assert answer.status_code == 204
    assert "Content-Length" not in answer.headers
    assert v1.send("add", customer(1), LIST).connection is answer.connection


def test_a_known_key_is_an_error_of_the_server_and_nothing_is_added(v1: V1) -> None:
    v1.send("add", customer(1), LIST)

    for method, body in (("add", customer(1)), ("addAll", [customer(2), customer(1)])):
        answer = v1.send(method, body, LIST)
        assert answer.status_code == 500
        assert "duplicate key" in answer.text
    assert held(v1) == ["N1"]
    assert v1.send("addAll", [customer(2)], LIST).status_code == 204


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([customer(1), customer(2, id="")], "missing key: id"),
        ([customer(1, colour="red")], "unsupported field: colour"),
        ({}, "Expected BEGIN_ARRAY but was BEGIN_OBJECT at line 1 column 2 path $"),
    ],
)
def test_records_that_are_not_understood_are_a_bad_request(v1: V1, body: Any, text: str) -> None:
    answer = v1.send("addAll", body, LIST)

    assert (answer.status_code, answer.text) == (400, text)
    assert held(v1) == []


def test_records_come_from_an_index_on_with_strings_for_numbers(called: V1) -> None:
    page = called.send("getAll", {"fromIndex": "5", "maxSize": "3"}, LIST, CAMPAIGN).json()

    assert [record["index"] for record in page] == [5, 6, 7]
    assert (page[0]["entry"]["id"], page[0]["entry"]["age"]) == ("N5", "5")
    assert {type(value) for record in page for value in record["entry"].values()} == {str}


def test_a_status_has_only_what_there_is_to_tell(called: V1) -> None:
    page = called.send("getAll", {"fromIndex": 0, "maxSize": 1000}, LIST, CAMPAIGN).json()

    tried = [record["status"] for record in page[:10]]
    assert page[19]["status"] == {"completed": False}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", one["lastDate"]) for one in tried)
    assert all(isinstance(one["completed"], bool) and one["totalAttempts"] == "1" for one in tried)
    assert [("lastAgent" in one) for one in tried] == [int(one["lastCallDuration"]) > 0 for one in tried]


@pytest.mark.parametrize(
    ("body", "names", "status"),
    [
        ({"fromIndex": "0"}, (LIST, CAMPAIGN), 400),
        ({"fromIndex": "0", "maxSize": "1001"}, (LIST, CAMPAIGN), 400),
        ({"fromIndex": "x", "maxSize": "1"}, (LIST, CAMPAIGN), 400),
        ({"fromIndex": "0", "maxSize": "1"}, ("nothing", CAMPAIGN), 404),
        ({"fromIndex": "0", "maxSize": "1"}, (LIST, "nothing"), 404),
    ],
    ids=str,
)
def test_wrong_parameters_and_unknown_names_are_refused(
    called: V1, body: dict[str, Any], names: tuple[str, ...], status: int
) -> None:
    assert called.send("getAll", body, *names).status_code == status


@pytest.mark.parametrize("path", ["t/sandbox/callinglist/update/x", "t/sandbox/campaign/getAll", "t/other/callinglist"])
def test_other_paths_and_tenants_are_not_found(sandbox: SandboxControl, path: str) -> None:
    answer = requests.post(f"{sandbox.url}/admin/ws/{path}", timeout=10)

    assert (answer.status_code, answer.text) == (404, "HTTP 404 Not Found")


def test_a_dropped_row_leaves_no_trace(v1: V1) -> None:
    v1.send("addAll", [], LIST)
    v1.sandbox.faults([{"kind": "drop_row", "times": 1}])

    assert v1.send("addAll", [customer(1), customer(2)], LIST).status_code == 204
    assert len(held(v1)) == 1


@pytest.mark.parametrize("header", ["Digest", 'Digest username="sandbox"', "Bearer x", 'Digest nonce="\\", nc=zz'])
def test_a_malformed_signature_is_a_401(v1: V1, header: str) -> None:
    answer = requests.post(v1.base + "add/x", headers={"Authorization": header}, timeout=10)

    assert answer.status_code == 401


def test_it_speaks_to_a_client_that_sends_names_in_bytes(v1: V1) -> None:
    """A name that is not encoded at all never reaches a list, and never breaks the server."""
    host, port = v1.sandbox.url.partition("://")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall("POST /admin/ws/t/sandbox/callinglist/add/Süd HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert sock.recv(65536).startswith(b"HTTP/1.1 401 ")
