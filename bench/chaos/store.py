"""The product's database as somebody beside it reads it: by SQL, on a connection of each thread's own."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COUNTERS = ("added", "updated", "already_there", "rejected", "uncertain", "not_sent", "unaccounted")
FINAL = ("succeeded", "partial", "failed", "errored", "cancelled")
_JOB = ["id", "state", "phase", "rows_total", *(f"n_{name}" for name in COUNTERS), "n_rejected_check"]
_JOB += ["lease_owner", "next_run_at", "message", "spool_path", "upload_path", "options", "work_done", "kind"]


class StoreAway(Exception):
    """The database did not answer."""


@dataclass(frozen=True)
class JobRow:
    """A job as it is stored at one moment."""

    values: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def counts(self) -> dict[str, int]:
        """Return the outcomes with their rows."""
        return {name: self.values[f"n_{name}"] for name in COUNTERS}

    @property
    def is_accounted(self) -> bool:
        """Return whether every row has exactly one outcome; before the check nothing is counted."""
        return self.state in ("draft", "preparing") or sum(self.counts.values()) == self.rows_total

    @property
    def is_final(self) -> bool:
        """Return whether nothing more happens by itself."""
        return self.state in FINAL

    @property
    def answered(self) -> int:
        """Count the rows that have their outcome."""
        return int(self.rows_total - self.n_not_sent - self.n_uncertain - self.n_rejected_check)

    @property
    def in_list(self) -> int:
        """Count the rows that the job says are in the list."""
        return int(self.n_added + self.n_updated + self.n_already_there)

    @property
    def trail(self) -> tuple[Any, ...]:
        """Return what changes when the job gets on."""
        return (self.state, self.phase, self.work_done, *self.counts.values())


class Store:
    """A database of the product, SQLite or PostgreSQL."""

    def __init__(self, *, sqlite: Path | None = None, postgres: str = "") -> None:
        self.sqlite, self.postgres = sqlite, postgres
        self._mine = threading.local()

    @property
    def is_postgres(self) -> bool:
        """Return which of the two it is."""
        return bool(self.postgres)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement with `?` for values and return what it gives; tried twice, as a connection may be gone."""
        for is_last in (False, True):
            try:
                cursor = self._connection().execute(sql.replace("?", "%s") if self.is_postgres else sql, values)
                return list(cursor.fetchall()) if cursor.description else []
            except Exception as exc:
                self.close()
                if is_last or not self._is_trouble(exc):
                    raise (StoreAway(str(exc)) if self._is_trouble(exc) else exc) from exc
        return []

    def job(self, job_id: int) -> JobRow:
        """Read a job."""
        found = self.rows(f"SELECT {', '.join(_JOB)} FROM jobs_job WHERE id = ?", job_id)  # noqa: S608
        values = dict(zip(_JOB, found[0], strict=True))
        options = values["options"]
        return JobRow(values | {"options": json.loads(options) if isinstance(options, str) else options})

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._mine, "connection", None)
        self._mine.connection = None
        if connection is not None:
            connection.close()

    def _is_trouble(self, exc: Exception) -> bool:
        import psycopg

        return isinstance(exc, sqlite3.OperationalError | psycopg.OperationalError)

    def _connection(self) -> Any:
        if getattr(self._mine, "connection", None) is None:
            self._mine.connection = self._open()
        return self._mine.connection

    def _open(self) -> Any:
        if self.sqlite is not None:
            return sqlite3.connect(f"file:{self.sqlite}?mode=rw", uri=True, timeout=20, isolation_level=None)
        import psycopg

        connect: Callable[..., Any] = psycopg.connect
        return connect(self.postgres, autocommit=True, connect_timeout=5, application_name="chaos")
