"""What a Sentry server is told of an error: nothing that a secret or a person is in."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from bpadmin.error_reports import OPTIONS, event_scrubbed, text_scrubbed

SECRETS = ("hunter2-the-secret", "6505550177", "650-555-0177", "anna.meier@example.com", "tok_abcdef", "Annabel")


class Recording(Transport):
    """Keeps what would be sent."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            if item.type == "event":
                self.events.append(json.loads(item.get_bytes()))


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    transport = Recording()
    with sentry_sdk.isolation_scope():
        sentry_sdk.init(dsn="https://key@sentry.example.com/1", transport=transport, **OPTIONS)
        yield transport.events
    sentry_sdk.get_client().close()
    sentry_sdk.init()


def fail(number: str, mail: str) -> None:
    password = "hunter2-the-secret"
    raise ValueError(f"cannot call {number} of {mail}: 'Annabel' token=tok_abcdef {len(password)}")


def test_an_error_tells_its_place_and_no_person(sent: list[dict[str, Any]]) -> None:
    logging.getLogger("bpadmin.test").info("asked with 6505550177 and tok_abcdef")
    try:
        fail("650-555-0177", "anna.meier@example.com")
    except ValueError:
        sentry_sdk.set_tag("who", "anna.meier@example.com")
        sentry_sdk.set_user({"id": 1, "email": "anna.meier@example.com", "username": "Annabel"})
        sentry_sdk.set_context("record", {"phone": "6505550177"})
        sentry_sdk.set_extra("row", "6505550177")
        logging.getLogger("bpadmin.test").exception("job of %s failed", "Annabel 6505550177")
    (event,) = sent
    told = json.dumps(event)
    for secret in SECRETS:
        assert secret not in told, secret
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert "job of %s failed" in told
    assert any(frame["function"] == "fail" for frame in event["exception"]["values"][0]["stacktrace"]["frames"])


def test_the_request_of_an_event_is_its_method_and_path() -> None:
    event = {
        "request": {
            "url": "https://b.example/t/acme/finding/6505550177?q=anna.meier@example.com",
            "method": "GET",
            "query_string": "q=6505550177",
            "headers": {"Cookie": "sessionid=hunter2-the-secret", "Authorization": "Bearer tok_abcdef"},
            "data": {"phone": "6505550177"},
            "env": {"REMOTE_ADDR": "192.0.2.1"},
        },
        "user": {"ip_address": "192.0.2.1"},
        "breadcrumbs": {"values": [{"message": "6505550177"}]},
        "extra": {"sys.argv": ["--secret", "hunter2-the-secret"]},
        "modules": {},
    }
    kept = event_scrubbed(event)
    assert kept == {"request": {"method": "GET", "url": "https://b.example/t/acme/finding/…"}}


@pytest.mark.parametrize(
    "text",
    [
        "GET /hooks/results/hunter2-the-secret/ failed",
        "password=hunter2-the-secret",
        "{'api_secret': 'hunter2-the-secret'}",
        "Authorization: Bearer tok_abcdef",
        "https://x.example/a?sig=tok_abcdef&n=6505550177",
        "Key (phone)=(+1 650-555-0177) already exists",
        "“Annabel” was not there",
        "x" * 100_000 + "6505550177",
    ],
)
def test_words_that_stay_are_scrubbed(text: str) -> None:
    told = text_scrubbed(text)
    assert not any(secret in told for secret in SECRETS)
    assert len(told) <= 500


def test_scrubbing_does_not_backtrack() -> None:
    """The texts are cut before they are looked at, and every pattern is bounded."""
    for nasty in ("?" * 10**6, "'" * 10**6, "1 " * 10**6, "a@" * 10**6, "token=" * 10**5, "“" * 10**6):
        assert len(text_scrubbed(nasty)) <= 500
