"""A pytest plugin that writes down how long each test took that passed: `-p bench.mutation.recording`."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

_seconds: defaultdict[str, float] = defaultdict(float)
_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up set-up, call and teardown."""
    _seconds[report.nodeid] += report.duration
    if not report.passed:
        _failed.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write them down, once where several processes ran them."""
    if not hasattr(session.config, "workerinput"):
        kept = {test: seconds for test, seconds in _seconds.items() if test not in _failed}
        Path(os.environ["MUTATION_TIMES"]).write_text(json.dumps(kept))
