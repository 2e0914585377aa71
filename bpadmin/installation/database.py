"""A database that does not answer: how it shows, how it is asked without waiting long, and what people are told.

It is a trouble that passes, like a full disk: nothing that fails for it is an error of ours.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import Error, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

log = logging.getLogger(__name__)

# A question of health is answered within this time, whatever the database does.
ASK_SECONDS = 3
# How long an answer stands: of the pages that are asked for in this time, those of a server that hangs would hang.
STANDS_SECONDS = 2.0
WORDS = "The database does not answer. Nothing that was stored is lost, and jobs go on by themselves when it is back."


def is_database_away(error: BaseException | None) -> bool:
    """Return whether an error is the database's not answering; a table that is missing is an error of ours."""
    return isinstance(error, OperationalError | InterfaceError) and not str(error).startswith("no such ")


def database_away_answer(request: HttpRequest) -> HttpResponse:
    """Say in a page, or in JSON to our scripts, that the database is away; needs neither session nor database."""
    log.error("%s %s: the database does not answer", request.method, request.path)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"problem": WORDS}, status=503)
    return HttpResponse(render_to_string("errors/503.html", {"words": WORDS}), status=503)


def database_ask() -> None:
    """Ask the database for a sign of life. Raises Error when none comes.

    PostgreSQL is asked on a connection of its own: one that stands to a server which hangs would hang with it, and that
    a new one does not come about is known after ASK_SECONDS.
    """
    if connection.vendor == "postgresql" and database_away(is_news=True):
        raise OperationalError(_last_answer.words)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        raise


class LastAnswer:
    """When this process last asked PostgreSQL, and the words of why it does not answer; "" while it does."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked_at = float("-inf")
        self.words = ""


_last_answer = LastAnswer()


def database_away(*, is_news: bool = False) -> bool:
    """Return whether PostgreSQL does not answer, as of STANDS_SECONDS ago at most; one asks, the others wait for it.

    With `is_news` only a bad answer stands: for whoever would hang with a server that hangs since.
    """
    with _last_answer.lock:
        is_over = time.monotonic() - _last_answer.asked_at > STANDS_SECONDS
        if is_over or (is_news and not _last_answer.words):
            try:
                database_connect()
                _last_answer.words = ""
            except OperationalError as error:
                _last_answer.words = str(error) or WORDS
            _last_answer.asked_at = time.monotonic()
        return bool(_last_answer.words)


class DatabaseGate:
    """Middleware: answer at once while PostgreSQL does not, instead of letting page after page wait for it.

    A server that takes connections and says nothing would hold every thread of the web server within seconds, and with
    them the words that say so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on while the database answers."""
        if connection.vendor == "postgresql" and not connection.in_atomic_block and database_away():
            return database_away_answer(request)
        return self.get_response(request)


def database_connect() -> None:
    """Open a connection to PostgreSQL and close it. Raises OperationalError when that takes longer than ASK_SECONDS."""
    parameters = connection.get_connection_params() | {"connect_timeout": ASK_SECONDS}
    try:
        connection.get_new_connection(parameters).close()
    except connection.Database.Error as error:  # type: ignore[attr-defined]
        raise OperationalError(str(error)) from error
