"""/healthz: for load balancers and containers, before any other rule."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client


@pytest.mark.django_db
def test_it_answers_under_any_host_name_and_without_tls(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client(headers={"host": "10.1.2.3:8000"}).get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_it_says_when_there_is_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"no database\n")
