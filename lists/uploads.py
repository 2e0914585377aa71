"""Uploads into calling lists: from a file that arrives to a checked spool that waits for a person's word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

Progress = Callable[[int, int], None]


class UploadRefused(Exception):
    """The file or its mapping cannot be used; `problems` are sentences for a supervisor, str() joins them."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class UploadStopped(Exception):
    """`should_stop()` said yes: the check ended early and left nothing behind."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read the file: `value` goes back into `choices`, `samples` are cells as they would read."""

    value: str
    label: str
    is_chosen: bool = False
    why: str = ""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something odd that does not stop anything; the same shape as in `job.report["warnings"]`."""

    code: str
    label: str
    fix: str = ""
    column: str = ""
    count: int = 0
    samples: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """How a file reads: `dialect` and `header` as stored in job.options, sample `rows` with their `numbers`."""

    dialect: Mapping[str, Any]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    encodings: tuple[Choice, ...] = ()
    delimiters: tuple[Choice, ...] = ()
    members: tuple[Choice, ...] = ()
    sheets: tuple[Choice, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    is_rejects_file: bool = False


def upload_create(
    *,
    tenant: Tenant,
    list_id: str,
    list_name: str,
    file_name: str,
    stream: BinaryIO,
    owner: User | None = None,
    owner_name: str = "",
    parent: Job | None = None,
) -> Job:
    """Keep an arriving file and open a DRAFT job for it; `stream` needs only read(n). UploadRefused when too large or empty."""
    raise NotImplementedError


def upload_again(*, job: Job, owner: User | None = None, owner_name: str = "") -> Job:
    """Open a new DRAFT with the rejected rows of `job` as its file, mapped as before."""
    raise NotImplementedError


def upload_inspect(*, job: Job, choices: Mapping[str, Any] | None = None) -> Inspection:
    """Find out how the file reads; `choices` (members of the dialect a person set) overrule the guess. Stores the result."""
    raise NotImplementedError


def upload_configure(
    *, job: Job, dialect: Mapping[str, Any], mapping: Mapping[str, str], fields: Sequence[FieldSpec], mode: str
) -> Job:
    """Take a person's mapping ({column index as text: field name}); UploadRefused lists everything that is missing."""
    raise NotImplementedError


def upload_prepare(
    *, job: Job, progress: Progress = lambda done, total: None, should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Check the whole file and write spool, chunks, counters and report. UploadRefused, UploadStopped.

    Starts over cleanly when run again. `progress(done_bytes, total_bytes)` and `should_stop()` are called per block.
    Does not move the job's state: that is the caller's.
    """
    raise NotImplementedError
