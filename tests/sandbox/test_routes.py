"""The document's methods are all there, and paths, verbs and media types are told apart."""

from __future__ import annotations

from collections import Counter

import pytest

from bpadmin.sandbox.routes import METHODS, find_method
from tests.sandbox.conftest import Api


def test_it_has_the_34_methods_of_the_document() -> None:
    sections = Counter(method.section for method in METHODS)

    assert sections == {"Authentication": 1, "Campaigns": 12, "Lists": 16, "DNC Lists": 5}
    assert len({method.name for method in METHODS}) == 34
    assert len({method.path for method in METHODS}) == 34


def test_each_method_is_found_by_its_path() -> None:
    paths = {each: "/".join("X" if part.startswith(":") else part for part in each.path.split("/")) for each in METHODS}

    found = {each.name: find_method(each.verb, f"/configapi/v3/{path}") for each, path in paths.items()}

    assert found == {each.name: (each, ["X"] * each.path.count(":")) for each in METHODS}


def test_each_method_but_the_token_needs_a_token(api: Api) -> None:
    del api.session.headers["Authorization"]
    needing = [each for each in METHODS if each.needs_token]

    answers = {each.name: api.refusal(each.verb, each.path)[:2] for each in needing}

    assert len(answers) == 33
    assert answers == dict.fromkeys(answers, (401, "unauthorized"))


@pytest.mark.parametrize(
    "path", ["nothing", "campaign/getCampaign", "campaign/getAll/1", "callinglist/getAll/1/2/3", ""]
)
def test_an_unknown_path_is_not_found(api: Api, path: str) -> None:
    assert api.refusal("GET", path)[:2] == (404, "not_found")


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
def test_a_wrong_verb_is_not_allowed(api: Api, verb: str) -> None:
    assert api.refusal(verb, "campaign/getAll")[:2] == (405, "method_not_allowed")


def test_head_is_not_allowed(api: Api) -> None:
    assert api.send("HEAD", "campaign/getAll").status_code == 405


def test_doubled_slashes_are_taken_as_one(api: Api) -> None:
    assert api.get("/campaign//getAll") == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_must_say_that_it_is_json(api: Api, customers: str, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {"Content-Type": None}
    answer = api.session.post(f"{api.base}callinglist/addAll/{customers}", data=b"[]", headers=headers)

    assert answer.status_code == 415
    assert answer.json()["error"] == "unsupported_media_type"


def test_a_media_type_may_have_a_charset(api: Api, customers: str) -> None:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    answer = api.session.post(f"{api.base}callinglist/addAll/{customers}", data=b"[]", headers=headers)

    assert answer.json() == {"added": 0}


@pytest.mark.parametrize("body", [b"", b"[", b"{}", b"[1]", b'[{"id":"1"}'])
def test_a_body_that_is_not_understood_is_a_bad_request(api: Api, customers: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.session.post(f"{api.base}callinglist/addAll/{customers}", data=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"


def test_a_doubled_and_an_unknown_parameter_are_bad_requests(api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    doubled = api.session.post(f"{api.base}callinglist/getAll", data=b'{"limit":1,"limit":2}', headers=headers)

    assert doubled.status_code == 400
    assert "limit" in doubled.json()["error_description"]
    assert api.refusal("POST", "callinglist/getAll", {"limit": 1, "page": 2})[0] == 400
