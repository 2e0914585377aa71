"""/healthz: for load balancers and containers, before any other rule."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from bpadmin.installation import database, tallies
from bpadmin.installation.models import TallyKind
from bpadmin.web.frame import server_error


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


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), InterfaceError("closed")])
def test_a_page_that_failed_for_the_database_says_so_and_blames_nobody(rf: RequestFactory, error: Exception) -> None:
    try:
        raise error
    except Error:
        page = server_error(rf.get("/"))
    assert page.status_code == 503
    assert "The database does not answer" in page.content.decode()
    assert "mistake is ours" not in page.content.decode()


def test_a_table_that_is_missing_is_still_an_error_of_ours(rf: RequestFactory) -> None:
    try:
        raise OperationalError("no such table: jobs_job")
    except OperationalError:
        assert server_error(rf.get("/")).status_code == 500


def test_while_postgresql_is_away_pages_are_answered_at_once_and_asked_for_again_later(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse() -> None:
        asked.append("no")
        raise OperationalError("connection timeout expired")

    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(database, "_last_answer", database.LastAnswer())
    monkeypatch.setattr(database, "database_connect", refuse)
    gate = database.DatabaseGate(lambda request: HttpResponse("page"))
    assert [gate(rf.get("/")).status_code for _ in range(3)] == [503, 503, 503]
    assert asked == ["no"]
    monkeypatch.setattr(database, "STANDS_SECONDS", -1.0)
    monkeypatch.setattr(database, "database_connect", lambda: None)
    assert gate(rf.get("/")).status_code == 200


def test_no_answer_hangs_by_the_counts_it_stores_while_postgresql_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the gate let a request through or not: what is stored after it goes by a standing connection."""
    asked: list[str] = []
    stored: list[Any] = []

    def refuse() -> None:
        asked.append("no")
        raise OperationalError("connection timeout expired")

    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(database, "_last_answer", database.LastAnswer())
    monkeypatch.setattr(database, "database_connect", lambda: None)
    monkeypatch.setattr(tallies, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(tallies, "_store", stored.append)
    assert not database.database_away()
    monkeypatch.setattr(database, "database_connect", refuse)
    tallies.tally_add(TallyKind.PAGE, name="home", outcome="2xx", seconds=0.1)
    for _ in range(3):
        tallies.flush_after_request()
    assert (asked, stored) == (["no"], [])
    with pytest.raises(OperationalError, match="timeout"):
        database.database_ask()
    monkeypatch.setattr(database, "STANDS_SECONDS", -1.0)
    monkeypatch.setattr(database, "database_connect", lambda: None)
    tallies.flush_after_request()
    assert len(stored) == 1
