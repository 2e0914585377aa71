"""A job's progress as one line of a terminal that is written over, or now and then a line in a log."""

from __future__ import annotations

import shutil
import time
from typing import Any, TextIO

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import Finding
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.sending_speed import speed_told

LOG_SECONDS = 15.0
BAR_WIDTH = 24


class ProgressLine:
    """Shows a job on `stream`; call `end()` before anything else is written there."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._logged = time.monotonic()
        self._is_open = False

    def show(self, view: JobView) -> None:
        """Write how the job stands."""
        if self._is_terminal:
            width = max(20, shutil.get_terminal_size().columns - 1)
            self._write("\r" + line_of(view)[:width].ljust(width))
            self._is_open = True
        elif time.monotonic() - self._logged >= LOG_SECONDS:
            self._logged = time.monotonic()
            self._write(line_of(view) + "\n")

    def end(self) -> None:
        """Take the line away."""
        if self._is_open:
            self._write("\r" + " " * (max(20, shutil.get_terminal_size().columns - 1)) + "\r")
            self._is_open = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def job_numbers(job: Job) -> dict[str, Any]:
    """Return what became of a job's rows, for the JSON line of a command."""
    return {
        "job": job.pk,
        "state": job.state,
        "list": job.target_name,
        "list_id": job.target_id,
        "rows": job.rows_total,
        "accepted": job.n_accepted,
        "added": job.n_added,
        "updated": job.n_updated,
        "already_there": job.n_already_there,
        "rejected": job.n_rejected,
        "uncertain": job.n_uncertain,
        "not_sent": job.n_not_sent,
        "unaccounted": job.n_unaccounted,
        "sending": speed_told(job.speed),
    }


def line_of(view: JobView) -> str:
    """Return the line: what it does, a bar, percents, rows, rate, time left, and why it waits."""
    progress = view.progress
    word = "Checking" if view.job.state == JobState.PREPARING else "Sending "
    if view.is_reading:
        word = "Reading "
    if view.job.wanted:
        word = "Ending  "
    parts = [word]
    if (percent := progress.percent) is not None:
        filled = percent * BAR_WIDTH // 100
        parts.append(f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {percent:3d} %")
    if view.is_checked and progress.done is not None:
        parts.append(f"{progress.done:,} of {progress.total:,} records" if view.is_reading else view.done_words)
    if progress.rate:
        parts.append(f"{progress.rate:,.0f} rows/s")
    if progress.seconds_left is not None:
        parts.append(f"{progress.seconds_left:,.0f} s left")
    if view.speed_words and view.job.is_active:
        parts.append(view.speed_words)
    if view.job.told_message and view.job.is_active:
        parts.append(view.job.told_message)
    elif progress.percent is None:
        parts.append(view.sentence)
    return "  ".join(parts)


def problem_line(problem: Finding) -> str:
    """Say one class of problems that the check found: how many rows, what is wrong in which column, what to do."""
    where = f" in {problem.column}" if problem.column else ""
    return f"  {problem.count:,} × {problem.label}{where}. {problem.fix}".rstrip()


def warning_line(warning: Finding) -> str:
    """Say one class of what the check found odd: how often, what, in which column, the first value, what to do."""
    where = f" in {warning.column}" if warning.column else ""
    first = next(iter(warning.samples), None)
    shown = f" (row {first['row']:,}: {first['value']})" if first and first["value"] else ""
    return f"  Note: {warning.count:,} × {warning.label}{where}{shown}. {warning.fix}".rstrip()
