"""Log lines that say which request, job, tenant and person they belong to, and that do not flood the disk.

What belongs to a line is kept in context variables, so that it follows a request or a job through every module, and
into threads that are given it.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from pythonjsonlogger.json import JsonFormatter

REPEAT_SECONDS = 60.0
# What is kept of it never grows: the texts of an error loop are few.
MOST_KEPT = 1000
_GIVEN = re.compile(r"[\w.-]{8,64}")
# Addresses in which a secret stands: whoever reads a log could use them.
_SECRET = re.compile(r"(/(?:hooks/results|invitation|first-run)/)[^/?\s\"]+")
_context: ContextVar[dict[str, Any]] = ContextVar("log_context", default={})  # noqa: B039 - never changed in place


def secrets_hide(text: str) -> str:
    """Return a text without the secrets of addresses that let somebody in."""
    return _SECRET.sub(r"\1…", text)


def log_context() -> dict[str, Any]:
    """Return what the lines of this request or job carry."""
    return dict(_context.get())


@contextmanager
def log_with(**fields: Any) -> Iterator[None]:
    """Have every line carry these fields while the `with` block runs."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def log_add(**fields: Any) -> None:
    """Have every further line of this request or job carry these fields."""
    _context.set({**_context.get(), **fields})


# Where the present request came from: for the activity log; lines for operators are kept longer and need it not.
_address: ContextVar[str] = ContextVar("request_address", default="")


def request_address() -> str:
    """Return the address of whoever asks, "" outside of a request."""
    return _address.get()


@contextmanager
def request_from(address: str) -> Iterator[None]:
    """Have entries of the activity log carry this address while the `with` block runs."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def request_id() -> str:
    """Return the number of the present request, "" outside of one."""
    return str(_context.get().get("request", ""))


class RequestIds:
    """Middleware: number each request, or keep the proxy's number: for the log, the answer and the 500 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request with its number."""
        given = request.headers.get("X-Request-ID", "")
        number = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex[:12]
        with log_with(request=number):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = number
        return response


class Context(logging.Filter):
    """Put the context into each record: as fields for JSON, as `[request=… job=…]` for people."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add what is known and let the record through."""
        fields = _context.get()
        for name, value in fields.items():
            setattr(record, f"ctx_{name}", value)
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        record.__dict__["context"] = f"[{told}] " if told else ""
        return True


class SecretsHidden(logging.Filter):
    """Leave out of each record the secret of an address that itself lets somebody in."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change what would tell one, and let the record through."""
        message = record.getMessage()
        hidden = secrets_hide(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


class JsonLines(JsonFormatter):
    """One JSON object a line: time in UTC, level, logger, message, and the context's fields."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s", rename_fields={"levelname": "level", "name": "logger"})

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Add the time and the context, and leave out what is for people."""
        super().add_fields(log_data, record, message_dict)
        log_data.pop("context", None)
        for name in [name for name in log_data if name.startswith("ctx_")]:
            log_data[name.removeprefix("ctx_")] = log_data.pop(name)
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class OncePerMinute(logging.Filter):
    """Let warnings and errors of one kind through once a minute, with the number of those that were left out.

    A broker that is away would else write hundreds of megabytes a day.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[Any, ...], list[float]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be written."""
        if record.levelno < logging.WARNING:
            return True
        kind = record.exc_info[0] if record.exc_info and record.exc_info[0] else None
        key = (record.name, record.levelno, str(record.msg)[:200], kind, getattr(record, "ctx_job", None))
        now = self._clock()
        with self._lock:
            seen = self._seen.get(key)
            if seen is not None and now - seen[0] < REPEAT_SECONDS:
                seen[1] += 1
                return False
            if len(self._seen) >= MOST_KEPT:
                self._seen.clear()
            self._seen[key] = [now, 0]
        if seen is not None and seen[1]:
            record.msg = f"{record.msg} (and {int(seen[1])} times more in the last {now - seen[0]:.0f} s)"
        return True
