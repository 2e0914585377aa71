"""The client when the tenant makes trouble: privileges, tokens, credentials and faults, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bpadmin.platforms import open_client
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.errors import (
    AuthFailed,
    Forbidden,
    PlatformError,
    Reason,
    Unreachable,
)
from tests.platforms.stage import ROWS, Stage


@pytest.mark.parametrize(
    "user, act",
    [
        ("viewer-only", lambda client, stage: client.get_lists()),
        ("viewer-only", lambda client, stage: client.start(stage.campaign_id)),
        ("lists-only", lambda client, stage: client.get_campaigns()),
        ("lists-only", lambda client, stage: client.add_many_records(stage.list_id, ROWS)),
        ("no-privileges", lambda client, stage: client.delete_all_records(stage.list_id)),
    ],
)
def test_a_user_without_the_privilege_is_told_which(user: str, act: Callable[..., Any], stage: Stage) -> None:
    with stage.as_user(user) as client, pytest.raises(Forbidden) as caught:
        act(client, stage)
    assert caught.value.reason is Reason.MISSING_PRIVILEGE
    assert "“" in str(caught.value)


def test_a_token_that_the_platform_forgot_is_renewed_in_passing(stage: Stage) -> None:
    stage.sandbox.revoke_tokens()
    assert stage.client.add_many_records(stage.list_id, [{"id": "K8", "phone": "16505550108"}]).count == 1
    assert [row["id"] for row in stage.stored()].count("K8") == 1


def test_a_token_past_its_end_is_renewed_in_passing(stage: Stage) -> None:
    stage.sandbox.advance(4000)
    assert stage.client.get_campaigns()


@pytest.mark.parametrize(
    "user, secret", [("sandbox", "wrong"), ("nobody", "sandbox-secret"), ("locked", "sandbox-secret"), ("", "")]
)
def test_wrong_credentials_are_told(user: str, secret: str, stage: Stage) -> None:
    with stage.as_user(user, secret) as client, pytest.raises(AuthFailed) as caught:
        client.get_campaigns()
    assert caught.value.reason is Reason.BAD_CREDENTIALS


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "cut_body", "html", "http_500", "http_503"])
def test_an_add_hit_by_a_fault_is_uncertain_and_sent_once(kind: str, stage: Stage) -> None:
    stage.sandbox.faults([{"kind": kind, "methods": ["add_many_records"]}])
    with pytest.raises(PlatformError) as caught:
        stage.client.add_many_records(stage.list_id, [{"id": "K8", "phone": "16505550108"}])
    assert caught.value.maybe_applied is True
    assert stage.sandbox.stats()["requests"]["add_many_records"] == 1
    assert len(stage.stored()) == len(ROWS) + (kind in ("cut_after", "cut_body"))


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "cut_body", "html", "http_500", "http_502", "rate_limit"])
def test_a_read_hit_by_a_fault_is_repeated(kind: str, stage: Stage) -> None:
    stage.sandbox.faults([{"kind": kind, "methods": ["get_list"], "times": 1, "seconds": 0}])
    assert stage.client.get_list(stage.list_id).name == "north.csv"


def test_a_rate_limited_add_is_repeated_and_applied_once(stage: Stage) -> None:
    stage.sandbox.faults([{"kind": "rate_limit", "methods": ["add_many_records"], "times": 1, "seconds": 0}])
    assert stage.client.add_many_records(stage.list_id, [{"id": "K8", "phone": "16505550108"}]).count == 1


def test_a_hanging_write_is_uncertain(stage: Stage) -> None:
    stage.sandbox.faults([{"kind": "hang", "methods": ["start"], "seconds": 2, "times": 1}])
    client = open_client(
        "brightpattern",
        base_url=stage.sandbox.url,
        credentials=stage.sandbox.credentials,
        tokens=MemoryTokens(),
        read_timeout=0.3,
    )
    with client, pytest.raises(Unreachable) as caught:
        client.start(stage.campaign_id)
    assert caught.value.maybe_applied is True
    assert caught.value.reason is Reason.READ_TIMEOUT
