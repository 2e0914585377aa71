"""Tokens and privileges."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import FORM, Api

GOOD = {"client_id": "sandbox", "client_secret": "sandbox-secret", **FORM}


def test_a_token_says_its_life_as_a_string(api: Api) -> None:
    answer = api.session.post(api.base + "oauth/token", data=GOOD).json()

    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == "3480"
    assert answer["scope"] == "sandbox"
    assert len(answer["access_token"]) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"client_secret": "wrong"},
        {"client_id": "nobody"},
        {"grant_type": "password"},
        {"scope": ""},
        {"client_id": "locked"},
        {"client_secret": ""},
    ],
    ids=lambda change: "-".join(change),
)
def test_whatever_is_wrong_with_the_credentials_is_one_401(api: Api, change: dict[str, str]) -> None:
    answer = api.session.post(api.base + "oauth/token", data={**GOOD, **change})

    assert answer.status_code == 401
    assert answer.json() == {"error": "unauthorized", "error_description": "Authentification failed"}


def test_the_token_method_wants_a_form(api: Api) -> None:
    assert api.refusal("POST", "oauth/token", GOOD)[0] == 415


def test_a_token_is_good_for_an_hour(api: Api) -> None:
    api.sandbox.advance(3599)
    assert api.get("campaign/getAll") == []

    api.sandbox.advance(2)
    assert api.refusal("GET", "campaign/getAll")[0] == 401


def test_an_older_token_stays_good_beside_a_new_one(api: Api) -> None:
    older = api.session.headers["Authorization"]
    api.sign_in()
    assert older != api.session.headers["Authorization"]

    api.session.headers["Authorization"] = older
    assert api.get("campaign/getAll") == []


@pytest.mark.parametrize("header", ["Bearer ABC", "Basic c2FuZGJveA==", "Bearer", ""])
def test_a_header_without_a_good_token_is_refused(api: Api, header: str) -> None:
    api.session.headers["Authorization"] = header

    assert api.refusal("GET", "campaign/getAll")[:2] == (401, "unauthorized")


@pytest.mark.parametrize(
    ("user", "verb", "path", "privilege"),
    [
        ("no-privileges", "GET", "campaign/getAll", "Manage all services and campaigns"),
        ("viewer-only", "POST", "campaign/start/X", "Start campaigns and enable lists"),
        ("viewer-only", "PATCH", "campaign/updateList/X", "Start campaigns and enable lists"),
        ("viewer-only", "POST", "callinglist/getAll", "Manage Lists"),
        ("viewer-only", "POST", "donotcalllist/deleteAll/X", "Manage Lists"),
        ("lists-only", "POST", "callinglist/addAll/X", "Update content of calling list"),
        ("lists-only", "POST", "callinglist/deleteAll/X", "Update content of calling list"),
    ],
)
def test_a_missing_privilege_is_named(api: Api, user: str, verb: str, path: str, privilege: str) -> None:
    status, name, description = api.as_user(user).refusal(verb, path)

    assert (status, name) == (403, "forbidden")
    assert privilege in description


def test_a_user_with_assigned_campaigns_sees_only_those(seeded: Api) -> None:
    user = seeded.as_user("assigned-only")

    assert [campaign["name"] for campaign in user.get("campaign/getAll")] == ["Renewals"]
    other = seeded.sandbox.campaign_id("Win back")
    status, _, description = user.refusal("GET", f"campaign/getCampaign/{other}")
    assert status == 403
    assert "Manage all services and campaigns" in description


def test_a_reader_of_lists_may_read_them(seeded: Api) -> None:
    assert len(seeded.as_user("lists-only").post("callinglist/getAll", {"limit": 100})["records"]) == 4
