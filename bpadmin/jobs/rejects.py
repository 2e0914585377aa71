"""The rejects file: every row that did not get in, as it was, with its number, reason and suggested fix."""

from __future__ import annotations

from collections.abc import Iterator

from bpadmin.jobs.models import Job


def rejects_lines(job: Job) -> Iterator[bytes]:
    """Stream the rejects of a job as CSV (UTF-8 with BOM, CRLF), made in one pass over the source in constant memory."""
    raise NotImplementedError
    yield b""


def rejects_count(job: Job) -> int:
    """Count the rows that `rejects_lines` would give, without reading the source."""
    raise NotImplementedError
