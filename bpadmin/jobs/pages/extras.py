"""What other apps show on the page of a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bpadmin.extensions import ExtensionPoint
from bpadmin.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Extra:
    """A template, with what it is shown as `extra`."""

    template: str
    data: Any


job_extras: ExtensionPoint[Callable[[Job], Extra | None]] = ExtensionPoint()
"""Who has something to show on a job's page; None for nothing."""
