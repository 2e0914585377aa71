"""What a kind of job must be able to do, and the handlers that can; the engine knows nothing about lists or records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from django.utils.module_loading import import_string

from bpadmin.jobs.kinds import KindWords, kind_of, kinds
from bpadmin.jobs.models import Chunk, Job
from bpadmin.jobs.options import JobOptions, JobRemote, JobReport, NotUnderstood, Structure

Progress = Callable[[int, int], None]
"""Told how much is done and how much there is, in whatever unit the work has."""

ShouldStop = Callable[[], bool]


class JobRefused(Exception):
    """The job cannot be done as it is ordered; the message is a sentence for the supervisor. The job ends FAILED."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What became of a chunk's rows; the numbers add up to the chunk's count.

    `outcome` maps a reason code to source row numbers, `detail` a row number (as text) to a sentence. `stop` is a
    sentence when nothing more must be sent for this job, else "". `record` stores what the handler itself keeps of
    the outcome; it is called in the transaction in which the chunk is closed.
    """

    added: int = 0
    updated: int = 0
    already_there: int = 0
    rejected: int = 0
    unaccounted: int = 0
    outcome: dict[str, list[int]] = field(default_factory=dict)
    detail: dict[str, str] = field(default_factory=dict)
    message: str = ""
    stop: str = ""
    record: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about a chunk whose answer was lost.

    `result` is set when it was applied; else `ask` holds the question for a person, or is "" when the platform never
    took the chunk, which then may be sent again. `grew_by` is how much the target had grown, when that is known.
    With a question, `outcome` maps what is known of rows to their numbers, as in `Chunk.outcome`.
    """

    result: ChunkResult | None = None
    ask: str = ""
    grew_by: int | None = None
    outcome: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """The platform is busy: look again in `seconds`; `message` says in words what is waited for."""

    seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class Held:
    """The job had better not go on before a person has looked: it is paused, and `message` says why.

    `is_untouched`: it has done nothing to its target yet, so that other jobs may write there meanwhile.
    """

    message: str
    is_untouched: bool = False


class Handler(Protocol):
    """One kind of job. Clients are those of the tenant's platform; every call with one may raise PlatformError."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """Check the whole file, write spool and chunks. Raises JobRefused."""

    def lanes(self, job: Job) -> int:
        """Say how many chunks may be under way at once."""

    def may_resend(self, job: Job) -> bool:
        """Say whether a chunk whose answer was lost can be sent again without doing anything twice."""

    def begin(self, job: Job, *, client: Any) -> Pending | Held | None:
        """Get the target ready before the first chunk and at the start of every turn; None when it is.

        May be called again after any crash. Keeps what it must remember in `job.remote` and `job.remote_job_id`
        by `job_remember`, before anything is waited for. Raises JobRefused.
        """

    def send(self, job: Job, chunk: Chunk, *, client: Any, spool: Any) -> ChunkResult:
        """Send a chunk and say what became of each row. `chunk.attempt` is 1 when it is sent for the first time.

        JobRefused may be raised only before the first request: its rows count as not sent.
        """

    def settle(self, job: Job, chunks: Sequence[Chunk], *, client: Any, is_quiet: bool) -> list[Verdict | None]:
        """Find out what became of chunks that may not be sent again; one verdict each, in their order.

        Before the quiet time is over (`is_quiet`) a platform that shows nothing may still be at work: None leaves a
        chunk in doubt. After it every chunk has its verdict.
        """

    def finish(self, job: Job) -> str:
        """Return the sentence that sums up a job which ends, and store what is to be kept of it beside the job.

        Called in the transaction that ends the job, which holds its lease or its row.
        """


@runtime_checkable
class Looks(Protocol):
    """A handler whose jobs have a file of which a worker finds out how it reads, where that takes long."""

    def look(self, job: Job) -> None:
        """Look into the file of a DRAFT, and keep how it reads or why it cannot be read."""


@runtime_checkable
class Stages(Protocol):
    """A handler whose jobs have chunks that are held back until all others are done."""

    def may_release(self, job: Job) -> bool:
        """Tell, when all other chunks are done, whether the held ones are to be sent; if not, the job ends."""


@runtime_checkable
class Counts(Protocol):
    """A handler whose target says how much it holds, so that it can be compared with what was sent."""

    def count_end(self, job: Job, *, client: Any) -> int:
        """Compare, and note what came of it; returns how many rows that count as added the target surely lacks.

        Called when nothing more is sent for now. A target that cannot be counted is no error.
        """


class ReadBack(Protocol):
    """One turn's part of reading a target back. `done` and `total` tell how far it is, in records and rows."""

    done: int
    total: int

    def steps(self) -> Iterator[None]:
        """Go on from where the last turn was, yielding after every request or chunk; ends when all is read."""

    def kept(self) -> dict[str, Any]:
        """Return what the next turn must know, as plain JSON; belongs together with `tally`."""

    def tally(self) -> bytes:
        """Return what was counted so far."""

    def verdicts(self) -> list[Verdict]:
        """Say what became of each chunk in question, in their order, when all is read."""

    def missing(self) -> list[list[int] | None]:
        """Return the rows of each chunk that the target lacks, None where the reading does not tell."""


@runtime_checkable
class ReadsBack(Protocol):
    """A handler that can find rows in question by reading the target itself."""

    def read_back(
        self, job: Job, chunks: Sequence[Chunk], *, client: Any, kept: dict[str, Any], tally: bytes
    ) -> ReadBack:
        """Begin to read, or go on with what an earlier turn has `kept`. Raises JobRefused where it cannot be read."""

    def reconciled(self, job: Job, reading: ReadBack) -> None:
        """Take note of a reading that came to its end and was stored, before anything more is sent."""


@runtime_checkable
class Ends(Protocol):
    """A handler that has something to do when a job has come to rest, such as forgetting what pages have read."""

    def ended(self, job: Job) -> None:
        """Act on the end of a turn that left the job final or paused. Must not fail and changes nothing that counts."""


def words_of(job: Job) -> KindWords | None:
    """Return the words of a kind without rows, None for one that sends a file's rows."""
    return kind_of(job).words


def face_of(job: Job) -> Any:
    """Return the class that shows a job of this kind, None where it is the common one."""
    path = kind_of(job).face
    return import_string(path) if path else None


@cache
def _handler(path: str) -> Handler:
    handler: Handler = import_string(path)()
    return handler


def handler_of(job: Job) -> Handler:
    """Return the handler of a job's kind, the one object for all threads."""
    return _handler(kind_of(job).handler)


def handlers_load() -> None:
    """Import the handlers of all kinds, and what their jobs keep, so that processes forked from here share them."""
    for kind in kinds():
        _handler(kind.handler)
        for path in kind.structures:
            import_string(path)


S = TypeVar("S", bound=Structure)


def structure_read(structure: type[S], data: Mapping[str, Any], job: Job) -> S:
    """Take a structure of a job from its JSON. Raises JobRefused in words where it cannot be understood.

    It is kept with the job as long as the same JSON is: whoever sends a chunk asks several times for all fields of a
    list, which costs more than all else that a chunk needs.
    """
    kept: dict[type[Structure], tuple[Mapping[str, Any], Structure]] = job.__dict__.setdefault("_structures", {})
    source, found = kept.get(structure, (None, None))
    if source is data:
        return cast(S, found)
    try:
        found = structure.from_json(data)
    except NotUnderstood as error:
        raise JobRefused(f"What job {job.pk} keeps cannot be read: {error} Make the job anew.") from error
    kept[structure] = (data, found)
    return found


def options_class(kind: str) -> type[JobOptions]:
    """Return the class of the options of a kind of job."""
    return cast(type[JobOptions], import_string(kind_of(kind).structures.options))


def job_options(job: Job) -> JobOptions:
    """Return what a person asked of a job, in the class of its kind. Raises JobRefused."""
    return structure_read(options_class(job.kind), job.options, job)


def job_remote(job: Job) -> JobRemote:
    """Return what a job remembers from turn to turn, in the class of its kind. Raises JobRefused."""
    structure = import_string(kind_of(job).structures.remote)
    return structure_read(cast(type[JobRemote], structure), job.remote, job)


def job_report(job: Job) -> JobReport:
    """Return what was found out about a job, in the class of its kind. Raises JobRefused."""
    structure = import_string(kind_of(job).structures.report)
    return structure_read(cast(type[JobReport], structure), job.report, job)
