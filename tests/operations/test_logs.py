"""What log lines say, and that an error loop does not fill the disk."""

from __future__ import annotations

import importlib
import json
import logging
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from bpadmin.logs import Context, JsonLines, OncePerMinute, RequestIds, SecretsHidden, log_with, request_id
from bpadmin.web import frame


def record(message: str = "no answer", level: int = logging.WARNING, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("bpadmin.test", level, __file__, 1, message, None, None)
    made.__dict__.update(more)
    return made


def test_a_line_says_to_what_it_belongs() -> None:
    with log_with(request="r1", job=7):
        line = record()
        Context().filter(line)
    assert line.context == "[request=r1 job=7] "
    told = json.loads(JsonLines().format(line))
    assert (told["message"], told["level"], told["logger"]) == ("no answer", "WARNING", "bpadmin.test")
    assert (told["request"], told["job"]) == ("r1", 7)
    assert told["time"].endswith("+00:00")


def test_an_error_loop_is_written_once_a_minute_with_its_count() -> None:
    now = [0.0]
    once = OncePerMinute(clock=lambda: now[0])
    assert [once.filter(record()) for _ in range(500)].count(True) == 1
    assert once.filter(record("another"))
    assert once.filter(record(level=logging.INFO))
    now[0] = 61.0
    later = record()
    assert once.filter(later)
    assert "499 times more" in later.getMessage()


@pytest.mark.parametrize(("given", "kept"), [("proxy-1234", True), ("x\ny", False), ("short", False), ("", False)])
def test_a_request_has_a_number_and_only_a_plain_one_is_taken_over(given: str, kept: bool) -> None:
    seen: list[str] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request_id())
        return HttpResponse()

    headers = {"x-request-id": given} if given else {}
    response = RequestIds(answer)(RequestFactory().get("/", headers=headers))
    assert response.headers["X-Request-ID"] == seen[0]
    assert (seen[0] == given) is kept


def test_the_page_for_our_own_errors_names_the_number() -> None:
    with log_with(request="abcd1234"):
        assert "abcd1234" in frame.server_error(RequestFactory().get("/")).content.decode()


@pytest.mark.django_db
def test_every_answer_carries_its_number() -> None:
    assert Client().get("/sign-in/").headers["X-Request-ID"]


@pytest.mark.parametrize("address", ["/hooks/results/{}/", "/invitation/{}/", "/first-run/{}/"])
def test_no_line_tells_the_secret_of_an_address(address: str) -> None:
    secret = "qEJ3-secret_of-an-address"
    path = address.format(secret)
    lines = [
        logging.LogRecord("django.request", logging.WARNING, "", 1, "Bad Request: %s", (path,), None),
        logging.LogRecord("granian.access", logging.INFO, "", 1, '"%(method)s %(path)s" %(status)d', None, None),
    ]
    lines[1].args = {"method": "POST", "path": path, "status": 200}
    for line in lines:
        assert SecretsHidden().filter(line)
        assert secret not in line.getMessage()
        assert address.partition("{")[0] in line.getMessage()


def test_lines_without_a_secret_stay_as_they_are() -> None:
    line = logging.LogRecord("bpadmin.test", logging.INFO, "", 1, "%d %% of /t/demo/lists/", (50,), None)
    assert SecretsHidden().filter(line)
    assert line.getMessage() == "50 % of /t/demo/lists/"


@pytest.mark.django_db
def test_every_handler_and_the_servers_own_log_hide_them(settings: Any) -> None:
    assert all("hidden" in each["filters"] for each in settings.LOGGING["handlers"].values() if "filters" in each)
    importlib.import_module("bpadmin.rsgi")
    assert any(isinstance(each, SecretsHidden) for each in logging.getLogger("granian.access").filters)
